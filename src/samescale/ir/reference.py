"""What each node means, in NumPy: the definition that every target is held to.

Plain rather than fast (`targets/numpy.py` is the fast one). A tensor is an array whose first axis
is rows; a constant has one row and broadcasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from samescale.errors import DataError
from samescale.ir import nodes as n
from samescale.ir.hashing import buckets
from samescale.ir.text import erased, tokens
from samescale.ir.types import numpy_dtype
from samescale.ir.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array


def run(graph: n.Graph, columns: Mapping[str, Array]) -> dict[str, Array]:
    """The outputs of `graph` for `columns`.

    Args:
        graph: A well-formed graph.
        columns: An array for every input, rows first, of exactly the input's dtype and row shape.
            Other columns are ignored.

    Returns:
        For each output its array, rows first.

    Raises:
        GraphError: If the graph isn't well formed.
        DataError: If a column is missing, of another dtype or shape, or of another row count.

    Example:
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.types import TensorType
        >>> age = n.Input("age", TensorType("float32"))
        >>> graph = n.Graph((("age", mul(sub(age, 40.0), 0.1)),))
        >>> run(graph, {"age": np.array([50, 35], np.float32)})
        {'age': array([ 1. , -0.5], dtype=float32)}
    """
    verify(graph)
    fed = feed(graph, columns)
    values: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if isinstance(node, n.Input):
                values[id(node)] = fed[node.name]
            else:
                values[id(node)] = evaluate(node, [values[id(x)] for x in n.arguments(node)])
    return {name: values[id(node)] for name, node in graph.outputs}


def feed(graph: n.Graph, columns: Mapping[str, Array]) -> dict[str, Array]:
    """The columns that `graph` reads, after a check that each is what its Input declares.

    Raises:
        DataError: Naming the column.
    """
    fed: dict[str, Array] = {}
    rows: int | None = None
    for node in graph.inputs:
        column = fed[node.name] = _column(node, columns)
        rows = len(column) if rows is None else rows
        if len(column) != rows:
            raise DataError(
                f"Column '{node.name}' has {len(column)} rows, others have {rows}.",
                column=node.name,
            )
    return fed


def _column(node: n.Input, columns: Mapping[str, Array]) -> Array:
    if node.name not in columns:
        raise DataError(f"Column '{node.name}' is missing.", column=node.name)
    column = columns[node.name]
    if column.dtype != node.type.numpy or column.shape[1:] != node.type.shape or not column.ndim:
        raise DataError(
            f"Column '{node.name}' is {column.dtype} of shape {column.shape}, not {node.type}.",
            remedy="Convert it once, at the door (`schema.door`).",
            column=node.name,
        )
    return column


def evaluate(node: n.Node, values: Sequence[Array]) -> Array:
    """The value of one node.

    Args:
        node: A node of a well-formed graph, but an Input.
        values: The values of its arguments, in order; rows first.
    """
    match node:
        case n.Input():
            raise DataError(f"Column '{node.name}' is missing.", column=node.name)
        case n.Const(value):
            return value[None]
        case n.Sub() | n.Mul() | n.Equal() | n.Less() | n.Where():
            return _together(node, align(values))
        case n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Power():
            return _transcendental(node, values[0])
        case n.Cast() | n.Clip() | n.Floor() | n.IsNan():
            return _pointwise(node, values[0])
        case n.Bucketize() | n.Lookup() | n.HashBucket() | n.OneHot() | n.Bag():
            return _coded(node, values[0])
        case n.Take() | n.Reshape() | n.Concat():
            return _shaped(node, values)
        case n.Strip() | n.Lower() | n.Erase() | n.Split():
            return _text(node, values[0])
        case _:
            assert_never(node)


def align(values: Sequence[Array]) -> list[Array]:
    """`values` with axes of length 1 put after the rows, so that rows of two ranks broadcast."""
    rank = max(value.ndim for value in values)
    return [
        value.reshape(value.shape[0], *(1,) * (rank - value.ndim), *value.shape[1:])
        for value in values
    ]


def _together(node: n.Sub | n.Mul | n.Equal | n.Less | n.Where, values: list[Array]) -> Array:
    result: Array
    match node:
        case n.Sub():
            result = np.subtract(*values)
        case n.Mul():
            result = np.multiply(*values)
        case n.Equal():
            result = np.equal(*values).astype(np.bool_)
        case n.Less():
            result = np.less(*values)
        case n.Where():
            result = np.where(values[0], values[1], values[2])
    return result


def _transcendental(node: n.Exp | n.Expm1 | n.Log | n.Log1p | n.Power, x: Array) -> Array:
    # Contiguous, because NumPy's vector loops and its strided loops may differ in the last bit.
    x = np.ascontiguousarray(x)
    result: Array
    match node:
        case n.Exp():
            result = np.exp(x)
        case n.Expm1():
            result = np.expm1(x)
        case n.Log():
            result = np.log(x)
        case n.Log1p():
            result = np.log1p(x)
        case n.Power(_, exponent):
            result = np.power(x, x.dtype.type(exponent))
    return result


def _pointwise(node: n.Cast | n.Clip | n.Floor | n.IsNan, x: Array) -> Array:
    result: Array
    match node:
        case n.Cast(_, dtype):
            return cast(x, numpy_dtype(dtype))
        case n.Clip(_, low, high):
            # By comparison: of two zeros, x stays (np.clip and maximum leave their sign open).
            above = np.where(x < low, low, x)
            result = np.where(above > high, high, above)
        case n.Floor():
            result = np.floor(x)
        case n.IsNan():
            result = _missing(x) if x.dtype == object else np.isnan(x)
    return result


def _missing(x: Array) -> Array:
    return np.array([text is None for text in x.ravel().tolist()], np.bool_).reshape(x.shape)


def cast(x: Array, dtype: np.dtype[Any]) -> Array:
    """`x` as `dtype`: floats round to nearest even, and to an integer towards zero.

    A float outside an integer's range becomes its nearest end; integers wrap around; a number is
    true when it isn't 0.
    """
    if x.dtype.kind != "f" or dtype.kind not in "iu":
        return x.astype(dtype)
    limits = np.iinfo(dtype)
    wide = x.astype(np.float64)
    # float64(2**63 - 1) is 2**63: at or above it, the integer's end is written, not cast.
    high, low = wide >= float(limits.max), wide <= float(limits.min)
    inside = np.where(high | low | np.isnan(wide), 0.0, wide)
    result: Array = inside.astype(dtype)
    result[high] = limits.max
    result[low] = limits.min
    return result


def _coded(node: n.Bucketize | n.Lookup | n.HashBucket | n.OneHot | n.Bag, x: Array) -> Array:
    match node:
        case n.Bucketize(_, edges):
            counted = np.searchsorted(edges, x, side="right").astype(np.int64)
            return np.where(np.isnan(x), 0, counted) if x.dtype.kind == "f" else counted
        case n.Lookup():
            return lookup(node)(x)
        case n.HashBucket(_, bins, salt):
            return buckets(x.ravel().tolist(), bins, salt).reshape(x.shape)
        case n.OneHot():
            return one_hot(node, x)
        case n.Bag():
            return bag(node)(x)


def lookup(node: n.Lookup) -> Callable[[Array], Array]:
    """The function of a Lookup, its table built once."""
    table: dict[Any, int] = dict(zip(node.keys, node.values, strict=True))
    default = node.default
    table[None] = node.missing

    def find(x: Array) -> Array:
        found = (table.get(key, default) for key in x.ravel().tolist())
        return np.fromiter(found, np.int64, x.size).reshape(x.shape)

    return find


def bag(node: n.Bag) -> Callable[[Array], Array]:
    """The function of a Bag, its table built once."""
    table = {key: place for place, key in enumerate(node.keys, 1)}
    by, ngrams, depth = node.by, node.ngrams, node.depth

    def count(x: Array) -> Array:
        of = [tokens(text, by, ngrams) for text in x.ravel().tolist()]
        rows = np.repeat(np.arange(len(of)), [len(row) for row in of])
        places = np.fromiter((table.get(token, 0) for row in of for token in row), np.intp)
        made = np.zeros((len(of), depth), np.float32)
        np.add.at(made, (rows, places), np.float32(1))
        return made.reshape(*x.shape, depth)

    return count


def one_hot(node: n.OneHot, x: Array) -> Array:
    """The value of a OneHot for codes `x`."""
    codes = x if node.mode != "one_hot" else x[..., None]
    *kept, joined = codes.shape
    flat = codes.reshape(-1, joined)
    counts = np.zeros((len(flat), node.depth), np.int64)
    inside = (flat >= 0) & (flat < node.depth)
    row, position = np.nonzero(inside)
    np.add.at(counts, (row, flat[row, position].astype(np.int64)), 1)
    made = counts if node.mode == "count" else counts > 0
    return made.astype(numpy_dtype(node.dtype)).reshape(*kept, node.depth)


def _shaped(node: n.Take | n.Reshape | n.Concat, values: Sequence[Array]) -> Array:
    match node:
        case n.Take(_, indices):
            return values[0][..., list(indices)]
        case n.Reshape(_, shape):
            return values[0].reshape(len(values[0]), *shape)
        case n.Concat():
            return np.concatenate(values, axis=-1)


def _text(node: n.Text, x: Array) -> Array:
    rows: list[str | None] = x.ravel().tolist()
    result: Array
    match node:
        case n.Strip():
            result = _texts([None if text is None else text.strip() for text in rows])
        case n.Lower():
            result = _texts([None if text is None else text.lower() for text in rows])
        case n.Erase(_, characters):
            kept = [None if text is None else erased(text, characters) for text in rows]
            result = _texts(kept)
        case n.Split(_, length, by, ngrams):
            words = [tokens(text, by, ngrams)[:length] for text in rows]
            flat = [word for row in words for word in row + [None] * (length - len(row))]
            return _texts(flat).reshape(*x.shape, length)
    return result.reshape(x.shape)


def _texts(rows: Sequence[str | None]) -> Array:
    made: Array = np.empty(len(rows), object)
    made[:] = rows
    return made
