"""The activations of `keras.activations`, as ONNX has them or built of simpler nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.convert.keras.tensors import Call, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable


def _own(op: str, **attributes: str | float) -> Callable[[Call], Tensor]:
    """An activation that ONNX has too: strings name the operation's own attributes."""

    def convert(call: Call) -> Tensor:
        given: dict[str, Any] = {
            key: float(getattr(call.operation, value)) if isinstance(value, str) else value
            for key, value in attributes.items()
        }
        return call.through(_x(call), op, **given)

    return convert


def _x(call: Call) -> Tensor:
    return call.tensor(call.get("x"), call.dtype)


def _with(call: Call, op: str, x: Tensor, value: float) -> Tensor:
    return call.through(x, op, call.number(value, call.dtype))


def _times(call: Call, op: str, a: Tensor, b: Tensor) -> Tensor:
    if a.first is not None and b.first is not None:
        return call.channels_back(call.build.node(op, [a.first, b.first]), a.shape, a.dtype)
    return Tensor(call.build.node(op, [a.name, b.name]), a.shape, a.dtype)


def clipped(call: Call, x: Tensor, low: float, high: float) -> Tensor:
    """`x`, no less than `low` and no more than `high`."""
    return call.through(x, "Clip", call.number(low, x.dtype), call.number(high, x.dtype))


def _relu(call: Call) -> Tensor:
    operation, x = call.operation, _x(call)
    slope, most, threshold = operation.negative_slope, operation.max_value, operation.threshold
    if threshold:
        return _thresholded(call, x)
    if slope and most is None:
        return call.through(x, "LeakyRelu", alpha=float(slope))
    if slope:
        upper = call.through(x, "LeakyRelu", alpha=float(slope))
        return _with(call, "Min", upper, float(most))
    return call.through(x, "Relu") if most is None else clipped(call, x, 0.0, float(most))


def _thresholded(call: Call, x: Tensor) -> Tensor:
    """X above the threshold, slope·(x - threshold) below it, `max_value` at most."""
    slope, threshold = float(call.operation.negative_slope), float(call.operation.threshold)
    above = _with(call, "Greater", x, threshold)
    below = _with(call, "Mul", _with(call, "Sub", x, threshold), slope)
    chosen = _where(call, above, x, below)
    most = call.operation.max_value
    return chosen if most is None else _with(call, "Min", chosen, float(most))


def _where(call: Call, condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    parts = (condition, a, b)
    if all(part.first is not None for part in parts):
        made = call.build.node("Where", [part.first or "" for part in parts])
        return call.channels_back(made, a.shape, a.dtype)
    return Tensor(call.build.node("Where", [part.name for part in parts]), a.shape, a.dtype)


def _silu(call: Call) -> Tensor:
    x = _x(call)
    return _times(call, "Mul", x, call.through(x, "Sigmoid"))


def _gelu(call: Call) -> Tensor:
    x = _x(call)
    if call.operation.approximate:
        cube = _times(call, "Mul", x, _times(call, "Mul", x, x))
        inner = _times(call, "Add", x, _with(call, "Mul", cube, 0.044715))
        bent = call.through(_with(call, "Mul", inner, math.sqrt(2 / math.pi)), "Tanh")
    else:
        bent = call.through(_with(call, "Div", x, math.sqrt(2)), "Erf")
    return _with(call, "Mul", _times(call, "Mul", x, _with(call, "Add", bent, 1.0)), 0.5)


def _log_sigmoid(call: Call) -> Tensor:
    return call.through(call.through(call.through(_x(call), "Neg"), "Softplus"), "Neg")


def _soft_shrink(call: Call) -> Tensor:
    return call.through(_x(call), "Shrink", **_shrink(call, bias=True))


def _hard_shrink(call: Call) -> Tensor:
    return call.through(_x(call), "Shrink", **_shrink(call, bias=False))


def _shrink(call: Call, *, bias: bool) -> dict[str, Any]:
    size = float(call.operation.threshold)
    return {"lambd": size, "bias": size if bias else 0.0}


def _tanh_shrink(call: Call) -> Tensor:
    x = _x(call)
    return _times(call, "Sub", x, call.through(x, "Tanh"))


def _sparse_plus(call: Call) -> Tensor:
    """0 below -1, x above 1, ((x + 1) / 2)² between: x for all of it, but clipped and a rest."""
    x = _x(call)
    near = _with(call, "Add", clipped(call, x, -1.0, 1.0), 1.0)
    curve = _with(call, "Mul", _times(call, "Mul", near, near), 0.25)
    return _where(call, _with(call, "Greater", x, 1.0), x, curve)


def _sparse_sigmoid(call: Call) -> Tensor:
    near = clipped(call, _x(call), -1.0, 1.0)
    return _with(call, "Mul", _with(call, "Add", near, 1.0), 0.5)


def _squareplus(call: Call) -> Tensor:
    x = _x(call)
    inner = _with(call, "Add", _times(call, "Mul", x, x), float(call.operation.b))
    return _with(call, "Mul", _times(call, "Add", x, call.through(inner, "Sqrt")), 0.5)


def _threshold(call: Call) -> Tensor:
    x = _x(call)
    above = _with(call, "Greater", x, float(call.operation.threshold))
    value = float(call.operation.default_value)
    other = Tensor(call.number(value, x.dtype), (), x.dtype, call.number(value, x.dtype))
    return _where(call, above, x, other)


def _glu(call: Call) -> Tensor:
    x, axis = _x(call), call.operation.axis
    half, gate = call.build.nodes("Split", [x.name], 2, axis=axis, num_outputs=2)
    return call.emit("Mul", [half, call.build.node("Sigmoid", [gate])])


def _softmax(op: str) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        x, axis = _x(call), call.operation.axis
        if isinstance(axis, int):
            return Tensor(call.build.node(op, [x.name], axis=axis), x.shape, x.dtype)
        axes = range(len(x.shape)) if axis is None else axis
        if axis is None:
            call.refuse("it is taken over the rows too", "Give it an axis.")
        return _over(call, x, op, [int(i) for i in axes])

    return convert


def _over(call: Call, x: Tensor, op: str, axes: list[int]) -> Tensor:
    """A softmax over several axes at once."""
    over = call.integers(*axes)
    total = call.build.node("ReduceLogSumExp", [x.name, over], keepdims=1)
    log = Tensor(call.build.node("Sub", [x.name, total]), x.shape, x.dtype)
    return log if op == "LogSoftmax" else call.through(log, "Exp")


def _selu() -> dict[str, float]:
    return {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805}


TABLE: Final[dict[str, Any]] = {
    "ReLU": _relu,
    "Relu": _own("Relu"),
    "Relu6": lambda call: clipped(call, _x(call), 0.0, 6.0),
    "LeakyRelu": _own("LeakyRelu", alpha="negative_slope"),
    "Sigmoid": _own("Sigmoid"),
    "Softplus": _own("Softplus"),
    "Softsign": _own("Softsign"),
    "Elu": _own("Elu", alpha="alpha"),
    "Celu": _own("Celu", alpha="alpha"),
    "Selu": _own("Selu", **_selu()),
    "HardSigmoid": _own("HardSigmoid", alpha=float(np.float32(1 / 6)), beta=0.5),
    "HardSilu": _own("HardSwish"),
    "HardTanh": lambda call: clipped(call, _x(call), -1.0, 1.0),
    "Mish": _own("Mish"),
    "Silu": _silu,
    "Gelu": _gelu,
    "LogSigmoid": _log_sigmoid,
    "SoftShrink": _soft_shrink,
    "HardShrink": _hard_shrink,
    "TanhShrink": _tanh_shrink,
    "SparsePlus": _sparse_plus,
    "SparseSigmoid": _sparse_sigmoid,
    "Squareplus": _squareplus,
    "Threshold": _threshold,
    "Glu": _glu,
    "Softmax": _softmax("Softmax"),
    "LogSoftmax": _softmax("LogSoftmax"),
}
