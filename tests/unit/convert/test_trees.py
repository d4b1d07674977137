"""Trees in ONNX: what the libraries of boosted trees answer, row by row, on the hardest rows."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
import onnxruntime as ort

from samescale.convert import _trees, load
from samescale.convert._graph import Builder, Value
from samescale.convert._links import sigmoid
from samescale.errors import UnsupportedError

pytestmark = pytest.mark.onnx
WIDTH = 5
RNG = np.random.default_rng(0)
CLASSES = [-0.7, 1.0]


def _rows(count):
    rows = RNG.normal(size=(count, WIDTH)).astype(np.float32)
    rows[:, 4] = 1.7e9 + RNG.integers(0, 100_000, count)  # seconds since 1970
    rows[:, 3] = RNG.integers(-3, 3, count)
    rows[RNG.random(rows.shape) < 0.1] = np.nan
    return rows


X = _rows(800)
Y = np.nan_to_num(X[:, 0]) + (np.nan_to_num(X[:, 4]) > 1.70005e9) + RNG.normal(size=800) / 9


def _hard():
    """Rows on the thresholds and a bit beside them, of zeros that aren't, far away, infinite."""
    near = np.nextafter(X, np.float32(RNG.choice([-np.inf, np.inf])))
    zeros = _rows(800)
    tiny = [0.0, -0.0, 1e-35, -1e-35, 1.1e-35, -1.1e-35, 1e-45, -1e-45]
    zeros[:, :4] = RNG.choice(np.array(tiny, np.float32), (800, 4))
    far = RNG.choice(np.array([np.inf, -np.inf, 3e38, -3e38, np.nan], np.float32), (200, WIDTH))
    return np.concatenate([X, near, zeros, far, _rows(2000)])


HARD = _hard()


def session(model):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(model.SerializeToString(), options)


def run(model, rows):
    return session(model).run(["answers"], {"features": rows})[0]


def apart(found, expected):
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    return float((np.abs(found - expected) / np.maximum(1, np.abs(expected))).max())


def labels(objective):
    if objective in {"binary", "cross_entropy", "cross_entropy_lambda", "Logloss", "CrossEntropy"}:
        return (Y > 0).astype(int)
    if "logistic" in objective or "logitraw" in objective:
        return (Y > 0).astype(int)
    if "multi" in objective.lower():
        return np.digitize(Y, CLASSES)
    return np.abs(Y) + 0.1


XGBOOST = [
    *("reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror"),
    *("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "reg:logistic"),
    *("binary:logistic", "binary:logitraw", "multi:softprob"),
]


@pytest.mark.xgboost
@pytest.mark.parametrize(
    ("objective", "options"),
    [
        *((objective, {}) for objective in XGBOOST),
        ("reg:squarederror", {"base_score": 1234.567}),
        ("reg:squarederror", {"booster": "dart", "rate_drop": 0.3}),
        ("reg:squarederror", {"tree_method": "exact", "gamma": 0.1}),
        ("reg:squarederror", {"num_parallel_tree": 4, "subsample": 0.5}),
        ("reg:squarederror", {"max_leaves": 7, "grow_policy": "lossguide"}),
        ("reg:quantileerror", {"quantile_alpha": [0.2, 0.5]}),
    ],
    ids=str,
)
def test_xgboost_answers_alike(objective, options):
    xgboost = pytest.importorskip("xgboost")
    from samescale.models.xgboost import KIND, MEMBER, stored

    options = {**options, **({"num_class": 3} if "multi" in objective else {})}
    given = xgboost.DMatrix(X, labels(objective), nthread=1)
    model = xgboost.train({"objective": objective, "nthread": 1, **options}, given, 12)
    learner = stored.learner(KIND.save(model)[MEMBER])
    found = run(load("xgboost").to_onnx(learner), HARD)
    expected = model.inplace_predict(HARD)
    plain = objective.startswith("reg:") and not objective.endswith(
        ("gamma", "tweedie", "logistic")
    )
    # XGBoost adds a dropped-out forest's trees in another grouping.
    exact = plain and "booster" not in options
    assert apart(found, expected) <= (0 if exact else 1e-6)


LIGHTGBM = [
    *("regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma"),
    *("tweedie", "binary", "cross_entropy", "cross_entropy_lambda", "multiclass", "multiclassova"),
]


@pytest.mark.lightgbm
@pytest.mark.parametrize(
    ("objective", "options"),
    [
        *((objective, {}) for objective in LIGHTGBM),
        ("regression", {"zero_as_missing": True}),
        ("regression", {"use_missing": False}),
        ("regression", {"reg_sqrt": True}),
        ("regression", {"boosting": "dart"}),
        ("regression", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}),
        ("multiclass", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}),
        ("binary", {"sigmoid": 2.5}),
    ],
    ids=str,
)
def test_lightgbm_answers_alike(objective, options):
    lightgbm = pytest.importorskip("lightgbm")
    from samescale.models.lightgbm import form

    options = {**options, **({"num_class": 3} if "multi" in objective else {})}
    quiet = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3, "objective": objective}
    model = lightgbm.train({**quiet, **options}, lightgbm.Dataset(X, labels(objective)), 12)
    found = run(load("lightgbm").to_onnx(form.read(model)), HARD)
    assert apart(found, model.predict(HARD, num_threads=1)) <= 1e-13


@pytest.mark.lightgbm
def test_splits_by_categories_are_refused():
    lightgbm = pytest.importorskip("lightgbm")
    from samescale.models.lightgbm import form

    quiet = {"verbosity": -1, "num_threads": 1, "min_data_per_group": 1, "max_cat_to_onehot": 1}
    codes = RNG.integers(0, 9, (300, WIDTH)).astype(np.float32)
    given = lightgbm.Dataset(codes, codes[:, 0] % 3, categorical_feature=[0])
    with pytest.raises(UnsupportedError, match="categories"):
        load("lightgbm").to_onnx(form.read(lightgbm.train(quiet, given, 3)))


@pytest.mark.catboost
@pytest.mark.parametrize(
    ("loss", "options"),
    [
        *((loss, {}) for loss in ("RMSE", "MAE", "Poisson", "LogCosh", "Logloss", "CrossEntropy")),
        *(("RMSE", {"nan_mode": mode}) for mode in ("Min", "Max")),
        ("Tweedie:variance_power=1.5", {}),
        ("MultiClass", {}),
        ("MultiClassOneVsAll", {}),
    ],
    ids=str,
)
def test_catboost_answers_alike(loss, options):
    catboost = pytest.importorskip("catboost")
    from samescale.models.catboost import form

    chances = loss in {"Logloss", "CrossEntropy"} or "Multi" in loss
    cls = catboost.CatBoostClassifier if chances else catboost.CatBoostRegressor
    quiet = {"verbose": False, "allow_writing_files": False, "thread_count": 1, "iterations": 20}
    model = cls(loss_function=loss, **quiet, **options).fit(X, labels(loss))
    told = form.read(model)
    found = run(load("catboost").to_onnx(told, len(told.classes) or None), HARD)
    expected = model.predict_proba(HARD) if chances else model.predict(HARD)
    assert apart(found, expected) <= 1e-13


def stump(threshold, low, high):
    """A tree of one split: up to the threshold the one leaf, above it the other."""
    none = np.array([0, -1, -1])
    values = np.array([[0.0], [low], [high]])
    left, right = np.array([1, -1, -1]), np.array([2, -1, -1])
    return _trees.Tree(none.clip(0), np.array([threshold, 0, 0]), left, right, none == 0, values)


NARROW, WIDE = _trees.Compared(), _trees.Compared(dtype="float64")


def network(trees, compared=NARROW):
    build = Builder([Value("features", "float32", ("rows", 1))])
    given = "features"
    if compared.dtype == "float64":
        given = build.node("Cast", ["features"], to=11)
    found = _trees.sums(build, given, trees, 1, compared)
    return build.model([(found, Value("answers", "float64", ("rows", 1)))])


@pytest.mark.parametrize("compared", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize(
    "threshold", [0.1, -0.1, 1 / 3, 1e-300, -1e-300, 1e300, -1e300, np.inf, 2.0**-149, 1.7e9 + 0.5]
)
def test_a_float64_threshold_sends_each_float32_where_it_went(threshold, compared):
    with np.errstate(over="ignore"):
        near = np.float32(threshold)
        rows = [near, np.nextafter(near, np.float32(9e9)), np.nextafter(near, np.float32(-9e9))]
    rows = np.array([*rows, 0, -0.0, np.inf, -np.inf, 1e-45, -1e-45, np.nan], np.float32)[:, None]
    found = run(network([stump(threshold, 1, 2)], compared), rows)
    goes_left = (rows.astype(np.float64) <= threshold) | np.isnan(rows)
    np.testing.assert_array_equal(found, np.where(goes_left, 1.0, 2.0))


@pytest.mark.parametrize("count", [1, 2, 100, 3000])
@pytest.mark.parametrize("spread", [0, 12])
def test_leaves_are_summed_in_float64(count, spread):
    rng = np.random.default_rng(count)
    leaves = rng.normal(size=(count, 2)) * 10.0 ** rng.uniform(-spread, spread, (count, 1))
    rows = np.array([[-1.0], [1.0]], np.float32)
    found = run(network([stump(0.0, *pair) for pair in leaves]), rows)[:, 0]
    expected = leaves.sum(axis=0)
    bound = count * np.abs(leaves).max() * 2.0**-52
    assert np.abs(found - expected).max() <= bound


def test_leaves_of_nothing():
    found = run(network([stump(0.0, 0.0, 0.0)]), np.array([[1.0]], np.float32))
    assert found[0, 0] == 0


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_leaves_that_are_not_finite_are_refused(odd):
    with pytest.raises(UnsupportedError, match="leaf"):
        network([stump(0.0, odd, 1.0)])


def test_a_threshold_of_nan_is_refused():
    with pytest.raises(UnsupportedError, match="threshold"):
        network([stump(np.nan, 0.0, 1.0)])


def test_a_small_chance_keeps_its_digits():
    build = Builder([Value("raw", "float64", ("rows",))])
    model = build.model([(sigmoid(build, "raw"), Value("answers", "float64", ("rows",)))])
    raw = np.array([-700.0, -100.0, -40.0, -1e-9, 0.0, 1.0, 40.0, 900.0, -np.inf, np.inf])
    found = session(model).run(None, {"raw": raw})[0]
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(found, 1 / (1 + np.exp(-raw)), rtol=1e-15)
