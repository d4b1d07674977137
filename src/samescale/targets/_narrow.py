"""Which nodes a model of 32 bits can't run to the bit, and why: those run on the host, by NumPy.

It is what Keras (on JAX, TensorFlow and torch) and JAX share: what is left to the model is what
all of them give the same bits for, compiled or not:

- float32 only. JAX has no float64 by default; XLA computes float16 in float32.
- int64 codes are held as int32, so they must fit. An integer that may not fit ("wide") is only
  looked up or made one-hot: anything outside int32 is then sent as a code that nothing knows.
- One `Sub` and one `Mul` after it. XLA folds `(x * a) * b` and `(x - a) - b` into one operation
  and makes one rounding of `x * a - b` (measured on 400,000 float32 values: 18-51 % differ), so an
  affine operation over another one runs on the host. `ir.simplify` leaves none in usual chains.
- Powers: TensorFlow's `x ** -1` is 4,721 ulp off near the ends of float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.verify import types
from samescale.targets import _device
from samescale.targets._device import INT32

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array, DType, TensorType
    from samescale.targets._device import Sides

_HELD: frozenset[DType] = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "float32"}
)
_SENT_AS_FLOAT: frozenset[DType] = frozenset({"bool", "int32", "int64"})
_LAYOUT = (n.Reshape, n.Take, n.Concat)
_CARRIES = (*_LAYOUT, n.Where, n.Clip, n.Cast)

Types: TypeAlias = "Mapping[int, TensorType]"


def sides(graph: n.Graph) -> Sides:
    """`graph`, cut into what the host and what a model of 32 bits computes.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> city = n.Input("city", TensorType("string"))
        >>> code = n.Lookup(city, ("Oslo", "Rome"), (1, 2), default=0, missing=0)
        >>> found = sides(n.Graph((("city", n.OneHot(code, 3, "one_hot", "float32")),)))
        >>> [(c.name, c.dtype, c.shape, c.origin) for _, c in found.inputs]
        [('city_host', 'int32', (1,), 'host: Lookup (string values)')]
    """
    return _device.sides(graph, hosted(graph), narrow=True)


def hosted(graph: n.Graph) -> dict[int, str]:
    """Why a node runs on the host, by `id`, for every node of `graph` that does by itself.

    Args:
        graph: A well-formed graph.
    """
    types_ = types(graph)
    wide = _wide(graph, types_)
    found = {id(x): why for x in graph.nodes if (why := _why(x, types_, wide)) is not None}
    for name, node in graph.outputs:
        if id(node) in wide and isinstance(node, _LAYOUT):
            found[id(node)] = f"the output '{name}' is int64"
    return found


def _why(node: n.Node, types_: Types, wide: set[int]) -> str | None:
    if isinstance(node, n.Input | n.Const):
        return None
    arguments = n.arguments(node)
    for dtype in (types_[id(node)].dtype, *(types_[id(x)].dtype for x in arguments)):
        if dtype not in _HELD:
            return f"{dtype} values"
    looked_up = isinstance(node, (n.Lookup, n.OneHot, *_LAYOUT))
    if not looked_up and any(id(x) in wide for x in arguments):
        return "int64 values"
    return _why_operation(node, types_)


def _why_operation(node: n.Node, types_: Types) -> str | None:
    match node:
        case n.Power():
            return "powers differ by framework"
        case n.HashBucket():
            return "hashing needs 64-bit integers"
        case n.Sub() | n.Mul() if _refolded(node):
            return "a compiler would round a chain of affine operations otherwise"
        case n.Cast(x, dtype):
            return _why_cast(x, types_[id(x)].dtype, dtype)
        case n.Lookup(_, keys, values, default):
            return None if _fits(np.array([*keys, *values, default], object)) else "int64 codes"
        case n.Bucketize(_, edges):
            return None if _fits(edges) else "int64 edges"
        case n.Clip(_, low, high):
            return None if _fits(low) and _fits(high) else "int64 bounds"
        case n.Concat(xs) if any(isinstance(x, n.Const) for x in xs):
            return "a constant has no rows to join"
        case n.OneHot(dtype="int8" | "int16" | "uint8" | "uint16", mode="count"):
            return "counts may wrap around"
    return None


def _why_cast(x: n.Node, before: DType, after: DType) -> str | None:
    if isinstance(x, n.Input) and before in _SENT_AS_FLOAT and after == "float32":
        return f"{before} is sent as float32"
    if before == "float32" and after not in {"float32", "bool"}:
        return "frameworks differ in float to integer"
    narrows = after not in {"float32", "bool"} and not np.can_cast(before, after)
    return "integers may wrap around" if narrows else None


def _refolded(node: n.Sub | n.Mul) -> bool:
    barred = (n.Mul,) if isinstance(node, n.Mul) else (n.Sub, n.Mul)
    stack: list[n.Node] = [node.x, node.y]
    while stack:
        below = stack.pop()
        if isinstance(below, barred):
            return True
        if isinstance(below, (*_LAYOUT, n.Where)):
            stack.extend(n.arguments(below))
    return False


def _wide(graph: n.Graph, types_: Types) -> set[int]:
    """The int64 nodes that may hold what int32 can't."""
    wide: set[int] = set()
    for node in graph.nodes:
        if types_[id(node)].dtype == "int64" and _is_wide(node, types_, wide):
            wide.add(id(node))
    return wide


def _is_wide(node: n.Node, types_: Types, wide: set[int]) -> bool:
    match node:
        case n.Input():
            return True
        case n.Const(value):
            return not _fits(value)
        case n.Cast(x) if types_[id(x)].dtype in {"float16", "float32", "float64"}:
            return True
        case n.Cast(x) if types_[id(x)].dtype in {"uint32", "uint64"}:
            return True
        case n.Lookup(_, _, values, default, missing):
            return not _fits(np.array([*values, default, missing], object))
    return isinstance(node, _CARRIES) and any(id(x) in wide for x in n.arguments(node))


def _fits(values: Array) -> bool:
    if values.dtype.kind == "f":
        return True
    return all(INT32.min <= value <= INT32.max for value in values.ravel().tolist())
