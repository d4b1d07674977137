"""Small constructors of nodes, which round a learned number once, to the dtype that computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.types import INTEGERS, numpy_dtype
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from samescale.ir.types import Array, DType


def array(value: npt.ArrayLike, dtype: DType) -> Array:
    """`value` as a read-only array of `dtype`, rounded once.

    Raises:
        GraphError: If a finite number of `value` doesn't fit `dtype`.

    Example:
        >>> array([0.1, 0.2], "float32").dtype
        dtype('float32')
    """
    given = np.asarray(value, dtype=object if dtype == "string" else None)
    with np.errstate(all="ignore"):
        made: Array = given.astype(numpy_dtype(dtype))
        fits = dtype == "string" or _fits(given, made)
    if not fits:
        raise GraphError(
            f"The constant {given!r} doesn't fit {dtype}.",
            remedy="Compute in float64, or bring the column to another scale first.",
            value=value,
        )
    made.flags.writeable = False
    return made


def _fits(given: Array, made: Array) -> bool:
    if made.dtype.kind == "f":
        return bool(np.array_equal(np.isfinite(given), np.isfinite(made)))
    return bool(np.array_equal(given, made))


def const(value: npt.ArrayLike, dtype: DType) -> n.Const:
    """A constant of `dtype`.

    Args:
        value: A number, a string or an array of them; shape `()` or one that broadcasts to a row's.
        dtype: The constant's dtype.

    Raises:
        GraphError: If a finite number of `value` doesn't fit `dtype`.
    """
    return n.Const(array(value, dtype))


def sub(x: n.Node, value: npt.ArrayLike) -> n.Sub:
    """`x - value`; `value` is float64, rounded once to x's dtype."""
    return n.Sub(x, const(np.asarray(value, np.float64), type_of(x).dtype))


def mul(x: n.Node, value: npt.ArrayLike) -> n.Mul:
    """`x * value`; `value` is float64, rounded once to x's dtype.

    Raises:
        GraphError: If a factor is too large for x's dtype, or so small that it would become 0.
    """
    given = np.asarray(value, np.float64)
    factor = const(given, type_of(x).dtype)
    if not np.array_equal(given == 0, factor.value == 0):
        raise GraphError(
            f"The factor {given!r} becomes 0 in {factor.value.dtype}.",
            remedy="Compute in float64, or bring the column to another scale first.",
            value=value,
        )
    return n.Mul(x, factor)


def where_nan(x: n.Node, value: Any) -> n.Where:
    """`x`, with `value` where x is NaN (or, of a string, missing)."""
    return n.Where(n.IsNan(x), const(value, type_of(x).dtype), x)


def clip(x: n.Node, low: npt.ArrayLike, high: npt.ArrayLike) -> n.Clip:
    """`x` within `[low, high]`, the bounds rounded to x's dtype."""
    dtype = type_of(x).dtype
    return n.Clip(x, array(low, dtype), array(high, dtype))


def bucketize(x: n.Node, edges: npt.ArrayLike) -> n.Bucketize:
    """The bucket of `x` among ascending `edges` that may be finer than x's dtype.

    `x >= edge` holds for a float32 x exactly when `x >= e`, `e` the smallest float32 that isn't
    below `edge`: so an edge is rounded up, not to nearest, and an integer's to the next integer.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> bucketize(n.Input("x", TensorType("int64")), [0.5, 2.0]).edges
        array([1, 2])
    """
    dtype = type_of(x).dtype
    given = np.asarray(edges, np.float64)
    if dtype in INTEGERS:
        return n.Bucketize(x, array(np.ceil(given), dtype))
    with np.errstate(all="ignore"):
        near = given.astype(numpy_dtype(dtype))
        up = np.nextafter(near, near.dtype.type(np.inf))
    made = np.where(near.astype(np.float64) < given, up, near)
    made.flags.writeable = False
    return n.Bucketize(x, made)


def cardinality(node: n.Node) -> int | None:
    """How many codes `node` can give, from 0; `None` if that can't be told.

    Looks through Reshape, Take, Concat, Where and casts to an integer.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> city = n.Input("city", TensorType("string"))
        >>> cardinality(n.Lookup(city, ("Bern", "Rome"), (1, 2), default=0, missing=3))
        4
    """
    match node:
        case n.Lookup(_, _, values, default, missing):
            return max(*values, default, missing) + 1
        case n.Bucketize(_, edges):
            return len(edges) + 1
        case n.HashBucket(_, bins):
            return bins
        case n.Const(value) if value.dtype.kind in "iu":
            return int(value.max()) + 1
        case n.Reshape(x) | n.Take(x):
            return cardinality(x)
        case n.Cast(x, dtype) if dtype in INTEGERS:
            return cardinality(x)
        case n.Where(_, x, y):
            return _most(cardinality(x), cardinality(y))
        case n.Concat(xs):
            return _most(*map(cardinality, xs))
        case _:
            return None


def _most(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return max(known) if len(known) == len(counts) else None
