"""Every estimator and option that is written as ONNX, against scikit-learn itself."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from samescale.errors import UnsupportedError

pytest.importorskip("sklearn")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
import onnxruntime as ort
from sklearn import (
    decomposition,
    discriminant_analysis,
    dummy,
    ensemble,
    feature_selection,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    preprocessing,
    svm,
    tree,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from samescale.convert.sklearn import to_onnx

pytestmark = [pytest.mark.sklearn, pytest.mark.onnx]
RTOL = 1e-9
WIDTH = 6


def mlp(cls, **options):
    return cls(hidden_layer_sizes=(8, 5), max_iter=15, random_state=0, **options)


def scaled(scaler, last=None):
    return make_pipeline(scaler, linear_model.Ridge() if last is None else last)


REGRESSORS = [
    linear_model.LinearRegression(),
    linear_model.LinearRegression(fit_intercept=False),
    linear_model.Ridge(),
    linear_model.Lasso(alpha=0.01),
    linear_model.ElasticNet(alpha=0.01),
    linear_model.BayesianRidge(),
    linear_model.HuberRegressor(max_iter=500),
    linear_model.SGDRegressor(random_state=0),
    linear_model.QuantileRegressor(solver="highs"),
    linear_model.PoissonRegressor(),
    linear_model.GammaRegressor(),
    linear_model.TweedieRegressor(power=0),
    svm.LinearSVR(),
    *(mlp(neural_network.MLPRegressor, activation=a) for a in ("identity", "logistic", "tanh")),
    mlp(neural_network.MLPRegressor),
    mlp(neural_network.MLPRegressor, loss="poisson"),
    tree.DecisionTreeRegressor(random_state=0),
    tree.DecisionTreeRegressor(criterion="absolute_error", max_depth=3),
    tree.ExtraTreeRegressor(random_state=0),
    ensemble.RandomForestRegressor(12, random_state=0),
    ensemble.ExtraTreesRegressor(7, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=20),
    ensemble.GradientBoostingRegressor(n_estimators=9, init="zero", loss="huber"),
    ensemble.HistGradientBoostingRegressor(max_iter=20),
    ensemble.HistGradientBoostingRegressor(max_iter=9, loss="poisson"),
    ensemble.HistGradientBoostingRegressor(max_iter=9, loss="quantile", quantile=0.8),
    dummy.DummyRegressor(),
    dummy.DummyRegressor(strategy="quantile", quantile=0.3),
    scaled(preprocessing.StandardScaler()),
    scaled(preprocessing.StandardScaler(with_mean=False)),
    scaled(preprocessing.StandardScaler(with_std=False)),
    scaled(preprocessing.MinMaxScaler()),
    scaled(preprocessing.MinMaxScaler((-1, 3), clip=True)),
    scaled(preprocessing.MaxAbsScaler()),
    scaled(preprocessing.RobustScaler()),
    scaled(preprocessing.RobustScaler(with_centering=False)),
    scaled(preprocessing.PolynomialFeatures(3)),
    scaled(preprocessing.PolynomialFeatures(2, interaction_only=True, include_bias=False)),
    scaled(preprocessing.FunctionTransformer()),
    scaled(decomposition.PCA(3)),
    scaled(decomposition.PCA(3, whiten=True)),
    scaled(decomposition.TruncatedSVD(3)),
    scaled(feature_selection.SelectKBest(feature_selection.f_regression, k=3)),
    scaled(SimpleImputer(strategy="median")),
    scaled(preprocessing.StandardScaler(), ensemble.HistGradientBoostingRegressor(max_iter=9)),
    scaled(preprocessing.StandardScaler(), ensemble.RandomForestRegressor(5, random_state=0)),
    scaled("passthrough"),
    ensemble.VotingRegressor([("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor())]),
    ensemble.VotingRegressor(
        [("a", linear_model.Ridge()), ("b", dummy.DummyRegressor())], weights=[2, 1]
    ),
    ensemble.StackingRegressor([("a", linear_model.Ridge()), ("b", svm.LinearSVR())], cv=2),
    ensemble.StackingRegressor([("a", linear_model.Ridge())], cv=2, passthrough=True),
]
CLASSIFIERS = [
    linear_model.LogisticRegression(max_iter=500),
    linear_model.SGDClassifier(loss="log_loss", random_state=0),
    linear_model.SGDClassifier(loss="modified_huber", random_state=0),
    discriminant_analysis.LinearDiscriminantAnalysis(),
    mlp(neural_network.MLPClassifier),
    tree.DecisionTreeClassifier(random_state=0),
    tree.ExtraTreeClassifier(max_depth=3, random_state=0),
    ensemble.RandomForestClassifier(12, random_state=0),
    ensemble.ExtraTreesClassifier(7, random_state=0, class_weight="balanced"),
    ensemble.GradientBoostingClassifier(n_estimators=9),
    ensemble.HistGradientBoostingClassifier(max_iter=12),
    dummy.DummyClassifier(),
    dummy.DummyClassifier(strategy="most_frequent"),
    make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()),
    ensemble.VotingClassifier(
        [("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier())],
        voting="soft",
    ),
    ensemble.StackingClassifier(
        [("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=2))],
        cv=2,
    ),
]


def named(model):
    return str(model).replace("\n", "").replace(" ", "")[:60]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    x = rng.normal(1.0, 2.0, (200, WIDTH)).astype(np.float32)
    x[:, 5] = rng.integers(0, 4, 200)
    y = np.exp(0.2 * x[:, 0]) + np.abs(x[:, 1]) + 0.1 + rng.random(200)
    return x, y


@pytest.fixture(scope="module")
def rows(data):
    """Rows as they come, on the thresholds of trees, far away, tiny."""
    rng = np.random.default_rng(2)
    x = data[0]
    near = np.nextafter(x[:60], np.float32(rng.choice([-9e9, 9e9])))
    middle = ((x[:60].astype(np.float64) + x[1:61]) / 2).astype(np.float32)
    far = rng.choice([-1e5, 1e5, 1e-30, 0.0, -0.0, 1e-45], (30, WIDTH)).astype(np.float32)
    return np.concatenate([x, near, middle, far])


def fitted(model, x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # too few steps are enough here
        return model.fit(x.astype(np.float64), y)


def session(model):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model.SerializeToString(), options)


def answers(model, classes=None):
    runner = session(to_onnx(model, WIDTH, classes))
    return lambda x: runner.run(None, {"features": x})[0]


def same(found, expected):
    assert found.dtype == np.float64
    assert found.shape == expected.shape
    apart = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    assert apart.max() <= RTOL


def native(method, x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what overflows on rows that are far away
        return np.asarray(method(x.astype(np.float64)), np.float64)


@pytest.mark.parametrize("model", REGRESSORS, ids=named)
def test_a_regressor_answers_alike(model, data, rows):
    fitted(model, *data)
    expected = native(model.predict, rows)
    known = np.isfinite(expected)
    same(answers(model)(rows)[known], expected[known])
    assert known.sum() > 300


@pytest.mark.parametrize("several", [2, 3])
@pytest.mark.parametrize("model", CLASSIFIERS, ids=named)
def test_a_classifier_answers_alike(model, several, data, rows):
    x, y = data
    fitted(model, x, np.digitize(y, np.quantile(y, [0.5, 0.8][: several - 1])))
    same(answers(model, several)(rows), native(model.predict_proba, rows))


@pytest.mark.parametrize("model", CLASSIFIERS[::5], ids=named)
def test_a_class_that_was_not_met_has_no_chance(model, data, rows):
    x, y = data
    fitted(model, x, np.where(y > np.median(y), 3, 1))
    found = answers(model, 5)(rows)
    same(found[:, [1, 3]], native(model.predict_proba, rows))
    assert (found[:, [0, 2, 4]] == 0).all()


@pytest.mark.parametrize(
    "model",
    [
        tree.DecisionTreeRegressor(random_state=0),
        tree.ExtraTreeRegressor(random_state=0),
        ensemble.RandomForestRegressor(9, random_state=0),
        ensemble.HistGradientBoostingRegressor(max_iter=9),
        scaled(SimpleImputer()),
        scaled(preprocessing.StandardScaler(), ensemble.HistGradientBoostingRegressor(max_iter=9)),
    ],
    ids=named,
)
@pytest.mark.parametrize("in_training", [True, False])
def test_missing_values_go_where_scikit_learn_sends_them(model, in_training, data, rows):
    rng = np.random.default_rng(3)
    x, y = data
    gone, seen = (rng.random(some.shape) < 0.2 for some in (rows, x))
    fitted(model, np.where(seen & in_training, np.float32(np.nan), x), y)
    asked = np.where(gone, np.float32(np.nan), rows)
    same(answers(model)(asked), native(model.predict, asked))


@pytest.mark.parametrize("model", [*REGRESSORS, *CLASSIFIERS], ids=named)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_scikit_learn_refuses_gets_no_answer(model, odd, data):
    x, y = data
    classes = 2 if hasattr(model, "predict_proba") else None
    fitted(model, x, (y > np.median(y)).astype(int) if classes else y)
    asked = x[:3].copy()
    asked[1, 0] = odd
    found = answers(model, classes)(asked)
    method = model.predict_proba if classes else model.predict
    try:
        expected = native(method, asked)
    except ValueError:
        assert np.isnan(found[1]).all()
        assert np.isfinite(found[[0, 2]]).all()
    else:
        same(found, expected)


def test_several_answers_a_row(data, rows):
    x, y = data
    both = np.stack([y, -y], 1)
    for model in (linear_model.Ridge(), tree.DecisionTreeRegressor(), REGRESSORS[16]):
        fitted(model, x, both)
        same(answers(model)(rows), native(model.predict, rows))


def test_a_row_is_answered_alike_alone_and_among_others(data, rows):
    ask = answers(fitted(ensemble.RandomForestRegressor(99, random_state=0), *data))
    together = ask(rows)
    alone = np.concatenate([ask(rows[i : i + 1]) for i in range(50)])
    np.testing.assert_array_equal(alone, together[:50])


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (neighbors.KNeighborsRegressor(), "KNeighborsRegressor"),
        (svm.SVR(), "SVR"),
        (scaled(preprocessing.QuantileTransformer(n_quantiles=9)), "QuantileTransformer"),
        (scaled(preprocessing.FunctionTransformer(np.abs)), "absolute"),
        (scaled(SimpleImputer(add_indicator=True)), "SimpleImputer"),
        (ensemble.GradientBoostingRegressor(init=linear_model.Ridge()), "Ridge"),
        (ensemble.HistGradientBoostingRegressor(categorical_features=[5]), "categories"),
        (ensemble.StackingRegressor([("a", svm.SVR())], cv=2), "SVR"),
    ],
    ids=named,
)
def test_what_cannot_be_written_is_named(model, name, data):
    x, y = data
    with pytest.raises(UnsupportedError, match=name) as caught:
        to_onnx(fitted(model, x, y), WIDTH)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (naive_bayes.GaussianNB(), "GaussianNB"),
        (dummy.DummyClassifier(strategy="stratified"), "stratified"),
    ],
    ids=named,
)
def test_a_classifier_that_cannot_be_written_is_named(model, name, data):
    x, y = data
    with pytest.raises(UnsupportedError, match=name):
        to_onnx(fitted(model, x, (y > 2).astype(int)), WIDTH, 2)


def test_the_same_model_gives_the_same_bytes(data):
    model = fitted(ensemble.RandomForestRegressor(5, random_state=0), *data)
    first, second = (to_onnx(model, WIDTH).SerializeToString() for _ in range(2))
    assert first == second
