"""Keras: a plain file, asked in a process where samescale can't be imported."""

from __future__ import annotations

import keras
import numpy as np
import onnxruntime
import pytest

import samescale as ss
from samescale.errors import UnsupportedError
from samescale.export import export
from samescale.export._keras import _lowered, narrowed
from samescale.ir.reference import run
from tests.unit.export.conftest import adapted, table

pytestmark = pytest.mark.keras
SCALED = ss.Normalization()


def saved(fitted, model, tmp_path):
    ss.Bundle(fitted, model).save(tmp_path / "b.samescale")
    return tmp_path / "b.samescale"


def net(width, *last):
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input((width,)), keras.layers.Dense(8, "tanh"), *last])


def test_a_number_comes_in_the_targets_units(tmp_path, wanted):
    fitted = adapted("price")
    path = saved(fitted, net(len(fitted.feature_names), keras.layers.Dense(1)), tmp_path)
    made = export(path, "keras", tmp_path / "made.keras")
    (output,) = made.outputs
    assert (output.name, output.of, output.dtype) == ("price", "number", "float32")
    assert 0 < output.error <= made.rtol
    assert {x.name for x in made.inputs if x.origin != "raw"} == {
        "city_host",
        "when_host",
        "id_host",
    }
    rows = table(seed=4)
    model = keras.saving.load_model(tmp_path / "made.keras", safe_mode=True)
    sent = fitted.keras_inputs({name: rows[name] for name in fitted.schema.names})
    found = model.predict(sent, verbose=0)
    np.testing.assert_allclose(found, wanted(path, rows).predictions, rtol=1e-6)


@pytest.mark.slow
def test_a_sigmoid_becomes_two_probabilities(tmp_path):
    fitted = adapted("sold")
    last = keras.layers.Dense(1, "sigmoid")
    model = fitted.to_keras(net(len(fitted.feature_names), last))
    made = export(saved(fitted, model, tmp_path), "keras", tmp_path / "made.keras")
    assert [x.of for x in made.outputs] == ["probabilities"]
    assert "[False, True]" in made.notes[-1]
    loaded = keras.saving.load_model(tmp_path / "made.keras", safe_mode=True)
    assert loaded.output_shape == (None, 2)


@pytest.mark.onnx
def test_an_image_model(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 6, 6, 3)).astype("u1")
    rows = {"image": images, "kind": np.array(["cat", "dog"] * 20, object)}
    fitted = ss.Spec(
        {"image": ss.Rescaling(1 / 255)}, target=ss.Target("kind", ss.StringLookup())
    ).adapt(rows)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, "softmax"),
        ]
    )
    path = saved(fitted, model, tmp_path)
    made = export(path, "keras", tmp_path / "made.keras")
    assert [(x.name, x.dtype, x.shape) for x in made.inputs] == [("image", "uint8", (6, 6, 3))]
    export(path, "onnx", tmp_path / "made.onnx")
    at = onnxruntime.InferenceSession((tmp_path / "made.onnx").read_bytes())
    found, kind = at.run(["probabilities", "kind"], {"image": images})
    np.testing.assert_allclose(
        found, ss.load(path, runtime="native").predict_proba({"image": images}), atol=2e-6
    )
    assert set(kind.tolist()) <= {"cat", "dog"}


def test_a_target_that_float32_cannot_tell_apart_is_refused(tmp_path):
    x = np.linspace(-1, 1, 50)
    rows = {"x": x, "y": 1.7e9 + x}
    fitted = ss.Spec({"x": SCALED}, target=ss.Target("y", SCALED)).adapt(rows)
    path = saved(fitted, net(1, keras.layers.Dense(1)), tmp_path)
    with pytest.raises(UnsupportedError, match=r"can't tell values near 1\.7") as told:
        export(path, "keras", tmp_path / "made.keras")
    assert "onnx" in told.value.remedy
    assert [file.name for file in tmp_path.iterdir()] == ["b.samescale"]


@pytest.mark.parametrize(
    "chain", [SCALED, [ss.Log1p(), SCALED], ss.PowerTransform(), ss.MinMax(), ss.Robust()]
)
def test_the_way_back_in_float32(chain):
    x = np.exp(np.linspace(0, 3, 200))
    fitted = ss.Spec({"x": SCALED}, target=ss.Target("y", chain)).adapt({"x": x, "y": x})
    graph = fitted.target.inverse
    given = fitted.labels({"y": x})
    (found,) = run(narrowed(graph), {"prediction": given}).values()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, fitted.inverse(given), rtol=1e-5)
    column = keras.Input((1,), dtype="float32")
    (made,) = _lowered(narrowed(graph), column).values()
    model = keras.Model(column, made)
    np.testing.assert_allclose(
        np.asarray(model(given[:, None])).ravel(), fitted.inverse(given), rtol=2e-5
    )


def test_a_way_back_that_keras_has_not_is_refused():
    x = np.exp(np.linspace(0, 3, 200))
    target = ss.Target("y", ss.QuantileTransform())
    graph = ss.Spec({"x": SCALED}, target=target).adapt({"x": x, "y": x}).target.inverse
    with pytest.raises(UnsupportedError, match="can't be written for Keras"):
        _lowered(narrowed(graph), keras.Input((1,), dtype="float32"))


@pytest.mark.slow
def test_a_saved_model_serves_by_column(tmp_path):
    pytest.importorskip("tensorflow")
    fitted = adapted("band")
    last = keras.layers.Dense(3, "softmax")
    path = saved(fitted, net(len(fitted.feature_names), last), tmp_path)
    made = export(path, "saved_model", tmp_path / "made")
    assert "saved_model.pb" in made.files
    assert [(x.name, x.of, x.dtype) for x in made.outputs] == [
        ("probabilities", "probabilities", "float32"),
        ("band", "class", "string"),
    ]
    assert {x.name for x in made.inputs} == {"size", "city_host", "when_host", "id_host", "age"}
    content = (tmp_path / "made" / "saved_model.pb").read_bytes()
    assert str(tmp_path).encode() not in content
