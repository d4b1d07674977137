"""Several targets in one spec: declared, learned, bundled, answered by name in their own units."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

import samescale as ss
from samescale.bundle import Bundle
from samescale.bundle.inspect import inspect
from samescale.bundle.preprocessing import load as load_fitted
from samescale.errors import DataError, FormatError, ModelError, SpecError
from samescale.models.base import Runtime
from samescale.predictor import Predictor

ROWS = 40
X = np.linspace(-2.0, 3.0, ROWS)
TABLE = {
    "x": X,
    "y": np.cos(X),
    "price": 100.0 + 10.0 * X,
    "kind": np.where(X > 1, "big", np.where(X > -1, "mid", "low")).astype(object),
    "weight": np.exp(X),
}
PRICE = ss.Target("price", ss.Normalization())
KIND = ss.Target("kind", ss.StringLookup())
WEIGHT = ss.Target("weight", ss.Log1p(), ss.Normalization())
COLUMNS = {"x": ss.Normalization(), "y": ss.Normalization()}
SPEC = ss.Spec(COLUMNS, [PRICE, KIND, WEIGHT])


@pytest.fixture(scope="module")
def fitted() -> ss.Fitted:
    return SPEC.adapt(TABLE)


class Lines(Runtime):
    """Answers the price exactly, each class with a chance of its own, and the weight as given."""

    def __init__(self, fitted: ss.Fitted, *, weight: float = 0.0) -> None:
        self._fitted = fitted
        self._weight = weight

    def predict(self, columns: Any) -> Any:
        matrix = self._fitted.matrix_of(columns)
        chances = np.abs(np.stack([matrix[:, 0], matrix[:, 1], np.ones(len(matrix))], 1)) + 0.1
        return {
            "price": matrix[:, 0],
            "kind": chances / chances.sum(axis=1, keepdims=True),
            "weight": np.full(len(matrix), self._weight, np.float32),
        }


# Declared


def test_a_spec_has_them_in_order_and_refuses_to_say_that_there_is_none() -> None:
    assert SPEC.targets == (PRICE, KIND, WEIGHT)
    assert ss.Spec(COLUMNS).targets == ()
    assert ss.Spec(COLUMNS).target is None
    assert ss.Spec(COLUMNS, [PRICE]).target == PRICE
    with pytest.raises(SpecError, match="'price', 'kind', 'weight'"):
        _ = SPEC.target


def test_json_round_trip_and_one_target_as_ever() -> None:
    assert ss.Spec.from_json(json.loads(json.dumps(SPEC.to_json()))) == SPEC
    assert ss.Spec(COLUMNS, [PRICE]) == ss.Spec(COLUMNS, PRICE)
    assert isinstance(ss.Spec(COLUMNS, [PRICE]).to_json()["target"], dict)
    assert ss.Spec(COLUMNS, [KIND, PRICE]) != ss.Spec(COLUMNS, [PRICE, KIND])
    assert ss.Spec(COLUMNS).to_json()["target"] is None


@pytest.mark.parametrize(
    ("target", "match"),
    [
        ([PRICE, ss.Target("price")], "Two targets are of column 'price'"),
        ([PRICE, ss.Target("x")], "'x' is the target and an input"),
        ([PRICE, "kind"], "'kind' is no ss.Target"),
        ([], "is no ss.Target"),
    ],
)
def test_what_is_no_list_of_targets_is_refused(target: Any, match: str) -> None:
    with pytest.raises(SpecError, match=match):
        ss.Spec(COLUMNS, target)
    told = [one.to_json() if isinstance(one, ss.Target) else one for one in target]
    with pytest.raises(SpecError):
        ss.Spec.from_json({**ss.Spec(COLUMNS).to_json(), "target": told})


# Learned


def test_each_is_learned_as_if_it_were_alone(fitted: ss.Fitted) -> None:
    for target in SPEC.targets:
        alone = ss.Spec(COLUMNS, target).adapt(TABLE)
        view = fitted.by_target[target.name]
        assert view.digest == alone.digest
        np.testing.assert_array_equal(
            fitted.labels(TABLE)[target.name], alone.labels(TABLE), strict=True
        )
    assert [target.name for target in fitted.targets] == ["price", "kind", "weight"]
    assert len({fitted.digest, *(view.digest for view in fitted.by_target.values())}) == 4


def test_inverse_brings_each_back_to_its_own_units(fitted: ss.Fitted) -> None:
    back = fitted.inverse(fitted.labels(TABLE))
    np.testing.assert_allclose(back["price"], TABLE["price"], rtol=1e-6)
    np.testing.assert_allclose(back["weight"], TABLE["weight"], rtol=1e-5)
    assert back["kind"].tolist() == TABLE["kind"].tolist()


@pytest.mark.parametrize("given", [np.zeros(3), {"price": np.zeros(3)}, {"nonsense": np.zeros(3)}])
def test_answers_that_lack_a_target_are_refused(fitted: ss.Fitted, given: Any) -> None:
    with pytest.raises(ModelError, match="'price', 'kind', 'weight'"):
        fitted.inverse(given)


def test_an_unknown_class_names_target_and_row(fitted: ss.Fitted) -> None:
    table = {**TABLE, "kind": np.array(["big", "huge", *["low"] * (ROWS - 2)], object)}
    with pytest.raises(DataError, match="Target 'kind', row 1: class 'huge'"):
        fitted.labels(table)


def test_what_takes_one_target_refuses_several(fitted: ss.Fitted) -> None:
    for ask in (lambda: fitted.target, lambda: fitted.classes):
        with pytest.raises(SpecError, match="There are 3 targets"):
            ask()
    assert fitted.by_target["kind"].classes == ("big", "low", "mid")
    with pytest.raises(SpecError, match=r"3 targets.*ss\.fit trains"):
        ss.fit(TABLE, spec=SPEC)
    with pytest.raises(SpecError, match=r"3 targets.*ss\.fit trains"):
        ss.fit(TABLE, fitted=fitted)


def test_a_missing_value_of_any_is_refused() -> None:
    with pytest.raises(DataError, match="Target 'weight' has 1 missing"):
        SPEC.adapt({**TABLE, "weight": np.where(X[3] == X, np.nan, TABLE["weight"])})
    with pytest.raises(SpecError, match="'price' is a target and the weights"):
        SPEC.adapt(TABLE, weights="price")


# Stored


def test_a_fitted_file_and_a_pickle_give_it_back(fitted: ss.Fitted, tmp_path: Any) -> None:
    fitted.save(tmp_path / "several.fitted")
    for back in (ss.Fitted.load(tmp_path / "several.fitted"), pickle.loads(pickle.dumps(fitted))):
        assert back.digest == fitted.digest
        assert repr(back) == repr(fitted)
        assert [one.column for one in back.targets] == [one.column for one in fitted.targets]
        assert [one.classes for one in back.targets] == [None, ("big", "low", "mid"), None]
        np.testing.assert_array_equal(back.labels(TABLE)["weight"], fitted.labels(TABLE)["weight"])
    said = inspect(tmp_path / "several.fitted").text()
    assert "price (regression)" in said
    assert "kind (classification of 3: [big, low, mid])" in said
    assert load_fitted(tmp_path / "several.fitted").digest == fitted.digest


def test_a_file_whose_targets_dont_fit_is_refused(fitted: ss.Fitted) -> None:
    import dataclasses as dc

    from samescale.bundle import members
    from samescale.bundle.preprocessing import _NO_MODEL
    from samescale.bundle.write import describe

    manifest, content = describe(fitted, _NO_MODEL), members.of_fitted(fitted)
    assert members.to_fitted(content, manifest).digest == fitted.digest
    told = list(manifest.target or ())
    for wrong in (told[:2], told[::-1], told[0], None, [*told, told[0]], [None, *told[1:]]):
        with pytest.raises(FormatError):
            members.to_fitted(content, dc.replace(manifest, target=wrong))


# Answered


def test_answers_come_by_name(fitted: ss.Fitted) -> None:
    predictor = Predictor(fitted, Lines(fitted))
    answer = predictor.answer({"x": X[:5], "y": np.cos(X[:5])})
    assert list(answer.predictions) == ["price", "kind", "weight"]
    np.testing.assert_allclose(answer.predictions["price"], TABLE["price"][:5], rtol=1e-6)
    middle = np.expm1(np.log1p(TABLE["weight"]).mean())
    np.testing.assert_allclose(answer.predictions["weight"], np.full(5, middle), rtol=1e-6)
    assert predictor.classes == {"kind": ("big", "low", "mid")}
    assert list(answer.probabilities or ()) == ["kind"]
    chances = predictor.predict_proba({"x": X[:5], "y": np.cos(X[:5])})["kind"]
    named = np.array(predictor.classes["kind"], object)[chances.argmax(axis=1)]
    assert answer.predictions["kind"].tolist() == named.tolist()
    assert predictor.lane is None
    assert repr(predictor).startswith("<Predictor of 'price' (regression) and 'kind' (class")


def test_no_rows_and_a_row_alone(fitted: ss.Fitted) -> None:
    predictor = Predictor(fitted, Lines(fitted))
    none = predictor.answer({"x": [], "y": []})
    assert {name: found.shape for name, found in none.predictions.items()} == {
        "price": (0,),
        "kind": (0,),
        "weight": (0,),
    }
    assert none.probabilities["kind"].shape == (0, 3)
    whole = predictor.predict({"x": X, "y": TABLE["y"]})
    alone = predictor.predict([{"x": float(X[7]), "y": float(TABLE["y"][7])}])
    assert {name: found[7] for name, found in whole.items()} == {
        name: found[0] for name, found in alone.items()
    }


def test_only_numbers_have_no_probabilities() -> None:
    fitted = ss.Spec(COLUMNS, [PRICE, WEIGHT]).adapt(TABLE)

    class Two(Runtime):
        def predict(self, columns: Any) -> Any:
            matrix = fitted.matrix_of(columns)
            return {"price": matrix[:, 0], "weight": matrix[:, 1]}

    predictor = Predictor(fitted, Two())
    assert predictor.classes is None
    assert predictor.answer({"x": X[:2], "y": X[:2]}).probabilities is None
    with pytest.raises(ModelError, match="no classes"):
        predictor.predict_proba({"x": X[:2], "y": X[:2]})


@pytest.mark.parametrize("weight", [np.nan, 1e6])
def test_an_answer_that_isnt_finite_names_its_target(fitted: ss.Fitted, weight: float) -> None:
    predictor = Predictor(fitted, Lines(fitted, weight=weight))  # 1e6 is infinite behind exp
    with pytest.raises(DataError, match="Row 0 has no finite answer for 'weight'"):
        predictor.predict({"x": X[:2], "y": X[:2]})


def test_a_file_has_a_column_for_each(fitted: ss.Fitted, tmp_path: Any) -> None:
    predictor = Predictor(fitted, Lines(fitted))
    table = {"x": X, "y": TABLE["y"]}
    for resume in (False,):
        path = tmp_path / f"out{resume}.csv"
        written = predictor.predict_file(table, path, probabilities=True, resume=resume)
        lines = path.read_text().splitlines()
        assert written.rows == ROWS == len(lines) - 1
        assert lines[0].split(",") == [
            "prediction_price",
            "prediction_kind",
            *(f"probability_kind_{name}" for name in ("big", "low", "mid")),
            "prediction_weight",
        ]
        answer = predictor.answer(table)
        assert float(lines[4].split(",")[0]) == answer.predictions["price"][3]
        assert lines[4].split(",")[1] == answer.predictions["kind"][3]


def test_columns_of_one_name_are_refused(tmp_path: Any) -> None:
    names = {"a": np.array(["b_c", "d"] * 20, object), "a_b": np.array(["c", "e"] * 20, object)}
    targets = [ss.Target(name, ss.StringLookup()) for name in names]
    fitted = ss.Spec({"x": ss.Normalization()}, targets).adapt({"x": X, **names})

    class Even(Runtime):
        def predict(self, columns: Any) -> Any:
            return {name: np.full((len(columns["x"]), 2), 0.5) for name in names}

    predictor = Predictor(fitted, Even())
    with pytest.raises(ModelError, match="'probability_a_b_c'"):
        predictor.predict_file({"x": X}, tmp_path / "out.csv", probabilities=True)
    assert predictor.predict_file({"x": X}, tmp_path / "out.csv").rows == ROWS


# Served


def test_the_server_says_and_answers_each(fitted: ss.Fitted) -> None:
    pytest.importorskip("msgspec")
    from samescale.serve import openapi, page
    from samescale.serve.routes import asked, fixed
    from samescale.serve.settings import Settings

    predictor, settings = Predictor(fitted, Lines(fitted)), Settings()
    ask = asked(predictor, "shop", settings)
    row = {"x": 1.0, "y": 0.5}
    plain = json.loads(ask["/predict"](json.dumps({"rows": [row]}).encode()).body)
    wanted = predictor.predict([row])
    assert plain["predictions"] == {name: found.tolist() for name, found in wanted.items()}
    assert plain["classes"] == {"kind": ["big", "low", "mid"]}
    assert list(plain["probabilities"]) == ["kind"]

    tensors = [
        {"name": name, "shape": [1], "datatype": "FP64", "data": [value]}
        for name, value in row.items()
    ]
    body = json.dumps({"inputs": tensors}).encode()
    outputs = json.loads(ask["/v2/models/shop/infer"](body).body)["outputs"]
    told = json.loads(fixed(predictor, "shop", settings, "0")["/v2/models/shop"].body)["outputs"]
    names = ["prediction_price", "prediction_kind", "probabilities_kind", "prediction_weight"]
    assert [one["name"] for one in outputs] == [one["name"] for one in told] == names
    assert [one["datatype"] for one in outputs] == [one["datatype"] for one in told]
    assert outputs[0]["data"] == wanted["price"].tolist()
    one = {"inputs": tensors, "outputs": [{"name": "prediction_kind"}]}
    chosen = json.loads(ask["/v2/models/shop/infer"](json.dumps(one).encode()).body)["outputs"]
    assert [output["data"] for output in chosen] == [wanted["kind"].tolist()]

    schema = openapi.document(predictor, "shop", settings, "0")["components"]["schemas"]["Answer"]
    fields = schema["properties"]
    assert list(fields["predictions"]["properties"]) == ["price", "kind", "weight"]
    assert list(fields["probabilities"]["properties"]) == ["kind"]
    assert "<b>price</b> (regression) and <b>kind</b>" in page.html(predictor, "shop", "http://x")


# Bundled, with a model of scikit-learn


@pytest.mark.sklearn
def test_a_regressor_of_several_numbers(tmp_path: Any) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    fitted = ss.Spec(COLUMNS, [PRICE, WEIGHT]).adapt(TABLE)
    labels = np.column_stack([*fitted.labels(TABLE).values()]).astype(np.float64)
    model = linear_model.LinearRegression().fit(fitted.matrix(TABLE).astype(np.float64), labels)
    Bundle(fitted, model).save(tmp_path / "two.samescale")
    predictor = ss.load(tmp_path / "two.samescale")
    found = predictor.predict({"x": X, "y": TABLE["y"]})
    raw = model.predict(fitted.matrix(TABLE).astype(np.float64))
    wanted = fitted.inverse({"price": raw[:, 0], "weight": raw[:, 1]})
    for name in ("price", "weight"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-9)
    with pytest.raises(ss.errors.UnsupportedError, match="several targets"):
        ss.load(tmp_path / "two.samescale", runtime="onnx")
    assert ss.load(tmp_path / "two.samescale", runtime="native").predict(
        [{"x": 1.0, "y": 0.0}]
    ).keys() == {"price", "weight"}


@pytest.mark.sklearn
@pytest.mark.parametrize("own", [True, False])
def test_a_classifier_of_several_classes(tmp_path: Any, own: bool) -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    multioutput = pytest.importorskip("sklearn.multioutput")
    linear_model = pytest.importorskip("sklearn.linear_model")
    sign = np.where(X > 0, "yes", "no").astype(object)
    targets = [KIND, ss.Target("sign", ss.StringLookup())]
    table = {**TABLE, "sign": sign}
    fitted = ss.Spec(COLUMNS, targets).adapt(table)
    matrix = fitted.matrix(table).astype(np.float64)
    labels = np.column_stack([*fitted.labels(table).values()])
    model = (
        ensemble.RandomForestClassifier(5, random_state=0)
        if own
        else multioutput.MultiOutputClassifier(linear_model.LogisticRegression())
    ).fit(matrix, labels)
    Bundle(fitted, model).save(tmp_path / "classes.samescale")
    predictor = ss.load(tmp_path / "classes.samescale")
    chances = predictor.predict_proba({"x": X, "y": TABLE["y"]})
    assert list(chances) == ["kind", "sign"]
    for found, wanted in zip(chances.values(), model.predict_proba(matrix), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)
    assert predictor.classes == {"kind": ("big", "low", "mid"), "sign": ("no", "yes")}


@pytest.mark.sklearn
def test_an_estimator_that_isnt_the_targets_is_refused(fitted: ss.Fitted) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    neural = pytest.importorskip("sklearn.neural_network")
    matrix, labels = fitted.matrix(TABLE).astype(np.float64), fitted.labels(TABLE)
    one = linear_model.LinearRegression().fit(matrix, labels["price"])
    with pytest.raises(ModelError, match="'weight' is a number and 'kind' a class"):
        Bundle(fitted, one)
    numbers = ss.Spec(COLUMNS, [PRICE, WEIGHT]).adapt(TABLE)
    with pytest.raises(ModelError, match="gives 1 answers for a row, and there are 2 targets"):
        Bundle(numbers, one)
    sign = ss.Target("sign", ss.StringLookup())
    odd = ss.Target("odd", ss.StringLookup())
    table = {**TABLE, "sign": np.where(X > 0, "y", "n"), "odd": np.where(X > 1, "y", "n")}
    classes = ss.Spec(COLUMNS, [sign, odd]).adapt(table)
    codes = np.column_stack([*classes.labels(table).values()])
    chances = neural.MLPClassifier((2,), max_iter=5, early_stopping=False)
    with pytest.warns(Warning, match="Maximum iterations"):
        chances.fit(matrix, codes)
    with pytest.raises(ModelError, match="probabilities for each of the 2 targets"):
        Bundle(classes, chances)
