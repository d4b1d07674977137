"""The steps that make and use codes: buckets, vocabularies, one-hot vectors."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.hashing import buckets
from samescale.ir.reference import bag
from samescale.ir.types import numpy_dtype
from samescale.native.identity import distinct

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array, DType
    from samescale.targets.numpy.place import Place, Run

_DEEP = 256  # a one-hot vector longer than this is written, not copied from a table


def coded(node: n.Bucketize | n.Lookup | n.HashBucket | n.OneHot | n.Bag, place: Place) -> Run:
    """The step of a node that gives or takes codes."""
    (read,) = place.reads
    function = _function(node, place.types[0].dtype)
    return lambda values, _: function(values[read])


def _function(
    node: n.Bucketize | n.Lookup | n.HashBucket | n.OneHot | n.Bag, dtype: DType
) -> Callable[[Array], Array]:
    match node:
        case n.Bucketize(_, edges):
            return _bucketize(edges)
        case n.Lookup():
            return _text_lookup(node) if dtype == "string" else _integer_lookup(node, dtype)
        case n.HashBucket(_, bins, salt):
            return lambda x: buckets(x.ravel().tolist(), bins, salt).reshape(x.shape)
        case n.OneHot():
            return _one_hot(node) if node.mode == "one_hot" else _joined_hot(node)
        case n.Bag():
            return bag(node)


def _bucketize(edges: Array) -> Callable[[Array], Array]:
    def run(x: Array) -> Array:
        found = edges.searchsorted(x, "right").astype(np.int64, copy=False)
        if is_float:
            np.copyto(found, 0, where=np.isnan(x))
        return found

    is_float = edges.dtype.kind == "f"
    return run


def _text_lookup(node: n.Lookup) -> Callable[[Array], Array]:
    table: dict[str | int | None, int] = dict(zip(node.keys, node.values, strict=True))
    table[None] = node.missing
    default = node.default

    def each(x: Array) -> Array:
        found = map(table.get, x.ravel().tolist(), repeat(default))
        return np.fromiter(found, np.int64, x.size).reshape(x.shape)

    def run(x: Array) -> Array:
        few = distinct(x)
        return each(x) if few is None else each(few[0]).take(few[1])

    return run


def _integer_lookup(node: n.Lookup, dtype: DType) -> Callable[[Array], Array]:
    least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
    pairs = sorted(
        (key, value)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, int) and least <= key <= most
    )
    values = np.array([value for _, value in pairs] + [node.default], np.int64)
    if not pairs:
        return lambda x: np.full(x.shape, node.default, np.int64)
    first, last = pairs[0][0], pairs[-1][0]
    if last - first < 4 * len(pairs) + 1024:
        return _dense_lookup([key - first for key, _ in pairs], values, first)
    keys = np.array([key for key, _ in pairs], dtype)

    def run(x: Array) -> Array:
        at = keys.searchsorted(x)
        at = np.where(keys.take(at, mode="clip") == x, at, len(keys))
        return values.take(at)

    return run


def _dense_lookup(offsets: list[int], values: Array, first: int) -> Callable[[Array], Array]:
    size = offsets[-1] + 1
    table = np.full(size + 1, values[-1], np.int64)
    table[offsets] = values[:-1]
    start = np.uint64(first % 2**64)
    end = np.uint64(size)

    def run(x: Array) -> Array:
        # Wrapping around takes what lies below the first key past the last one.
        found: Array = table.take(np.minimum(x.astype(np.uint64) - start, end).astype(np.intp))
        return found

    return run


def _one_hot(node: n.OneHot) -> Callable[[Array], Array]:
    depth, dtype = node.depth, numpy_dtype(node.dtype)
    end = np.uint64(depth)
    table = np.zeros((depth + 1, depth), dtype) if depth <= _DEEP else None
    if table is not None:
        np.fill_diagonal(table, 1)

    def run(x: Array) -> Array:
        codes = np.minimum(x.astype(np.uint64), end).astype(np.intp)  # negatives wrap past the end
        if table is not None:
            return table.take(codes, 0)
        made: Array = np.zeros((codes.size, depth), dtype)
        (rows,) = np.nonzero(codes.ravel() < depth)
        made[rows, codes.ravel()[rows]] = 1
        return made.reshape(*codes.shape, depth)

    return run


def _joined_hot(node: n.OneHot) -> Callable[[Array], Array]:
    depth, dtype = node.depth, numpy_dtype(node.dtype)
    end = np.uint64(depth)
    counts = node.mode == "count"

    def run(x: Array) -> Array:
        *kept, joined = x.shape
        codes = np.minimum(x.astype(np.uint64), end).astype(np.intp).reshape(-1, joined)
        rows: Any = np.arange(len(codes))[:, None] * (depth + 1)
        flat = np.bincount((rows + codes).ravel(), minlength=len(codes) * (depth + 1))
        made = flat.reshape(-1, depth + 1)[:, :depth]
        return (made if counts else made > 0).astype(dtype).reshape(*kept, depth)

    return run
