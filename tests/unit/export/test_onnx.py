"""ONNX: raw columns in, answers in the target's units out, for any ONNX Runtime."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pytest

import samescale as ss
from samescale.errors import UnsupportedError
from samescale.export import export
from samescale.targets.onnx import MISSING_TEXT
from tests.unit.export.conftest import adapted, table

pytestmark = [pytest.mark.onnx, pytest.mark.sklearn]
SCALED = ss.Normalization()
TARGET = ss.Target("y", SCALED)


def sent(rows):
    """What a caller without samescale sends."""
    return {
        "size": rows["size"].astype("f4")[:, None],
        "city": np.array([MISSING_TEXT if x is None else x for x in rows["city"]], object)[:, None],
        "when": rows["when"].astype("datetime64[s]").astype("f8")[:, None],
        "id": rows["id"][:, None],
        "age": rows["age"][:, None],
    }


def ask(path, rows):
    at = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    names = [x.name for x in at.get_outputs()]
    return dict(zip(names, at.run(names, sent(rows)), strict=True))


def test_a_number_comes_in_the_targets_units(bundles, tmp_path, wanted):
    made = export(bundles["price"], "onnx", tmp_path / "price.onnx")
    assert [(x.name, x.dtype) for x in made.outputs] == [("price", "float64")]
    assert made.rows > 10
    assert made.outputs[0].error <= made.rtol
    rows = table(seed=5)
    found = ask(tmp_path / "price.onnx", rows)
    np.testing.assert_allclose(
        found["price"], wanted(bundles["price"], rows).predictions, rtol=1e-9
    )


@pytest.mark.parametrize("target", ["band", "sold"])
def test_classes_come_as_probabilities_and_by_name(bundles, tmp_path, wanted, target):
    made = export(bundles[target], "onnx", tmp_path / "made.onnx")
    rows = table(seed=5)
    found, answer = ask(tmp_path / "made.onnx", rows), wanted(bundles[target], rows)
    np.testing.assert_allclose(found["probabilities"], answer.probabilities, atol=1e-9)
    assert found[target].tolist() == answer.predictions.tolist()
    assert made.classes == ss.load(bundles[target]).classes


def test_one_row_and_none(bundles, tmp_path):
    export(bundles["band"], "onnx", tmp_path / "made.onnx")
    rows = table()
    for count in (1, 0):
        found = ask(tmp_path / "made.onnx", {name: x[:count] for name, x in rows.items()})
        assert found["probabilities"].shape == (count, 3)
        assert found["band"].shape == (count,)


def test_the_file_says_what_it_takes(bundles, tmp_path):
    made = export(bundles["band"], "onnx", tmp_path / "made.onnx")
    model = onnx.load(tmp_path / "made.onnx")
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert told["samescale.bundle"] == made.bundle
    inputs = json.loads(told["samescale.inputs"])
    assert [x["name"] for x in inputs] == ["size", "city", "when", "id", "age"]
    assert inputs[2]["columns"] == {"when": "datetime"}
    assert json.loads(told["samescale.classes"]) == ["high", "low", "müd"]
    assert "seconds since 1970" in model.doc_string
    assert str(tmp_path) not in str(model)


def test_a_class_that_is_called_as_an_input_gets_another_name(tmp_path):
    from sklearn.linear_model import LogisticRegression

    rows = {"probabilities": np.arange(40.0), "y": np.arange(40) % 2 == 0}
    fitted = ss.Spec(
        {"probabilities": ss.Normalization()}, target=ss.Target("y", ss.IntegerLookup())
    ).adapt(rows)
    model = LogisticRegression().fit(fitted.matrix(rows), fitted.labels(rows))
    ss.Bundle(fitted, model).save(tmp_path / "b.samescale")
    made = export(tmp_path / "b.samescale", "onnx", tmp_path / "b.onnx")
    assert [x.name for x in made.outputs] == ["probabilities_out", "y"]


def test_text_that_onnx_cannot_change_is_the_callers(tmp_path):
    from sklearn.linear_model import Ridge

    rows = {"word": np.array(["A ", "b", "a"] * 9, object), "y": np.arange(27.0)}
    fitted = ss.Spec({"word": ss.Hashing(8, output_mode="one_hot")}, target=TARGET).adapt(rows)
    model = Ridge().fit(fitted.matrix(rows), fitted.labels(rows))
    ss.Bundle(fitted, model).save(tmp_path / "b.samescale")
    made = export(tmp_path / "b.samescale", "onnx", tmp_path / "b.onnx")
    (x,) = made.inputs
    assert x.name == "word_host"
    assert x.columns == ("word",)
    assert x.origin.startswith("host: ")
    assert any("'word_host' isn't raw" in note for note in made.notes)


@pytest.mark.parametrize("chain", [[ss.Log1p(), ss.Normalization()], ss.PowerTransform()])
def test_a_target_that_is_bent_comes_back(tmp_path, chain):
    from sklearn.linear_model import Ridge

    x = np.linspace(1, 4, 60)
    rows = {"x": x, "y": np.exp(x) + 1}
    fitted = ss.Spec({"x": ss.Normalization()}, target=ss.Target("y", chain)).adapt(rows)
    model = Ridge(alpha=1e-6).fit(fitted.matrix(rows), fitted.labels(rows))
    ss.Bundle(fitted, model).save(tmp_path / "b.samescale")
    made = export(tmp_path / "b.samescale", "onnx", tmp_path / "b.onnx")
    at = onnxruntime.InferenceSession((tmp_path / "b.onnx").read_bytes())
    (found,) = at.run(None, {"x": x.astype("f4")[:, None]})
    np.testing.assert_allclose(
        found, ss.load(tmp_path / "b.samescale").predict({"x": x}), rtol=1e-6
    )
    assert made.outputs[0].of == "number"


def test_folding_is_told_column_by_column(tmp_path):
    keras = pytest.importorskip("keras")
    near = np.random.default_rng(0).normal(1, 1, 120).astype("f4")
    rows = {"near": near, "far": near * np.float32(1e-3) + 500, "price": near * 3000.0}
    fitted = ss.Spec(
        {name: ss.Normalization() for name in ("near", "far")}, target=ss.Target("price", SCALED)
    ).adapt(rows)
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    ss.Bundle(fitted, net).save(tmp_path / "b.samescale")
    plain = export(tmp_path / "b.samescale", "onnx", tmp_path / "plain.onnx")
    made = export(tmp_path / "b.samescale", "onnx", tmp_path / "made.onnx", fold=True)
    told = [note for note in made.notes if note.startswith("Feature")]
    assert len(told) == 2
    assert "folded all" in told[0]
    assert "folded scale" in told[1], "its mean is 500,000 sd away"
    assert not any(note.startswith("Feature") for note in plain.notes)
    assert (tmp_path / "made.onnx").read_bytes() != (tmp_path / "plain.onnx").read_bytes()


def test_trees_too(tmp_path, wanted):
    xgboost = pytest.importorskip("xgboost")
    fitted, rows = adapted("price"), table()
    model = xgboost.XGBRegressor(n_estimators=5).fit(fitted.matrix(rows), fitted.labels(rows))
    ss.Bundle(fitted, model).save(tmp_path / "b.samescale")
    export(tmp_path / "b.samescale", "onnx", tmp_path / "b.onnx")
    new = table(seed=7)
    found = ask(tmp_path / "b.onnx", new)["price"]
    np.testing.assert_allclose(found, wanted(tmp_path / "b.samescale", new).predictions, rtol=1e-5)


def test_an_onnx_bundle_too(bundles, tmp_path):
    from samescale.bundle.read import audit, contents, parse

    held = audit(parse(contents(bundles["price"])))
    model = onnx.load_model_from_string(held.served.network)
    ss.Bundle(held.fitted, model).save(tmp_path / "b.samescale")
    made = export(tmp_path / "b.samescale", "onnx", tmp_path / "b.onnx")
    assert made.kind == "onnx"


def test_what_has_no_form_is_refused_with_its_reason(bundles, tmp_path, monkeypatch):
    from samescale.bundle.served import Served

    def refuse(*_):
        raise UnsupportedError("There is no ONNX for this.")

    monkeypatch.setattr(Served, "from_members", classmethod(lambda *_: Served(None, "why", 1e-9)))
    monkeypatch.setattr("samescale.models.sklearn.SklearnKind.network", refuse)
    with pytest.raises(UnsupportedError, match="no ONNX for this"):
        export(bundles["price"], "onnx", tmp_path / "b.onnx")
    assert list(tmp_path.iterdir()) == []
