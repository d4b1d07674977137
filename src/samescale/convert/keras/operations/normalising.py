"""Normalisation of a row by learned statistics, or by its own."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from samescale.convert.keras.operations.reducing import moments
from samescale.convert.keras.tensors import Call, Tensor, array


def _batch(call: Call) -> Tensor:
    """With the statistics of the training, which are constants."""
    x = call.tensor(call.get("x"), call.dtype)
    mean, variance, offset, scale = (
        call.get(name) for name in ("mean", "variance", "offset", "scale")
    )
    size = array(mean).size
    given = [
        np.ones(size) if scale is None else array(scale),
        np.zeros(size) if offset is None else array(offset),
        array(mean),
        array(variance),
    ]
    names = [call.build.constant(v.astype(call.dtype)) for v in given]
    return _behind_rows(call, x, call.operation.axis % len(x.shape), names)


def _behind_rows(call: Call, x: Tensor, axis: int, names: list[str]) -> Tensor:
    epsilon = float(call.operation.epsilon)
    last = len(x.shape) - 1

    def node(name: str) -> str:
        return call.build.node("BatchNormalization", [name, *names], epsilon=epsilon)

    if axis == 1 and (x.first is None or last == 1):
        return Tensor(node(x.name), call.shape, call.dtype)
    if axis != last:
        call.refuse(f"its axis {axis} is neither the first behind the rows nor the last")
    return call.channels_back(node(call.channels_first(x)), call.shape, call.dtype)


def _layer(call: Call) -> Tensor:
    operation, x = call.operation, call.tensor(call.get("x"), call.dtype)
    axis = operation.axis
    axes = sorted(int(i) % len(x.shape) for i in ([axis] if isinstance(axis, int) else axis))
    gamma, beta = call.get("gamma"), call.get("beta")
    sizes = [x.shape[i] or 0 for i in axes]
    if 0 in sizes or axes[0] == 0:
        call.refuse("what it normalises over differs by call", "Give the input a fixed shape.")
    shape = [1] * len(x.shape)
    for place, size in zip(axes, sizes, strict=True):
        shape[place] = size
    trailing = axes == [*range(axes[0], len(x.shape))]
    if operation.rms_scaling:
        return _scaled_by_spread(call, x, axes, _full(gamma, shape))
    if trailing:
        scale = np.ones(sizes) if gamma is None else array(gamma).reshape(sizes)
        bias = np.zeros(sizes) if beta is None else array(beta).reshape(sizes)
        names = [call.build.constant(v.astype(call.dtype)) for v in (scale, bias)]
        epsilon = float(operation.epsilon)
        return call.emit("LayerNormalization", [x.name, *names], axis=axes[0], epsilon=epsilon)
    return _by_own(call, x, axes, _full(gamma, shape), _full(beta, shape))


def _full(value: Any, shape: list[int]) -> np.ndarray[Any, Any] | None:
    return None if value is None else array(value).reshape(shape)


def _inverse(call: Call, spread: str) -> str:
    epsilon = call.number(float(call.operation.epsilon), call.dtype)
    return call.build.node("Sqrt", [call.build.node("Add", [spread, epsilon])])


def _scaled_by_spread(call: Call, x: Tensor, axes: list[int], gamma: Any) -> Tensor:
    """Keras' `rms_scaling`: divided by the deviation, with the mean left where it is."""
    _, spread = moments(call, x, axes)
    return _scaled(call, x.name, _inverse(call, spread), gamma, None)


def _by_own(call: Call, x: Tensor, axes: list[int], gamma: Any, beta: Any) -> Tensor:
    mean, spread = moments(call, x, axes)
    away = call.build.node("Sub", [x.name, mean])
    return _scaled(call, away, _inverse(call, spread), gamma, beta)


def _scaled(call: Call, name: str, root: str, gamma: Any, beta: Any) -> Tensor:
    made = call.build.node("Div", [name, root])
    for op, value in (("Mul", gamma), ("Add", beta)):
        if value is not None:
            constant = call.build.constant(value.astype(call.dtype))
            made = call.build.node(op, [made, constant])
    return Tensor(made, call.shape, call.dtype)


def _rms(call: Call) -> Tensor:
    operation, x = call.operation, call.tensor(call.get("x"), call.dtype)
    axis = operation.axis
    axes = [int(i) % len(x.shape) for i in ([axis] if isinstance(axis, int) else axis)]
    if 0 in axes:
        call.refuse("it works over the rows")
    square = call.build.node("Mul", [x.name, x.name])
    mean = call.build.node("ReduceMean", [square, call.integers(*axes)], keepdims=1)
    return _scaled(call, x.name, _inverse(call, mean), _gain(call, x, axes), None)


def _gain(call: Call, x: Tensor, axes: list[int]) -> np.ndarray[Any, Any] | None:
    scale = call.get("scale")
    if scale is None:
        return None
    shape = [int(size or 1) if place in axes else 1 for place, size in enumerate(x.shape)]
    return array(scale).reshape(shape)


def _normalize(call: Call) -> Tensor:
    """Divided by the norm over `axis`, of at least epsilon."""
    operation, x = call.operation, call.tensor(call.get("x"), call.dtype)
    axis = operation.axis
    axes = [int(i) % len(x.shape) for i in ([axis] if isinstance(axis, int) else axis)]
    if operation.order != 2 or 0 in axes:  # noqa: PLR2004 - the Euclidean norm
        call.refuse(f"its norm is of order {operation.order}, or over the rows")
    square = call.build.node("Mul", [x.name, x.name])
    total = call.build.node("ReduceSum", [square, call.integers(*axes)], keepdims=1)
    least = 1e-7 if operation.epsilon is None else float(operation.epsilon)
    root = call.build.node("Max", [call.build.node("Sqrt", [total]), call.number(least)])
    return call.emit("Div", [x.name, root])


TABLE: Final[dict[str, Any]] = {
    "BatchNorm": _batch,
    "LayerNorm": _layer,
    "RMSNorm": _rms,
    "Normalize": _normalize,
}
