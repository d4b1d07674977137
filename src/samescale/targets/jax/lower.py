"""The device graph as JAX operations, of 32 bits whatever `jax_enable_x64` says.

Dtypes are pinned: every constant is a NumPy array of its own dtype, and every sum names its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

import jax
import numpy as np
from jax import numpy as jnp

from samescale.errors import UnsupportedError
from samescale.ir import nodes as n
from samescale.ir.verify import types

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array, TensorType

Value: TypeAlias = "jax.Array | Array"  # NumPy's where the node is a constant


def lower(graph: n.Graph, inputs: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
    """The outputs of a device graph.

    Args:
        graph: What `sides` gives for the device.
        inputs: For each input of `graph` its array; a plain column may be `[rows, 1]`.

    Returns:
        For each output its array; int64 is held as int32.
    """
    found = types(graph)
    values: dict[int, Value] = {}
    for node in graph.nodes:
        if isinstance(node, n.Input):
            values[id(node)] = _reshape(inputs[node.name], node.type.shape)
            continue
        of = [values[id(x)] for x in n.arguments(node)]
        values[id(node)] = _value(node, of, found[id(node)])
    return {name: jnp.asarray(values[id(node)]) for name, node in graph.outputs}


def _value(node: n.Node, of: Sequence[Value], type_: TensorType) -> Value:
    match node:
        case n.Const(value):
            return _held(value[None])
        case n.Sub() | n.Mul() | n.Equal() | n.Less() | n.Where():
            return _TOGETHER[type(node)](*(_ranked(x, type_) for x in of))
        case n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Floor() | n.IsNan():
            return _POINTWISE[type(node)](of[0])
        case n.Cast() | n.Clip() | n.Bucketize() | n.Lookup() | n.OneHot():
            return _coded(node, jnp.asarray(of[0]))
        case n.Take(_, indices):
            return jnp.take(of[0], np.array(indices, np.int32), axis=-1)
        case n.Reshape(_, shape):
            return _reshape(of[0], shape)
        case n.Concat():
            return jnp.concatenate(of, axis=-1)
        case n.Power() | n.HashBucket() | n.Bag() | n.Strip() | n.Lower() | n.Erase() | n.Split():
            raise UnsupportedError(
                f"{type(node).__name__} runs on the host, not in JAX.",
                remedy="Cut the graph with samescale.targets.jax.sides first.",
            )
        case n.Input():
            raise UnsupportedError("Input is no operation.")
        case _:
            assert_never(node)


_TOGETHER: Mapping[type[n.Node], Callable[..., jax.Array]] = {
    n.Sub: jnp.subtract,
    n.Mul: jnp.multiply,
    n.Equal: jnp.equal,
    n.Less: jnp.less,
    n.Where: jnp.where,
}
_POINTWISE: Mapping[type[n.Node], Callable[..., jax.Array]] = {
    n.Exp: jnp.exp,
    n.Expm1: jnp.expm1,
    n.Log: jnp.log,
    n.Log1p: jnp.log1p,
    n.Floor: jnp.floor,
    n.IsNan: jnp.isnan,
}


def _held(value: Array) -> Array:
    return value.astype(np.int32) if value.dtype == np.int64 else value


def _reshape(x: Value, shape: Sequence[int]) -> Value:
    return jnp.reshape(x, (x.shape[0], *shape))


def _ranked(x: Value, type_: TensorType) -> Value:
    """`x` with axes of length 1 put after the rows, as many as the result has more."""
    missing = len(type_.shape) - (x.ndim - 1)
    return x if missing <= 0 else x.reshape(x.shape[0], *(1,) * missing, *x.shape[1:])


def _coded(node: n.Cast | n.Clip | n.Bucketize | n.Lookup | n.OneHot, x: jax.Array) -> jax.Array:
    match node:
        case n.Cast(_, dtype):
            return x.astype("int32" if dtype == "int64" else dtype)
        case n.Clip(_, low, high):
            # As the definition compares: min and max leave the sign of zero open.
            low, high = _held(np.asarray(low)), _held(np.asarray(high))
            above = jnp.where(x < low, low, x)
            return jnp.where(high < above, high, above)
        case n.Bucketize(_, edges):
            return _bucketize(x, _held(edges))
        case n.Lookup():
            return _lookup(node, x)
        case n.OneHot():
            return _one_hot(node, x)


def _bucketize(x: jax.Array, edges: Array) -> jax.Array:
    counted = jnp.searchsorted(edges, x, side="right").astype(np.int32)
    if edges.dtype.kind != "f":
        return counted
    return jnp.where(jnp.isnan(x), np.int32(0), counted)


def _lookup(node: n.Lookup, x: jax.Array) -> jax.Array:
    order = np.argsort(np.array(node.keys, np.int32))
    keys = np.array(node.keys, np.int32)[order]
    values = np.array(node.values, np.int32)[order]
    codes, default = x.astype(np.int32), np.int32(node.default)
    if not len(keys):
        return jnp.full(x.shape, default)
    at = jnp.minimum(jnp.searchsorted(keys, codes).astype(np.int32), np.int32(len(keys) - 1))
    found = jnp.take(keys, at, axis=0) == codes
    return jnp.where(found, jnp.take(values, at, axis=0), default)


def _one_hot(node: n.OneHot, x: jax.Array) -> jax.Array:
    hits = x.astype(np.int32)[..., None] == np.arange(node.depth, dtype=np.int32)
    if node.mode == "multi_hot":
        hits = hits.any(axis=-2)
    elif node.mode == "count":
        hits = hits.sum(axis=-2, dtype=np.int32)
    return hits.astype("int32" if node.dtype == "int64" else node.dtype)
