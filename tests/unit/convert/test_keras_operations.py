"""Each operation of keras.ops, each activation: ONNX Runtime gives what Keras gives."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("onnxruntime")

from tests.unit.convert.keras_answers import (  # noqa: E402 - after importorskip
    NEAR,
    differences,
    numbers,
    ops,
    shaken,
)

pytestmark = [pytest.mark.keras, pytest.mark.onnx]
o, act = keras.ops, keras.activations
L = keras.layers
KERNEL = np.linspace(-1, 1, 18, dtype=np.float32).reshape(6, 3)

ON_ROWS = {
    "plus": lambda a: a + 1,
    "minus": lambda a: 3 - a,
    "divide": lambda a: a / (o.abs(a) + 1),
    "divide by none": lambda a: o.divide_no_nan(a, o.relu(a)),
    "power": lambda a: o.power(o.abs(a), 1.5),
    "square": o.square,
    "negative": lambda a: -a,
    "exp": o.exp,
    "log": lambda a: o.log(o.abs(a) + 0.5),
    "log1p": lambda a: o.log1p(o.abs(a)),
    "log1p, small": lambda a: o.log1p(a * 1e-6) * 1e6,
    "expm1": o.expm1,
    "expm1, small": lambda a: o.expm1(a * 1e-6) * 1e6,
    "log2": lambda a: o.log2(o.abs(a) + 0.5),
    "log10": lambda a: o.log10(o.abs(a) + 0.5),
    "sqrt": lambda a: o.sqrt(o.abs(a)),
    "rsqrt": lambda a: o.rsqrt(o.abs(a) + 1),
    "sin": o.sin,
    "cos": o.cos,
    "floor": o.floor,
    "ceil": o.ceil,
    "round": lambda a: o.round(a * 4),
    "sign": o.sign,
    "erf": o.erf,
    "where": lambda a: o.where(a > 0, a, 0.5),
    "not equal": lambda a: o.cast(o.not_equal(o.floor(a), 0), "float32"),
    "logic": lambda a: o.cast(o.logical_and(a > 0, o.logical_not(a >= 1)), "float32"),
    "either": lambda a: o.cast(o.logical_or(a < -1, a <= 0.5), "float32"),
    "nan": lambda a: o.where(o.isnan(a), 0.0, a),
    "finite": lambda a: o.where(o.isfinite(a), a, 0.0),
    "cast": lambda a: o.cast(o.cast(a * 10, "int32"), "float32"),
    "promote": lambda a: o.cast(a, "int32") + 1.5,
    "clip": lambda a: o.clip(a, -0.5, 0.5),
    "maximum": lambda a: o.maximum(a, 0.1),
    "minimum": lambda a: o.minimum(0.1, a),
    "one hot": lambda a: o.one_hot(o.cast(o.abs(a) * 2, "int32"), 4),
    "zeros": lambda a: a + o.zeros_like(a),
    "ones": o.ones_like,
    "stack": lambda a: o.stack([a, a * 2], 1),
    "product and bias": lambda a: o.matmul(a, KERNEL) + np.arange(3, dtype=np.float32),
    "product and scalar": lambda a: o.matmul(a, KERNEL) + 1.0,
    "dot": lambda a: o.dot(a, KERNEL),
}
ON_SEQUENCES = {
    "reshape": lambda b: o.reshape(b, (-1, 24)),
    "transpose": lambda b: o.transpose(b, (0, 2, 1)),
    "swap": lambda b: o.swapaxes(b, 1, 2),
    "move": lambda b: o.moveaxis(b, -1, 1),
    "concatenate": lambda b: o.concatenate([b, b * 2], 1),
    "mean": lambda b: o.mean(b, -1),
    "mean, kept": lambda b: o.mean(b, 1, keepdims=True),
    "sum": lambda b: o.sum(b, (1, 2), keepdims=True),
    "max": lambda b: o.max(b, 1),
    "min": lambda b: o.min(b, 1),
    "prod": lambda b: o.prod(b, 2),
    "var": lambda b: o.var(b, 2),
    "std": lambda b: o.std(b, 1, keepdims=True),
    "moments": lambda b: o.moments(b, [2])[1],
    "log of sums": lambda b: o.logsumexp(b, 1),
    "largest": lambda b: o.cast(o.argmax(b, 1), "float32"),
    "sums": lambda b: o.cumsum(b, 1),
    "any": lambda b: o.cast(o.any(b > 1, axis=2), "float32"),
    "all": lambda b: o.cast(o.all(b > -1, axis=2), "float32"),
    "items": lambda b: b[:, 1:3, ::2],
    "last item": lambda b: b[:, -1],
    "new axis": lambda b: b[..., None, 0],
    "take": lambda b: o.take(b, [3, 1], axis=1),
    "split": lambda b: o.split(b, 2, 1)[1],
    "unstack": lambda b: o.unstack(b, axis=1)[2],
    "flip": lambda b: o.flip(b, 2),
    "tile": lambda b: o.tile(b, (1, 2, 1)),
    "repeat": lambda b: o.repeat(b, 2, 2),
    "pad": lambda b: o.pad(b, [[0, 0], [1, 2], [0, 0]]),
    "squeeze": lambda b: o.squeeze(b[:, :1], 1),
    "expand": lambda b: o.expand_dims(b, 1) * o.expand_dims(b, 2),
    "einsum": lambda b: o.einsum("bij,bkj->bik", b, b),
    "matmul": lambda b: o.matmul(b, o.transpose(b, (0, 2, 1))),
    "tensordot": lambda b: o.tensordot(b, KERNEL, 1),
    "normalize": o.normalize,
    "softmax over two": lambda b: o.softmax(b, (1, 2)),
}
ACTIVATIONS = {
    name: getattr(act, name)
    for name in dir(act)
    if not name.startswith("_")
    and name not in {"deserialize", "get", "serialize", "threshold", "sparsemax"}
    and callable(getattr(act, name))
} | {
    "gelu, by tanh": lambda a: act.gelu(a, approximate=True),
    "threshold": lambda a: act.threshold(a, 0.5, -1.0),
}

# Keras can't call these two on symbolic tensors but inside a layer.
OWN = (act.mish, act.hard_silu)


def found(shape: tuple[int, ...], made: dict) -> dict[str, float]:
    x = keras.Input(shape)
    layers = [(L.Activation(f) if f in OWN else f)(x) for f in made.values()]
    return dict(zip(made, differences(keras.Model(x, layers), numbers(30, *shape)), strict=True))


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    of_rows = found((6,), ON_ROWS | {f"activation {k}": f for k, f in ACTIVATIONS.items()})
    return of_rows | found((4, 6), ON_SEQUENCES)


@pytest.mark.parametrize(
    "name", [*ON_ROWS, *ON_SEQUENCES, *(f"activation {k}" for k in ACTIVATIONS)]
)
def test_operation(name, measured):
    assert measured[name] <= NEAR


def test_a_product_takes_a_bias_only_where_it_has_one():
    x = keras.Input((6,))
    assert ops(keras.Model(x, ON_ROWS["product and bias"](x))) == ["Gemm"]
    assert ops(keras.Model(x, ON_ROWS["product and scalar"](x))) == ["Gemm", "Add"]


def test_weights_inside_operations():
    class Scale(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), name="scale")

        def call(self, x):
            return o.tanh(x) * self.scale

    x = keras.Input((6,))
    model = shaken(keras.Model(x, Scale()(x)))
    assert max(differences(model, numbers(5, 6))) <= NEAR
