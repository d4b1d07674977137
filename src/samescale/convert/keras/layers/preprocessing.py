"""Keras' own preprocessing layers inside a network: what they learned, as constants.

They compute with the backend's functions, not with `keras.ops`. Whatever needs strings or hashes
is refused: it belongs into the spec.
"""

from __future__ import annotations

from typing import Any, Final

import keras
import numpy as np

from samescale.convert.keras.layers.passing import given
from samescale.convert.keras.operations.choosing import one_hot
from samescale.convert.keras.operations.elementwise import with_constant
from samescale.convert.keras.tensors import Call, Tensor, array

_SPEC = "Make it part of the spec: samescale carries it in the graph."


def _normalization(call: Call) -> Tensor:
    """As Keras: less the mean, then divided by the deviation, which is at least its epsilon."""
    layer, x = call.operation, call.tensor(given(call), call.dtype)
    if layer.mean is None or layer.variance is None:
        call.refuse("it hasn't been adapted", "Adapt it, or give it mean and variance.")
    mean = array(layer.mean).astype(call.dtype)
    spread = np.sqrt(array(layer.variance).astype(call.dtype))
    least = np.maximum(spread, np.asarray(keras.config.epsilon(), call.dtype))
    steps = [("Mul", least), ("Add", mean)] if layer.invert else [("Sub", mean), ("Div", least)]
    for op, value in steps:
        x = with_constant(call, op, x, value)
    return x


def _rescaling(call: Call) -> Tensor:
    layer, x = call.operation, call.tensor(given(call), call.dtype)
    scale, offset = (np.asarray(v, call.dtype) for v in (layer.scale, layer.offset))
    if scale.ndim and keras.config.image_data_format() == "channels_first":
        scale = scale.reshape(scale.shape + (1,) * (3 - scale.ndim))
    x = with_constant(call, "Mul", x, scale)
    return with_constant(call, "Add", x, offset) if offset.any() else x


def _discretization(call: Call) -> Tensor:
    """How many boundaries a value reaches."""
    layer, x = call.operation, call.tensor(given(call), "float32")
    if layer.bin_boundaries is None:
        call.refuse("it hasn't been adapted", "Adapt it, or give it bin_boundaries.")
    edges = call.build.constant(np.asarray(layer.bin_boundaries, np.float32))
    wider = call.build.node("Unsqueeze", [x.name, call.integers(-1)])
    above = call.build.node("Not", [call.build.node("Less", [wider, edges])])
    ones = call.tensor(Tensor(above, (), "bool"), "int32")
    bins = call.build.node("ReduceSum", [ones.name, call.integers(-1)], keepdims=0)
    found = Tensor(bins, x.shape, "int32")
    return _encoded(call, found, len(layer.bin_boundaries) + 1)


def _category_encoding(call: Call) -> Tensor:
    layer, x = call.operation, given(call)
    if call.get("count_weights") is not None:
        call.refuse("it is called with count_weights")
    codes = x if x.dtype in {"int32", "int64"} else call.tensor(x, "int32")
    return _encoded(call, codes, layer.num_tokens)


def _encoded(call: Call, codes: Tensor, depth: int) -> Tensor:
    mode, dtype = call.operation.output_mode, call.dtype
    if getattr(call.operation, "sparse", False):
        call.refuse("it gives a sparse tensor")
    if mode == "int":
        return call.tensor(codes, dtype)
    if mode == "one_hot":
        if codes.shape[-1] == 1 and len(codes.shape) > 1:
            name = call.build.node("Squeeze", [codes.name, call.integers(-1)])
            codes = Tensor(name, codes.shape[:-1], codes.dtype)
        return Tensor(one_hot(call, codes, depth, dtype), call.shape, dtype)
    if len(codes.shape) != 2:  # noqa: PLR2004 - one code, or several, a row
        call.refuse(f"it encodes by '{mode}' a tensor of shape {codes.shape}")
    ones = one_hot(call, codes, depth, dtype)
    op = "ReduceMax" if mode == "multi_hot" else "ReduceSum"
    return call.emit(op, [ones, call.integers(1)], keepdims=0)


def _refused(call: Call) -> Tensor:
    call.refuse("it looks up or hashes values", _SPEC)


_LOOKUPS = ("Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization")

TABLE: Final[dict[str, Any]] = {
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "Discretization": _discretization,
    "CategoryEncoding": _category_encoding,
    **dict.fromkeys(_LOOKUPS, _refused),
}
