"""Nodes that make codes, as ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.types import numpy_dtype
from samescale.targets._onnx import MISSING_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array, TensorType
    from samescale.targets._onnx.joint import Joint
    from samescale.targets.onnx.writer import Value, Writer

_FEW_EDGES = 64  # up to so many, all are compared at once
_BLOCK = 32  # beyond, blocks of so many, of so many blocks, …


def value(node: n.Bucketize | n.Lookup, x: Value, of: TensorType, write: Writer) -> Value:
    """The value of `node`, whose argument is `x`."""
    match node:
        case n.Bucketize(_, edges):
            return _bucketize(x, edges, of, write)
        case n.Lookup():
            return _lookup(node, x, of, write)


def _bucketize(x: Value, edges: Array, of: TensorType, write: Writer) -> Value:
    """By comparing with all edges; of many, with one of each block, then with that block's."""
    if not len(edges):
        return write.cast(write.node("Less", x, x), "int64")
    axis = 1 + len(of.shape or (1,))
    wide = write.node("Unsqueeze", x, write.integers(axis))
    step = _step(len(edges))
    at = _reached(wide, write.constant(edges[step - 1 :: step]), axis, write)
    filled = _filled(edges, step)
    while step > 1:
        inner = step // _BLOCK
        blocks = filled.reshape(-1, step)[:, inner - 1 : -1 : inner]
        here = write.node("Gather", write.constant(blocks), at)
        before = write.node("Mul", at, write.integers(_BLOCK))
        at = write.node("Add", before, _reached(wide, here, axis, write))
        step = inner
    # What fills the last block is reached by nothing, but of integers by the greatest.
    overfull = edges.dtype.kind != "f" and len(edges) > _FEW_EDGES
    return write.node("Min", at, write.integers(len(edges))) if overfull else at


def _step(count: int) -> int:
    """How many edges a block of the outermost level has."""
    step = 1
    while count // step > _FEW_EDGES:
        step *= _BLOCK
    return step


def _filled(edges: Array, step: int) -> Array:
    """The edges in whole blocks, each with an entry for the edge behind it."""
    fill = np.nan if edges.dtype.kind == "f" else np.iinfo(edges.dtype).max
    made = np.full((len(edges) // step + 1) * step, fill, edges.dtype)
    made[: len(edges)] = edges
    return made


def _reached(x: Value, edges: Value, axis: int, write: Writer) -> Value:
    """How many edges of the last axis aren't above `x`."""
    # Added up in float32, which holds so few to the bit: ten times as quick as in int64.
    reached = write.cast(write.node("GreaterOrEqual", x, edges), "float32")
    return write.cast(write.node("ReduceSum", reached, write.integers(axis), keepdims=0), "int64")


def _lookup(node: n.Lookup, x: Value, of: TensorType, write: Writer) -> Value:
    if of.dtype == "string":
        return write.learned(
            "LabelEncoder",
            x,
            keys_strings=[*node.keys, MISSING_TEXT],
            values_int64s=[*node.values, node.missing],
            default_int64=node.default,
        )
    table = _reachable(node, of)
    return write.learned(
        "LabelEncoder",
        x if of.dtype == "int64" else write.cast(x, "int64"),
        keys_int64s=list(table),
        values_int64s=list(table.values()),
        default_int64=node.default,
    )


def _reachable(node: n.Lookup, of: TensorType) -> dict[int, int]:
    """The keys that `x` can hold, as int64 holds them; one at least, for ONNX takes no fewer."""
    limits = np.iinfo(numpy_dtype(of.dtype))
    pairs = zip(cast("tuple[int, ...]", node.keys), node.values, strict=True)
    kept = {key: code for key, code in pairs if limits.min <= key <= limits.max}
    return {(key + 2**63) % 2**64 - 2**63: code for key, code in kept.items()} or {0: node.default}


def joint(joint_: Joint, inputs: Mapping[str, Value], write: Writer) -> Value:
    """The codes of lookups in columns of one matrix: `[rows, lookups]`."""
    matrix, places = joint_.matrix, joint_.places
    x = inputs[matrix.name]
    if places != tuple(range(matrix.type.shape[0])):
        x = write.node("Gather", x, write.integers(*places), axis=1)
    keys, table = joint_.keys, joint_.codes()
    one = n.Lookup(matrix, keys, tuple(range(len(keys))), len(keys) + 1, missing=len(keys))
    numbers = _lookup(one, x, matrix.type, write)
    starts = np.arange(len(places), dtype=np.int64) * table.shape[1]
    at = write.node("Add", numbers, write.constant(starts))
    return write.node("Gather", write.constant(table.ravel()), at)
