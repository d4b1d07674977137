"""IntegerLookup gives Keras' indices without TensorFlow, compiled with its model."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from samescale.errors import DataError, ModelError, UnsupportedError  # noqa: E402
from samescale.keras import IntegerLookup  # noqa: E402
from tests.unit.keras_layers.lookups import BACKEND, needs_oracle, plain, same  # noqa: E402

pytestmark = pytest.mark.keras

DATA = np.array([[5, 5, -3], [12, 12, 12], [0, 5, 7], [-1, 7, 0]])
ASKED = np.array([[5, 99, -3], [0, -8, 12], [-1, 100, 7]])
MODES = ["int", "one_hot", "multi_hot", "count", "tf_idf"]


@needs_oracle
@pytest.mark.parametrize("mode", MODES)
def test_what_is_learned_and_answered_is_keras_own(mode):
    methods = ({}, {"oov_method": "farmhash"}, {"oov_method": "farmhash", "salt": 9})
    for mask, buckets, method in itertools.product((None, 0), (1, 3), methods):
        arguments = {"mask_token": mask, "num_oov_indices": buckets, "output_mode": mode, **method}
        ours, theirs = IntegerLookup(**arguments), keras.layers.IntegerLookup(**arguments)
        ours.adapt(DATA)
        theirs.adapt(DATA)
        assert ours.get_vocabulary() == theirs.get_vocabulary()
        for asked in (ASKED, ASKED[:, :1], ASKED[0]):
            same(ours(asked), theirs(asked))


@pytest.mark.parametrize(
    ("mode", "mask", "method"),
    [(mode, 0, "floormod") for mode in MODES]
    + [("int", None, "farmhash"), ("count", 0, "farmhash")],
)
def test_a_model_compiles_and_answers_alike(mode, mask, method):
    layer = IntegerLookup(output_mode=mode, mask_token=mask, num_oov_indices=3, oov_method=method)
    layer.adapt(DATA)
    expected = plain(layer(ASKED))
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, layer(inputs))
    model.compile(jit_compile=BACKEND != "torch")
    found = model.predict(ASKED, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=3e-7)
    assert found.shape[1:] == model.output_shape[1:]
    assert layer.sealed


def test_inverted_in_a_model():
    layer = IntegerLookup(vocabulary=[10, 20], mask_token=0, invert=True)
    asked = np.array([[0, 1, 2], [3, 4, -1]])
    expected = [[0, -1, 10], [20, -1, -1]]
    assert plain(layer(asked)).tolist() == expected
    inputs = keras.Input((3,), dtype="int32")
    assert keras.Model(inputs, layer(inputs)).predict(asked, verbose=0).tolist() == expected


def test_floats_that_are_not_whole_are_refused():
    layer = IntegerLookup(vocabulary=[1, 2])
    if BACKEND != "tensorflow":
        with pytest.raises(DataError, match=r"1\.5 isn't a whole number"):
            layer(np.array([1.5]))
    with pytest.raises(DataError, match="isn't a whole number"):
        IntegerLookup().adapt(np.array([1.0, np.nan]))
    with pytest.raises(DataError, match="StringLookup"):
        IntegerLookup().adapt(["a"])


@pytest.mark.skipif(BACKEND != "jax", reason="other backends have 64 bits")
def test_integers_of_64_bits_are_exact_in_numpy_and_refused_within():
    layer = IntegerLookup(vocabulary=[2**40 + 1, 1])
    assert plain(layer(np.array([2**40 + 1, 1, 2**40]))).tolist() == [1, 2, 0]
    with pytest.raises(UnsupportedError, match="64 bits"):
        layer(keras.ops.convert_to_tensor([1]))
    inverted = IntegerLookup(vocabulary=[2**40 + 1], invert=True)
    with pytest.raises(UnsupportedError, match="64 bits"):
        inverted([1])


@pytest.mark.skipif(BACKEND != "jax", reason="where compiled code can't raise")
def test_no_bucket_for_unknown_ones_is_refused_within():
    layer = IntegerLookup(vocabulary=[1, 2], num_oov_indices=0)
    assert plain(layer(keras.ops.convert_to_tensor([2, 1]))).tolist() == [1, 0]
    inputs = keras.Input((1,), dtype="int32")
    with pytest.raises(UnsupportedError, match="num_oov_indices=1"):
        keras.Model(inputs, layer(inputs)).predict(np.array([[1]]), verbose=0)


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_the_vocabulary_survives_clone_weights_and_file(tmp_path, mode):
    inputs = keras.Input((3,), dtype="int32")
    layer = IntegerLookup(output_mode=mode, name="ids")
    layer.adapt(DATA)
    model = keras.Model(inputs, layer(inputs))
    expected = model.predict(ASKED, verbose=0)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    model.save_weights(tmp_path / "m.weights.h5")
    empty = IntegerLookup(output_mode=mode, name="ids")
    if mode == "int":
        rebuilt = keras.Model(inputs, empty(inputs))
        rebuilt.load_weights(tmp_path / "m.weights.h5")
        np.testing.assert_array_equal(rebuilt.predict(ASKED, verbose=0), expected)
    for other in (clone, loaded):
        np.testing.assert_array_equal(other.predict(ASKED, verbose=0), expected)
        with pytest.raises(ModelError, match="readapt=True"):
            other.layers[-1].adapt(DATA)


def test_counts_of_any_rank_go_along_the_last_axis():
    layer = IntegerLookup(vocabulary=[1, 2, 3], output_mode="count")
    cube = np.arange(12).reshape(2, 3, 2)
    found = plain(layer(cube))
    assert found.shape == (2, 3, 4)
    np.testing.assert_array_equal(found[1], plain(layer(cube[1])))


def test_a_vocabulary_file(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("10\n20\n", "utf-8")
    assert IntegerLookup(vocabulary=str(path)).get_vocabulary() == [-1, 10, 20]


def test_a_new_vocabulary_reaches_what_was_compiled():
    layer = IntegerLookup()
    layer.adapt([1, 1, 2])
    model = keras.Sequential([keras.Input((1,), dtype="int32"), layer])
    model.compile()
    x = np.array([[1], [2]])
    assert model.predict(x, verbose=0).tolist() == [[1], [2]]
    with pytest.raises(ModelError, match="sealed"):
        layer.update_state([2, 2, 1])
    layer.adapt([2, 2, 1], readapt=True)
    assert model.predict(x, verbose=0).tolist() == plain(model(x)).tolist() == [[2], [1]]
