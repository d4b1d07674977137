"""samescale.keras.Discretization."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, ModelError, SpecError

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from samescale.keras import Discretization  # noqa: E402 - Keras may be absent

VALUES = np.random.default_rng(0).lognormal(size=5000)


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def adapted(data=VALUES, **kwargs):
    layer = Discretization(**{"num_bins": 8, **kwargs})
    layer.adapt(data)
    return layer


def test_boundaries_are_the_exact_quantiles():
    expected = np.quantile(VALUES, np.arange(1, 8) / 8)
    assert adapted().bin_boundaries == expected.tolist()
    many = adapted(num_bins=256)
    assert len(many.bin_boundaries) == 255
    counts = np.bincount(numpy(many(VALUES)))
    assert len(counts) == 256
    assert counts.max() <= counts.min() + 2


def test_what_is_read_once_gives_the_same():
    batches = (VALUES[i : i + 64] for i in range(0, len(VALUES), 64))
    assert adapted(batches).bin_boundaries == adapted().bin_boundaries


def test_more_than_memory_holds_is_spooled(monkeypatch):
    monkeypatch.setattr("samescale.keras._spool._BYTES", 1000)
    assert adapted(iter([VALUES[:3000], VALUES[3000:]])).bin_boundaries == adapted().bin_boundaries


def test_endless_batches_are_read_for_some_steps():
    def endless():
        while True:
            yield VALUES

    layer = Discretization(num_bins=8)
    layer.adapt(endless(), steps=2)
    assert len(layer.bin_boundaries) == 7


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [4, 100])
def test_its_bins_are_those_of_the_graph(dtype, count):
    values = VALUES.astype(dtype)
    fitted = ss.Spec({"x": ss.Discretization(num_bins=count)}).adapt({"x": values})
    layer = adapted(values, num_bins=count)
    assert np.array_equal(numpy(layer(values)), fitted.transform({"x": values})["x"])
    assert numpy(layer(np.array([np.nan, np.inf, -np.inf], dtype))).tolist() == [0, count - 1, 0]


@pytest.mark.parametrize("count", [4, 100])
def test_a_model_puts_values_in_the_same_bins(count):
    layer = adapted(num_bins=count)
    model = keras.Sequential([keras.Input((1,)), layer])
    asked = np.r_[VALUES[:100], np.nan, np.inf].astype(np.float32)[:, None]
    assert np.array_equal(model.predict(asked, verbose=0), numpy(layer(asked)))


def test_few_values_leave_bins_empty_and_the_width_as_it_was():
    layer = adapted(np.array([1.0, 1.0, 2.0]), output_mode="one_hot")
    assert numpy(layer(np.array([[1.0]]))).shape == (1, 8)


def test_missing_values():
    holed = np.r_[VALUES, np.nan]
    assert adapted(holed).bin_boundaries == adapted().bin_boundaries
    with pytest.raises(DataError, match="is missing"):
        adapted(holed, nan="error")
    with pytest.raises(DataError, match="Every value is missing"):
        adapted(np.array([np.nan]))


def test_weights_and_files_carry_the_boundaries(tmp_path):
    model = keras.Sequential([keras.Input((1,)), adapted()])
    asked = VALUES[:50, None]
    expected = model.predict(asked, verbose=0)
    fresh = keras.Sequential([keras.Input((1,)), Discretization(num_bins=8)])
    fresh.set_weights(model.get_weights())
    assert np.array_equal(fresh.predict(asked, verbose=0), expected)
    model.save_weights(tmp_path / "m.weights.h5")
    other = keras.Sequential([keras.Input((1,)), adapted(VALUES * 9)])
    other.load_weights(tmp_path / "m.weights.h5")
    assert np.array_equal(other.predict(asked, verbose=0), expected)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert np.array_equal(loaded.predict(asked, verbose=0), expected)
    assert np.array_equal(copy.deepcopy(model).predict(asked, verbose=0), expected)
    clone = keras.models.clone_model(model)
    assert np.array_equal(clone.predict(asked, verbose=0), expected)


def test_updates_add_up():
    layer = Discretization(num_bins=8)
    layer.update_state(VALUES[:100])
    layer.update_state(VALUES[100:])
    layer.finalize_state()
    assert layer.bin_boundaries == adapted().bin_boundaries


def test_given_boundaries():
    layer = Discretization(bin_boundaries=[0.0, 1.0])
    assert numpy(layer(np.array([-1.0, 0.0, 5.0]))).tolist() == [0, 1, 2]
    with pytest.raises(ModelError, match="was given bin_boundaries"):
        layer.adapt(VALUES)
    with pytest.raises(SpecError, match="doesn't ascend"):
        Discretization(bin_boundaries=[1.0, 0.0])
