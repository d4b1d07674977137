"""The device graph as `keras.ops`: what a saved `.keras` file holds beside the network.

Dtypes are pinned: every constant is a NumPy array of its own dtype (a Python number would follow
the global policy), and an operation, unlike a layer, casts nothing. Constants round trip through
the file's JSON to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, assert_never

import keras
import numpy as np
from keras import ops

from samescale.errors import UnsupportedError
from samescale.ir import nodes as n
from samescale.ir.reference import evaluate
from samescale.ir.verify import types

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array, DType, TensorType
    from samescale.targets.keras.sides import Crossing

Tensor: TypeAlias = Any  # a KerasTensor, or a NumPy array where the node is a constant

T = TypeVar("T")
_ATTEMPTS = 8


def lower(graph: n.Graph, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The outputs of a device graph, in the functional style.

    Args:
        graph: What `sides` gives for the device.
        inputs: For each input of `graph`, a Keras input; a plain column has the shape `(1,)`.

    Returns:
        For each output its KerasTensor; int64 is held as int32.
    """
    found = types(graph)
    values: dict[int, Tensor] = {}
    for node in graph.nodes:
        of = [values[id(x)] for x in n.arguments(node)]
        values[id(node)] = _value(node, of, found, inputs)
    return {name: values[id(node)] for name, node in graph.outputs}


def _value(
    node: n.Node, of: Sequence[Tensor], found: Mapping[int, TensorType], inputs: Mapping[str, Any]
) -> Tensor:
    type_ = found[id(node)]
    match node:
        case n.Input(name):
            return ops.reshape(inputs[name], (-1,)) if type_.shape == () else inputs[name]
        case n.Reshape(n.Input(name, inner), (1,)) if inner.shape == ():
            return inputs[name]  # a plain column crosses as (1,) already
        case n.Const(value):
            return _constant(value)
    if all(isinstance(x, np.ndarray) for x in of):
        return _constant(evaluate(node, [x[None] for x in of])[0])
    match node:
        case n.Sub() | n.Mul() | n.Equal() | n.Less() | n.Where():
            return _together(node, [_ranked(x, type_) for x in of])
        case n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Floor() | n.IsNan():
            return _POINTWISE[type(node)](of[0])
        case n.Cast() | n.Clip() | n.Bucketize() | n.Lookup() | n.OneHot():
            return _coded(node, of[0])
        case n.Take() | n.Reshape() | n.Concat():
            return _shaped(node, of)
        case n.Power() | n.HashBucket() | n.Bag() | n.Strip() | n.Lower() | n.Erase() | n.Split():
            raise UnsupportedError(
                f"{type(node).__name__} runs on the host, not in a Keras model.",
                remedy="Cut the graph with samescale.targets.keras.sides first.",
            )
        case _:
            assert_never(node)


_POINTWISE = {
    n.Exp: ops.exp,
    n.Expm1: ops.expm1,
    n.Log: ops.log,
    n.Log1p: ops.log1p,
    n.Floor: ops.floor,
    n.IsNan: ops.isnan,
}


def held(dtype: DType) -> DType:
    """The dtype that holds `dtype` in the model: JAX has no int64 by default."""
    return "int32" if dtype == "int64" else dtype


def _constant(value: Array) -> Array:
    # A scalar gets an axis: without one, the file would hold a Python number, of no dtype.
    value = np.atleast_1d(value)
    return value.astype(np.int32) if value.dtype == np.int64 else value


def _ranked(x: Tensor, type_: TensorType) -> Tensor:
    """`x` with axes of length 1 put after the rows, as many as the result has more."""
    missing = len(type_.shape) - (len(x.shape) - 1)
    if isinstance(x, np.ndarray) or not missing:
        return x
    return ops.reshape(x, (-1, *(1,) * missing, *x.shape[1:]))


def _together(node: n.Sub | n.Mul | n.Equal | n.Less | n.Where, of: Sequence[Tensor]) -> Tensor:
    match node:
        case n.Sub():
            return ops.subtract(*of)
        case n.Mul():
            return ops.multiply(*of)
        case n.Equal():
            return ops.equal(*of)
        case n.Less():
            return ops.less(*of)
        case n.Where():
            return ops.where(*of)


def _coded(node: n.Cast | n.Clip | n.Bucketize | n.Lookup | n.OneHot, x: Tensor) -> Tensor:
    match node:
        case n.Cast(_, dtype):
            return ops.cast(x, held(dtype))
        case n.Clip(_, low, high):
            # As the definition compares: min and max leave the sign of zero open.
            low, high = _constant(low), _constant(high)
            above = ops.where(ops.less(x, low), low, x)
            return ops.where(ops.less(high, above), high, above)
        case n.Bucketize(_, edges):
            return _bucketize(x, _constant(edges))
        case n.Lookup():
            return _lookup(node, x)
        case n.OneHot():
            return _one_hot(node, x)


def _bucketize(x: Tensor, edges: Array) -> Tensor:
    if not len(edges):
        return ops.cast(ops.zeros_like(x), "int32")
    counted = _search(edges, x, side="right")
    if edges.dtype.kind != "f":
        return counted
    return ops.where(ops.isnan(x), np.zeros(1, np.int32), counted)


def _search(ascending: Array, x: Tensor, side: str) -> Tensor:
    """Where each entry of `x` belongs; TensorFlow searches for one axis of values only."""
    flat = x if len(x.shape) == 1 else ops.reshape(x, (-1,))
    found = ops.cast(ops.searchsorted(ascending, flat, side=side), "int32")
    return found if len(x.shape) == 1 else ops.reshape(found, (-1, *x.shape[1:]))


def _lookup(node: n.Lookup, x: Tensor) -> Tensor:
    order = np.argsort(np.array(node.keys, np.int32))
    keys = np.array(node.keys, np.int32)[order]
    values = np.array(node.values, np.int32)[order]
    default = np.array([node.default], np.int32)
    x = ops.cast(x, "int32")
    if not len(keys):
        return ops.where(ops.equal(x, x), default, x)
    last = np.array([len(keys) - 1], np.int32)
    at = ops.minimum(_search(keys, x, side="left"), last)
    found = ops.equal(ops.take(keys, at, axis=0), x)
    return ops.where(found, ops.take(values, at, axis=0), default)


def _one_hot(node: n.OneHot, x: Tensor) -> Tensor:
    # By comparison: `ops.one_hot` refuses a code out of range on torch only.
    codes = ops.expand_dims(ops.cast(x, "int32"), -1)
    hits = ops.equal(codes, np.arange(node.depth, dtype=np.int32))
    match node.mode:
        case "multi_hot":
            hits = ops.any(hits, axis=-2)
        case "count":
            hits = ops.sum(ops.cast(hits, "int32"), axis=-2)
    return ops.cast(hits, held(node.dtype))


def _shaped(node: n.Take | n.Reshape | n.Concat, of: Sequence[Tensor]) -> Tensor:
    match node:
        case n.Take(_, indices):
            return ops.take(of[0], np.array(indices, np.int32), axis=-1)
        case n.Reshape(_, shape):
            return ops.reshape(of[0], (-1, *shape))
        case n.Concat():
            return ops.concatenate(of, axis=-1)


def inputs_for(crossings: Sequence[Crossing]) -> dict[str, Tensor]:
    """A Keras input for each crossing, by its name, of its pinned dtype."""
    return {c.name: keras.Input(c.shape, name=c.name, dtype=c.dtype) for c in crossings}


def unclashed(make: Callable[[], T]) -> T:
    """What `make` makes, made again where Keras named an operation as a column is called.

    Keras numbers the names that it gives from one use to the next ("floor", "floor_1"), so a
    column called "floor" clashes once.
    """
    for _ in range(_ATTEMPTS):
        try:
            return make()
        except ValueError as error:
            if "unique" not in str(error):
                raise
    return make()
