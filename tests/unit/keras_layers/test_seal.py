"""When statistics may change, and what happens to those who use them."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from samescale.errors import ModelError

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from samescale.keras import Discretization, Normalization  # noqa: E402 - Keras may be absent

X = np.random.default_rng(0).normal(1000, 50, (64, 3)).astype(np.float32)


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def model_of(layer):
    model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


class Subclassed(keras.Model):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return self.dense(self.layer(inputs))


USES = {
    "fit": lambda model: model.fit(X, X[:, 0], verbose=0),
    "predict": lambda model: model.predict(X, verbose=0),
    "evaluate": lambda model: model.evaluate(X, X[:, 0], verbose=0),
    "call": lambda model: model(X),
}


@pytest.mark.parametrize("kind", ["sequential", "subclassed"])
@pytest.mark.parametrize("use", list(USES))
def test_use_seals(kind, use):
    layer = Normalization()
    layer.adapt(X)
    layer.adapt(X)  # it may still change
    if kind == "sequential":
        model = model_of(layer)
    else:
        model = Subclassed(layer)
        model.compile("sgd", "mse")
    assert not layer.sealed
    USES[use](model)
    assert layer.sealed
    before = layer.get_config()["statistics"]
    with pytest.raises(ModelError, match="readapt=True"):
        layer.adapt(X * 2)
    assert layer.get_config()["statistics"] == before


def test_a_call_of_the_layer_alone_does_not_seal():
    layer = Normalization()
    layer.adapt(X)
    layer(X)
    assert not layer.sealed


def test_a_new_adapt_that_is_asked_for_reaches_everything(tmp_path):
    layer = Normalization()
    layer.adapt(X)
    model = model_of(layer)
    old = model.predict(X, verbose=0)
    layer.adapt(X * 2 + 7, readapt=True)
    new = model.predict(X, verbose=0)
    assert np.abs(new - old).max() > 0.1
    np.testing.assert_allclose(numpy(model(X)), new, rtol=1e-5)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert np.array_equal(loaded.predict(X, verbose=0), new)
    with pytest.raises(ModelError):
        loaded.layers[0].adapt(X)


@pytest.mark.parametrize("use", list(USES))
@pytest.mark.parametrize("kind", [Normalization, lambda: Discretization(num_bins=3)])
def test_what_has_learned_nothing_is_refused(use, kind):
    layer = kind()
    model = keras.Sequential(
        [keras.Input((3,)), layer, keras.layers.Rescaling(1.0), keras.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    with pytest.raises(ModelError, match=r"You need to .* call .*adapt"):
        USES[use](model)


def test_a_model_is_built_before_adapt():
    layer = Normalization()
    model = model_of(layer)
    layer.adapt(X)
    assert np.isfinite(model.predict(X, verbose=0)).all()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras' exporter and JAX
def test_an_export_of_what_has_learned_nothing_is_refused(tmp_path):
    pytest.importorskip("tensorflow")
    if keras.backend.backend() == "torch":
        pytest.skip("Keras' exporter fails on torch, whatever the model")
    with pytest.raises(ModelError, match="was not adapted"):
        model_of(Normalization()).export(tmp_path / "m", verbose=False)


WITHOUT_TENSORFLOW = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
import numpy as np, keras
from samescale.keras import CategoryEncoding, Discretization, Normalization, Rescaling
x = np.arange(12.0).reshape(6, 2)
for data in (x, [x, x], (batch for batch in (x, x)), x.tolist(), {"a": x[:, 0], "b": x[:, 1]}):
    layer = Normalization(); layer.adapt(data)
    bins = Discretization(num_bins=3)
    bins.adapt(x if isinstance(data, dict) else iter([x, x]))
model = keras.Sequential([keras.Input((2,)), Rescaling(2.0), layer, keras.layers.Dense(1)])
model.predict(x, verbose=0)
CategoryEncoding(num_tokens=3)(np.array([[1]]))
bins(x)
assert "tensorflow" not in sys.modules
"""


def test_it_works_without_tensorflow():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_it_is_the_same_on_another_backend(backend):
    pytest.importorskip(backend)
    names = [
        "test_use_seals",
        "test_a_new_adapt_that_is_asked_for_reaches_everything",
        "test_what_has_learned_nothing_is_refused",
    ]
    files = ["test_normalization.py", "test_rescaling.py", "test_discretization.py"]
    folder = pathlib.Path(__file__).parent
    asked = [f"{__file__}::{name}" for name in names] + [str(folder / file) for file in files]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "--no-header", *asked],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
