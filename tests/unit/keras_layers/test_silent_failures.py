"""What Keras loses or mixes up in silence, beside what the layers' own tests hold."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from samescale.errors import DataError, ModelError, SchemaError

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from samescale.keras import (  # noqa: E402 - Keras may be absent
    CategoryEncoding,
    Discretization,
    Normalization,
    Rescaling,
    protect,
)

X = np.random.default_rng(0).normal([5, -50, 3, 1000], [1, 10, 0.1, 50], (64, 4)).astype("float32")


def model_of(layer, **names):
    dense = keras.layers.Dense(1, name=names.get("dense"))
    model = keras.Sequential([keras.Input((4,)), layer, dense], name=names.get("model"))
    model.compile("sgd", "mse")
    return model


def adapted(data=X, **options):
    layer = Normalization(**options)
    layer.adapt(data)
    return layer


def answer(model):
    return model.predict(X, verbose=0)


def test_a_state_tree_alone_carries_the_statistics():
    names = {"dense": "out", "model": "net"}
    one = model_of(adapted(name="scale"), **names)
    for other in (adapted(X * 3 + 1, name="scale"), adapted(X[:9], name="scale")):
        two = model_of(other, **names)
        assert not np.allclose(answer(two), answer(one))
        # As NumPy: JAX' predict gives away the arrays that two models would share.
        two.set_state_tree(one.get_state_tree(value_format="numpy_array"))
        assert np.array_equal(answer(two), answer(one))


@pytest.mark.parametrize("other", [Normalization, lambda: adapted(X * 3)])
@pytest.mark.parametrize("used", [False, True])
def test_weight_files_restore_the_statistics(tmp_path, other, used):
    one, two = model_of(adapted()), model_of(other())
    if used and two.layers[0].adapted:
        answer(two)
    one.save_weights(tmp_path / "m.weights.h5")
    two.load_weights(tmp_path / "m.weights.h5")
    assert np.array_equal(answer(two), answer(one))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_answer_alike(copied):
    model = model_of(adapted())
    assert np.array_equal(answer(copied(model)), answer(model))


CONSTANTS = [
    (lambda: Normalization(mean=1.0, variance=2.0), lambda: Normalization(mean=1.0, variance=3.0)),
    (lambda: Rescaling(1 / 255), lambda: Rescaling(1 / 127.5, -1)),
    (lambda: Discretization([1.0, 2.0]), lambda: Discretization([1.0, 3.0])),
]


@pytest.mark.parametrize(("first", "second"), CONSTANTS)
def test_weights_beside_other_constants_are_refused(tmp_path, first, second):
    one, again, other = (keras.Sequential([keras.Input((4,)), f()]) for f in (first, first, second))
    one.save_weights(tmp_path / "m.weights.h5")
    again.load_weights(tmp_path / "m.weights.h5")
    with pytest.raises((ModelError, ValueError), match="was given other constants"):
        other.load_weights(tmp_path / "m.weights.h5")


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("code", [7, -1])
def test_codes_without_a_place_are_zeros_where_that_is_asked_for(mode, code):
    layer = CategoryEncoding(num_tokens=3, output_mode=mode, invalid="zero")
    found = np.asarray(keras.ops.convert_to_numpy(layer(np.array([[0], [code]]))))
    assert found.tolist() == [[1, 0, 0], [0, 0, 0]]


def test_errors_keep_their_fields_through_keras():
    layer = CategoryEncoding(num_tokens=3, name="code")
    outer = keras.Sequential([keras.Input((4,)), Normalization(name="scale")])
    with pytest.raises(DataError) as found:
        layer(np.array([[7]]))
    assert (found.value.details["value"], bool(found.value.remedy)) == (7, True)
    with pytest.raises(ModelError) as found:
        keras.Sequential([outer])(X)
    assert found.value.details["layer"] == "scale"
    assert "adapt(training_data)" in found.value.remedy


def test_a_row_without_its_batch_spoils_nothing():
    model = protect(model_of(adapted()))
    model.fit(X, X[:, 0], verbose=0)
    before = answer(model)
    with pytest.raises(SchemaError):
        model.predict(X[0], verbose=0)
    assert np.array_equal(answer(model), before)
