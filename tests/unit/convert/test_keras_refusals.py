"""What can't be written is refused by name, and nothing half-written comes out."""

from __future__ import annotations

import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("onnxruntime")

from samescale.convert.keras import to_onnx  # noqa: E402 - after importorskip
from samescale.errors import UnsupportedError  # noqa: E402
from tests.unit.convert.keras_answers import NEAR, codes, difference, numbers, shaken  # noqa: E402

pytestmark = [pytest.mark.keras, pytest.mark.onnx]
L, o = keras.layers, keras.ops


def refused(shape, layer, dtype="float32") -> str:
    x = keras.Input(shape, dtype=dtype, name="x")
    with pytest.raises(UnsupportedError) as error:
        to_onnx(keras.Model(x, layer(x)))
    assert error.value.remedy
    return str(error.value)


class Rows(keras.layers.Layer):
    def call(self, x):
        return x - o.mean(x, 0)


class Foreign(keras.layers.Layer):
    def call(self, x):
        return _backend(x)

    def compute_output_shape(self, shape):
        return shape


def _backend(x):
    if isinstance(x, keras.KerasTensor):
        raise TypeError("not a tensor of the backend")
    return x


def _largest(x):
    return o.max(x, 0)


def _in_order(x):
    return o.sort(x)


REFUSED = {
    "'x16' (Dense).*float16": ((3,), lambda: L.Dense(2, dtype="mixed_float16", name="x16")),
    "'b' (Dense).*bfloat16": ((3,), lambda: L.Dense(2, dtype="bfloat16", name="b")),
    "float64": ((3,), lambda: L.Dense(2, dtype="float64", name="d")),
    "over the rows": ((3,), lambda: _largest),
    "no ONNX form of this operation": ((3,), lambda: _in_order),
    "'odd' (Foreign).*Keras operations alone": ((3,), lambda: Foreign(name="odd")),
    "rows": ((3,), Rows),
    "hasn't been adapted": ((3,), lambda: L.Discretization(num_bins=3, name="bins")),
    "no activation": ((3, 2), lambda: L.GRU(2, activation="gelu")),
    "smooths": ((6, 6, 1), lambda: L.Resizing(3, 3, antialias=True)),
    "bicubic": ((6, 6, 1), lambda: L.Resizing(3, 3, interpolation="bicubic")),
    "shape differs by call": ((None, 2), lambda: L.TimeDistributed(L.Dense(2))),
}


@pytest.mark.filterwarnings("ignore:.*float64:UserWarning")
@pytest.mark.parametrize("said", REFUSED)
def test_refused(said):
    shape, layer = REFUSED[said]
    x = keras.Input(shape, name="x")
    model = keras.Model(x, layer()(x))
    with pytest.raises(UnsupportedError, match=said.replace("(", r"\(").replace(")", r"\)")):
        to_onnx(model)


def test_what_looks_up_belongs_into_the_spec():
    message = refused((1,), L.Hashing(5), "int32")
    assert "Make it part of the spec" in message


def test_a_masked_recurrent_layer():
    x = keras.Input((4,), dtype="int32")
    model = keras.Model(x, L.GRU(2, name="gru")(L.Embedding(5, 3, mask_zero=True)(x)))
    with pytest.raises(UnsupportedError, match=r"'gru' \(GRU\).*masked"):
        to_onnx(model)


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
def test_a_mask_that_nothing_reads_is_no_reason():
    x = keras.Input((4,), dtype="int32")
    model = keras.Model(x, L.Dense(2)(L.Flatten()(L.Embedding(5, 3, mask_zero=True)(x))))
    assert difference(shaken(model), codes(5, 6, 4)) <= NEAR


def test_a_model_that_is_code():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(UnsupportedError, match="no graph of layers"):
        to_onnx(Own())


def test_training_on_the_way_is_off_at_prediction():
    x = keras.Input((4,))
    model = keras.Model(x, L.Dropout(0.5)(x, training=True))
    assert difference(model, numbers(5, 4)) == 0
