"""samescale.keras.Normalization: exact, in weights, sealed, and bit-equal to the graph."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, ModelError, SpecError

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from samescale.keras import Normalization  # noqa: E402 - Keras may be absent

RNG = np.random.default_rng(0)
X = RNG.normal([5, -50, 3, 1000], [1, 10, 0.1, 50], (200, 4))


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def adapted(data=X, **kwargs):
    layer = Normalization(**kwargs)
    layer.adapt(data)
    return layer


def model_of(layer):
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def feeds():
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    columns = {name: X[:, i] for i, name in enumerate("abcd")}
    batches = [X[i : i + 32] for i in range(0, 200, 32)]

    class Data(keras.utils.PyDataset):
        def __len__(self):
            return len(batches)

        def __getitem__(self, index):
            return batches[index], np.zeros(len(batches[index]))

    return {
        "array": X,
        "fortran": np.asfortranarray(X),
        "rows": X.tolist(),
        "list": batches,
        "generator": (batch for batch in batches),
        "labelled": ((batch, batch[:, 0], batch[:, 1]) for batch in batches),
        "tuple": (X, X[:, 0]),
        "dict": columns,
        "pandas": pd.DataFrame(columns),
        "polars": pl.DataFrame(columns),
        "arrow": pa.table(columns),
        "frames": [pd.DataFrame(columns)[:90], pd.DataFrame(columns)[90:]],
        "pydataset": Data(),
    }


@pytest.mark.parametrize("name", list(feeds()))
def test_every_kind_of_data_gives_the_same_bits(name):
    assert adapted(feeds()[name]).get_config()["statistics"] == adapted().get_config()["statistics"]


def test_a_torch_loader_is_read_without_its_labels():
    torch = pytest.importorskip("torch")
    rows = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.zeros(200))
    loader = torch.utils.data.DataLoader(rows, batch_size=32, shuffle=True)
    assert adapted(loader).get_config()["statistics"] == adapted().get_config()["statistics"]


def test_the_mean_is_exact_where_float32_sums_are_not():
    years = RNG.normal(2010, 5, (300_000, 1)).astype(np.float32)
    layer = adapted(years)
    assert abs(numpy(layer.mean).item() - years.astype(np.float64).mean()) < 1e-4
    assert abs(numpy(layer.variance).item() / years.astype(np.float64).var() - 1) < 1e-6


def test_float64_is_subtracted_before_it_is_narrowed():
    far = RNG.normal(1e8, 1, (500, 1))
    z = numpy(adapted(far)(far))
    np.testing.assert_allclose(z, (far - far.mean()) / far.std(), atol=2e-6)
    ids = RNG.integers(10**12, 10**12 + 1000, (500, 1))
    np.testing.assert_allclose(numpy(adapted(ids)(ids)).std(), 1, atol=1e-5)


@pytest.mark.parametrize("invert", [False, True])
def test_its_bits_are_those_of_the_graph(invert):
    given = X[:, :1].astype(np.float32)
    fitted = ss.Spec({"x": ss.Normalization(invert=invert)}).adapt({"x": given[:, 0]})
    expected = fitted.transform({"x": given[:, 0]})["x"]
    found = numpy(adapted(given, invert=invert)(given))[:, 0]
    assert found.dtype == expected.dtype == np.float32
    assert np.array_equal(found, expected)
    model = keras.Sequential([keras.Input((1,)), adapted(given, invert=invert)])
    assert np.array_equal(model.predict(given, verbose=0)[:, 0], expected)


def test_a_constant_column_gives_zero_and_keeps_small_differences_small():
    layer = adapted(np.full((50, 1), 0.1, np.float32))
    assert numpy(layer(np.float32([[0.1]]))).item() == 0
    assert abs(numpy(layer(np.float32([[0.101]]))).item()) < 0.01


def test_missing_values_are_left_out_or_refused():
    holed = X.copy()
    holed[3, 1] = np.nan
    layer = adapted(holed)
    assert numpy(layer.mean)[0, 1] == np.float32(np.nanmean(holed[:, 1]))
    answer = numpy(layer(holed[3:4]))
    assert np.isnan(answer[0, 1])
    assert np.isfinite(answer[0, [0, 2, 3]]).all()
    with pytest.raises(DataError, match="Feature 1 is missing in 1 of 200 rows"):
        adapted(holed, nan="error")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.array([[1.0], [np.inf]]), "inf"),
        (np.array([[np.nan], [np.nan]]), "Feature 0 has no value in 2 rows"),
        ({"a": [1.0, 2.0], "b": [np.nan, np.nan]}, "column 'b' has no value"),
        (np.array([["a"], ["b"]]), "numbers"),
        (X[:1], "no spread"),
        ([], "empty iterable"),
        ([X, X[:, :3]], "incompatible shape"),
        ((X, X, X, X), "tuple of 4"),
    ],
)
def test_data_that_nothing_can_be_learned_from_is_refused(data, message):
    layer = Normalization()
    with pytest.raises(DataError, match=message):
        layer.adapt(data)
    assert not layer.adapted


def test_given_statistics_are_not_learned_over():
    layer = Normalization(mean=3.0, variance=4.0)
    assert numpy(layer(np.float32([[5.0]]))).item() == 1
    with pytest.raises(ModelError, match="was given its mean"):
        layer.adapt(X)
    with pytest.raises(SpecError, match="negative"):
        Normalization(mean=0.0, variance=-1.0)


def test_an_image_has_a_mean_for_each_channel():
    images = RNG.integers(0, 256, (20, 8, 8, 3)).astype(np.uint8)
    layer = adapted(images)
    np.testing.assert_allclose(numpy(layer.mean).ravel(), images.mean((0, 1, 2)), rtol=1e-6)
    assert numpy(adapted(images, axis=None).mean).size == 1


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float16"])
def test_a_dtype_policy_changes_the_result_alone(policy):
    far = RNG.normal(1e5, 1, (300, 1)).astype(np.float32)
    layer = adapted(far, dtype=policy)
    assert keras.backend.standardize_dtype(layer(far).dtype) == layer.compute_dtype
    exact = (far.astype(np.float64) - far.mean(dtype=np.float64)) / far.std(dtype=np.float64)
    np.testing.assert_allclose(numpy(keras.ops.cast(layer(far), "float32")), exact, atol=0.02)


def copies():
    def by_weights(model):
        fresh = model_of(Normalization())
        fresh.set_weights(model.get_weights())
        return fresh

    def by_tree(model):
        other = keras.models.clone_model(model)
        tree = model.get_state_tree()
        names = ("trainable_variables", "non_trainable_variables")
        other.set_state_tree({name: tree[name] for name in names})
        other.layers[1].set_weights(model.layers[1].get_weights())
        return other

    def by_clone(model):
        other = keras.models.clone_model(model)
        other.layers[1].set_weights(model.layers[1].get_weights())
        return other

    return {
        "weights": by_weights,
        "state tree": by_tree,
        "clone": by_clone,
        "pickle": lambda model: pickle.loads(pickle.dumps(model)),
        "deepcopy": copy.deepcopy,
    }


@pytest.mark.parametrize("name", list(copies()))
def test_a_copy_of_a_model_has_the_statistics(name):
    model = model_of(adapted())
    other = copies()[name](model)
    expected = model.predict(X, verbose=0)
    assert np.array_equal(other.predict(X, verbose=0), expected)
    assert np.array_equal(numpy(other.layers[0](X)), numpy(model.layers[0](X)))


def test_files_keep_the_statistics_and_the_seal(tmp_path):
    model = model_of(adapted())
    expected = model.predict(X, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert np.array_equal(loaded.predict(X, verbose=0), expected)
    assert loaded.layers[0].sealed
    model.save_weights(tmp_path / "m.weights.h5")
    fresh = model_of(Normalization())
    fresh.load_weights(tmp_path / "m.weights.h5")
    assert np.array_equal(fresh.predict(X, verbose=0), expected)


def test_weights_of_keras_own_layer_are_read(tmp_path):
    theirs = model_of(keras.layers.Normalization())
    theirs.layers[0].adapt(X.astype(np.float32))
    theirs.save_weights(tmp_path / "m.weights.h5")
    ours = model_of(Normalization())
    ours.load_weights(tmp_path / "m.weights.h5")
    found, expected = (one.predict(X, verbose=0) for one in (ours, theirs))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_weights_of_an_unadapted_layer_of_keras_are_unadapted(tmp_path):
    theirs = model_of(keras.layers.Normalization())
    theirs.save_weights(tmp_path / "m.weights.h5")
    ours = model_of(Normalization())
    ours.load_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ModelError, match="was not adapted"):
        ours(X)


def test_the_config_is_json_and_makes_the_same_layer():
    layer = adapted(axis=-1, name="n")
    config = json.loads(json.dumps(layer.get_config()))
    other = Normalization.from_config(config)
    assert np.array_equal(numpy(other(X)), numpy(layer(X)))
    assert json.loads(json.dumps(other.get_config())) == config
    with pytest.raises(ModelError, match="of shape"):
        Normalization.from_config(config)(X[:, :2])


def test_it_is_keras_own_layer():
    assert isinstance(Normalization(), keras.layers.Normalization)
    assert keras.saving.get_registered_name(Normalization) == "samescale>Normalization"
