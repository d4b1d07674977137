from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import samescale as ss
from samescale import sources
from samescale.serve import oip

TABLE = {"x": np.arange(40.0), "rain": np.arange(40) >= 20}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    spec = ss.Spec({"x": ss.Normalization()}, ss.Target("rain", ss.IntegerLookup()))
    fitted = spec.adapt(TABLE)
    model = LogisticRegression().fit(fitted.matrix(TABLE), fitted.labels(TABLE))
    path = tmp_path_factory.mktemp("rain") / "rain.samescale"
    ss.Bundle(fitted, model).save(path)
    return ss.load(path)


def test_a_boolean_s_classes_are_booleans_after_a_bundle_too(predictor) -> None:
    assert predictor.classes == (False, True)
    assert all(type(one) is bool for one in predictor.classes)
    answers = predictor.predict({"x": [0.0, 39.0]})
    assert answers.dtype == np.bool_
    assert answers.tolist() == [False, True]


@pytest.mark.parametrize("given", [[True, False], [1, 0], np.array([True, False]), [1.0, 0.0]])
def test_labels_take_booleans_and_0_and_1(predictor, given) -> None:
    assert predictor.fitted.labels({"rain": given}).tolist() == [1, 0]


def test_a_file_names_its_chances_false_and_true(predictor, tmp_path) -> None:
    rows = {"x": [0.0, 39.0]}
    predictor.predict_file(rows, tmp_path / "out.csv", probabilities=True)
    written = sources.open(tmp_path / "out.csv")
    names = [column.name for column in written.columns]
    assert names == ["prediction", "probability_false", "probability_true"]
    assert written.columns[0].kind == "boolean"


def test_the_open_inference_protocol_says_bool(predictor) -> None:
    outputs = oip.metadata(predictor, "rain")["outputs"]
    assert outputs[0]["datatype"] == "BOOL"


def test_integers_stay_integers() -> None:
    spec = ss.Spec({"x": ss.Normalization()}, ss.Target("y", ss.IntegerLookup()))
    fitted = spec.adapt({"x": [1.0, 2.0], "y": [0, 1]})
    assert [type(one) for one in fitted.classes or ()] == [int, int]
