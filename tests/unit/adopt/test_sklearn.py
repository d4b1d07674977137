"""What surrounds the objects: targets, models, bundles, and what is refused by name."""

from __future__ import annotations

import importlib
import re
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    LabelEncoder,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

import samescale as ss
from samescale.adopt import Adopted, adopt, load, names
from samescale.adopt._record import Named, Record
from samescale.errors import NotInvertibleError, SamescaleError, SpecError
from samescale.guard import Guard, rules

pytestmark = pytest.mark.sklearn

RNG = np.random.default_rng(0)
ROWS = 150
X = RNG.normal(size=(ROWS, 2)) * [1.0, 30.0] + [0.0, 1e4]
Y = np.exp(RNG.normal(size=ROWS)) * 1e5
CITY = RNG.choice(np.array(["Oslo", "Rome", "雪"], object), ROWS)
TABLE = np.array([*zip(X[:, 0], X[:, 1], CITY, strict=True)], object)
COLUMNS = {"x0": X[:, 0], "x1": X[:, 1], "x2": CITY}


def mixed() -> ColumnTransformer:
    return ColumnTransformer([
        ("n", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1]),
        ("c", OneHotEncoder(), [2]),
    ])  # fmt: skip


def regression(**options: Any) -> Any:
    mlp = MLPRegressor(hidden_layer_sizes=(8,), max_iter=20, random_state=0, tol=1.0)
    around = TransformedTargetRegressor(mlp, **options)
    return make_pipeline(mixed(), around).fit(TABLE, Y)


def square(x: Any) -> Any:
    return x * x


class Mine(StandardScaler):
    """A subclass, which may do anything."""


# Targets


@pytest.mark.parametrize(
    "options",
    [
        {"transformer": StandardScaler()},
        {"transformer": MinMaxScaler((-1, 1))},
        {"transformer": RobustScaler()},
        {"transformer": PowerTransformer()},
        {"transformer": PowerTransformer("box-cox")},
        {"transformer": QuantileTransformer(n_quantiles=50)},
        {"transformer": make_pipeline(FunctionTransformer(np.log, np.exp), StandardScaler())},
        {"func": np.log1p, "inverse_func": np.expm1},
        {"func": np.sqrt, "inverse_func": np.square},
    ],
    ids=lambda options: "-".join(type(value).__name__ for value in options.values()),
)
def test_a_target_is_undone_as_the_object_undoes_it(options) -> None:
    around = TransformedTargetRegressor(LinearRegression(), **options).fit(X, Y)
    fitted = adopt(make_pipeline(StandardScaler().fit(X), around), target="price").fitted
    answers = np.linspace(-1.0, 1.5, 40) if "transformer" in options else np.linspace(0.1, 12, 40)
    theirs = around.transformer_.inverse_transform(answers[:, None])[:, 0]
    np.testing.assert_allclose(fitted.inverse(answers), theirs, rtol=1e-9)
    learned = around.transformer_.transform(Y[:, None])[:, 0].astype(np.float32)
    np.testing.assert_allclose(fitted.labels({"price": Y}), learned, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("encoder", [LabelEncoder, LabelBinarizer])
@pytest.mark.parametrize(
    "classes", [CITY, RNG.integers(3, 9, ROWS), CITY == "Rome"], ids=["text", "whole", "boolean"]
)
def test_a_label_encoder_is_a_target(encoder, classes) -> None:
    target = ("kind", encoder().fit(classes))
    fitted = adopt(StandardScaler().fit(X), columns=["a", "b"], target=target)
    assert list(fitted.classes) == sorted(set(classes.tolist()))
    codes = LabelEncoder().fit(classes).transform(classes)
    assert fitted.labels({"kind": classes}).tolist() == codes.tolist()
    assert fitted.inverse(codes).tolist() == classes.tolist()


def test_a_target_that_cannot_be_undone_is_refused() -> None:
    with pytest.raises(NotInvertibleError, match=r"'price'"):
        adopt(StandardScaler().fit(X), target=("price", FunctionTransformer(np.abs).fit(X[:, :1])))


def test_two_transformers_of_one_target_are_refused() -> None:
    given = regression(transformer=StandardScaler())
    with pytest.raises(SpecError, match="holds one too"):
        adopt(given, target=("price", StandardScaler().fit(Y[:, None])))


# Models


@pytest.mark.parametrize("search", [False, True])
def test_a_pipeline_gives_its_model_back(search) -> None:
    labels = np.where(X[:, 0] > 0, "up", "down")
    pipeline = make_pipeline(mixed(), LogisticRegression())
    given = GridSearchCV(pipeline, {"logisticregression__C": [1.0]}, cv=2) if search else pipeline
    given.fit(TABLE, labels)
    found = adopt(given)
    assert isinstance(found, Adopted)
    assert type(found.model) is LogisticRegression
    assert list(found.fitted.classes) == ["down", "up"]
    assert (given.best_estimator_ if search else given)[-1].classes_.tolist() == ["down", "up"]
    chances = found.model.predict_proba(found.fitted.matrix(COLUMNS))
    np.testing.assert_allclose(chances, given.predict_proba(TABLE), rtol=1e-6)


def test_a_nested_pipeline_is_taken_apart() -> None:
    inner = make_pipeline(PolynomialFeatures(2), LinearRegression())
    given = make_pipeline(
        StandardScaler(), TransformedTargetRegressor(inner, transformer=StandardScaler())
    )
    given.fit(X, Y)
    found = adopt(given, target="price")
    assert type(found.model) is LinearRegression
    answers = found.fitted.inverse(found.model.predict(found.fitted.matrix(COLUMNS)))
    np.testing.assert_allclose(answers, given.predict(X), rtol=1e-5)


def test_a_model_alone_is_refused() -> None:
    with pytest.raises(SpecError, match="LinearRegression is a model"):
        adopt(LinearRegression().fit(X, Y))


@pytest.mark.parametrize("name", ["mlp", "logistic"])
def test_a_bundle_answers_as_the_pipeline(name, tmp_path) -> None:
    pytest.importorskip("skops")
    if name == "mlp":
        given = regression(transformer=StandardScaler())
        theirs = given.predict(TABLE)
    else:
        given = make_pipeline(mixed(), LogisticRegression()).fit(TABLE, CITY == "Oslo")
        theirs = given.predict_proba(TABLE)
    found = adopt(given, target="y")
    ss.Bundle(found.fitted, found.model).save(tmp_path / "a.same")
    loaded = ss.load(tmp_path / "a.same")
    assert loaded.fitted.digest == found.fitted.digest
    ours = loaded.predict(COLUMNS) if name == "mlp" else loaded.predict_proba(COLUMNS)
    # An answer near 0 is a difference of numbers as large as the target's deviation.
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6 * np.std(theirs))


@pytest.mark.keras
def test_keras_computes_the_same_features() -> None:
    pytest.importorskip("keras")
    fitted = adopt(mixed().fit(TABLE))
    rows = {name: values[:9] for name, values in COLUMNS.items()}
    found = np.asarray(fitted.to_keras().predict(fitted.keras_inputs(rows), verbose=0))
    assert found.tobytes() == fitted.matrix(rows).tobytes()


# The profile


def test_the_guard_finds_nothing_where_nothing_is_known() -> None:
    found = adopt(make_pipeline(mixed(), LogisticRegression()).fit(TABLE, X[:, 0] > 0)).fitted
    guard = Guard.of(found.schema, found.profile, found.graph, rules=rules())
    rows = {"x0": np.full(500, np.nan), "x1": np.full(500, 1e12), "x2": CITY[:1].repeat(500)}
    assert guard.check(found.admit(rows), 500) == ()


def test_the_guard_names_what_the_object_tells() -> None:
    found = adopt(ColumnTransformer([
        ("r", MinMaxScaler(), [0]), ("c", OneHotEncoder(handle_unknown="ignore"), [2]),
    ]).fit(TABLE))  # fmt: skip
    guard = Guard.of(found.schema, found.profile, found.graph, rules=rules())
    findings = guard.check(found.admit({"x0": [99.0], "x2": ["Bern"]}), 1)
    assert {finding.code for finding in findings} == {"SG201", "SG202"}
    assert found.profile.columns["x0"].minimum == X[:, 0].min()


# Refusals


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (StandardScaler(), "StandardScaler doesn't say what columns it was fitted on"),
        (OneHotEncoder(), "OneHotEncoder doesn't say"),
        (Normalizer().fit(X), r"Normalizer can't be adopted\. It divides a row by its norm"),
        (PCA().fit(X), r"PCA can't be adopted\. Its transform isn't known"),
        (make_pipeline(StandardScaler(), PCA()).fit(X), "PCA can't be adopted"),
        (Mine().fit(X), "Mine can't be adopted"),
        (
            FunctionTransformer(square).fit(X),
            r"func='[\w.]+square'\) can't be adopted\. Known are np",
        ),
        (FunctionTransformer(lambda x: x).fit(X), "<lambda>"),
        (FunctionTransformer(np.clip, kw_args={"a_min": 0}).fit(X), "can't be adopted"),
        (object(), "can't be adopted"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_cannot_be_exact_is_refused_by_name(given, told) -> None:
    with pytest.raises(SpecError, match=told) as caught:
        adopt(given)
    assert caught.value.remedy


def test_names_must_be_those_it_was_fitted_on() -> None:
    pandas = pytest.importorskip("pandas")
    scaler = StandardScaler().fit(pandas.DataFrame(X, columns=["a", "b"]))
    assert adopt(scaler, columns=["a", "b"]).schema.names == ("a", "b")
    with pytest.raises(SpecError, match="fitted on"):
        adopt(scaler, columns=["b", "a"])
    with pytest.raises(SpecError, match="fitted on 2 columns, and there are 3"):
        adopt(StandardScaler().fit(X), columns=["a", "b", "c"])


def test_a_column_is_text_or_numbers() -> None:
    steps = [("a", "passthrough", [2]), ("b", OneHotEncoder(), [2])]
    with pytest.raises(SpecError, match="x2"):
        adopt(ColumnTransformer(steps).fit(TABLE))


def state_of(scaler: Any, **changed: Any) -> Record:
    kind = type(scaler)
    return Record(kind.__module__, kind.__name__, {**vars(scaler), **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"mean_": "text"},
        {"mean_": None, "scale_": [[1.0]]},
        {"scale_": np.array(["a", "b"])},
        {"n_features_in_": 10**15},
        {"n_features_in_": -1, "scale_": None},
        {"n_features_in_": "2", "scale_": None},
        {"feature_names_in_": 3},
        {"scale_": {}, "mean_": []},
        {"scale_": np.zeros((2, 2, 2))},
    ],
    ids=str,
)
def test_a_state_that_scikit_learn_never_writes_is_refused(changed) -> None:
    with pytest.raises(SamescaleError):
        adopt(state_of(StandardScaler().fit(X), **changed))


def test_a_record_may_not_ask_for_much_memory() -> None:
    poly = PolynomialFeatures(2).fit(X)
    with pytest.raises(SpecError, match="more than"):
        adopt(state_of(poly, degree=10**6, _max_degree=10**6))
    formed = ColumnTransformer([("a", StandardScaler(), [0])]).fit(X)
    value = adopt(state_of(formed, verbose_feature_names_out="{feature_name:>99999999999}"))
    assert len(value.feature_names[0]) < 100


def test_functions_are_known_by_name_and_never_called() -> None:
    formed = FunctionTransformer(np.exp).fit(X)
    assert adopt(state_of(formed, func=Named("numpy", "exp"))).digest == adopt(formed).digest
    for module, name in [
        ("os", "system"),
        ("numpy", "load"),
        ("builtins", "exec"),
        ("nump", "exp"),
    ]:
        with pytest.raises(SpecError, match=re.escape(name)):
            adopt(state_of(formed, func=Named(module, name)))


def test_an_option_of_a_later_version_has_its_default() -> None:
    scaler = MinMaxScaler().fit(X)
    old = {
        key: value for key, value in vars(scaler).items() if key not in {"clip", "n_features_in_"}
    }
    assert (
        adopt(Record("sklearn.preprocessing.data", "MinMaxScaler", old)).digest
        == adopt(scaler).digest
    )


def test_the_package_is_called_as_its_function() -> None:
    package = importlib.import_module("samescale.adopt")
    scaler = StandardScaler().fit(X)
    assert package(scaler, columns=["a", "b"]).digest == adopt(scaler, columns=["a", "b"]).digest


def test_the_kinds_are_found() -> None:
    assert "sklearn" in names()
    with pytest.raises(SpecError, match="Known are"):
        load("nothing")


def test_a_constant_out_of_range_stays_what_it_is() -> None:
    # The square of this deviation is no float64, so it isn't told as a variance.
    wide = StandardScaler().fit(X[:, :1])
    for scale in (1e-200, 1e200, 5e-324 * 2**60):
        value = adopt(state_of(wide, scale_=np.array([scale]), mean_=np.array([0.0])))
        given = np.array([scale, -3 * scale])
        assert value.transform({"x0": given})["x0"].tolist() == [1.0, -3.0]
        assert value.schema["x0"].dtype == "float64"
