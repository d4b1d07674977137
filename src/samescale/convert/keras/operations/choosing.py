"""Operations that choose: by a condition, by places, by codes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from samescale.convert.keras.tensors import Call, Tensor, array


def _where(call: Call) -> Tensor:
    condition, a, b = (call.get(name) for name in ("condition", "x1", "x2"))
    if a is None or b is None:
        call.refuse("it gives the places where a condition holds, as many as there are")
    names = [call.tensor(condition, "bool"), *(call.tensor(v, call.dtype) for v in (a, b))]
    return call.emit("Where", [x.name for x in names])


def _take(call: Call) -> Tensor:
    """Places below 0 count from the end, in Keras as in ONNX."""
    x, places, axis = call.get("x"), call.get("indices"), call.operation.axis
    if isinstance(x, Tensor) and (axis is None or axis % len(x.shape) == 0):
        call.refuse("it takes some of the rows")
    source = call.tensor(x, call.dtype)
    if isinstance(places, Tensor):
        name = _codes(call, places)
    else:
        name = call.build.constant(array(places).astype(np.int64))
    return call.emit("Gather", [source.name, name], axis=axis)


def _codes(call: Call, x: Tensor) -> str:
    return x.name if x.dtype in {"int32", "int64"} else call.tensor(x, "int64").name


def one_hot(call: Call, x: Tensor, depth: int, dtype: str, axis: int = -1) -> str:
    """1 at each code's place, along a new axis; nothing for a code below 0 or from `depth` on."""
    places = np.arange(depth, dtype=x.dtype)
    rank = len(x.shape) + 1
    axis %= rank
    shape = [1] * rank
    shape[axis] = depth
    wider = call.build.node("Unsqueeze", [x.name, call.integers(axis)])
    equal = call.build.node("Equal", [wider, call.build.constant(places.reshape(shape))])
    return call.tensor(Tensor(equal, (), "bool"), dtype).name


def _one_hot(call: Call) -> Tensor:
    operation = call.operation
    x = call.get("x")
    x = x if x.dtype in {"int32", "int64"} else call.tensor(x, "int64")
    if operation.sparse:
        call.refuse("it gives a sparse tensor")
    name = one_hot(call, x, int(operation.num_classes), call.dtype, operation.axis)
    return Tensor(name, call.shape, call.dtype)


TABLE: Final[dict[str, Any]] = {
    "Where": _where,
    "Take": _take,
    "OneHot": _one_hot,
}
