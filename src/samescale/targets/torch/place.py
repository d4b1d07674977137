"""Which nodes torch can't run to the bit, and why: those run on the host, by NumPy.

torch has float64, int64 and bool on every device that matters, and eager torch rounds after each
operation, so little is left: text, hashing, and the dtypes that torch half has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.verify import types
from samescale.targets import _device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import DType, TensorType
    from samescale.targets._device import Sides

_HELD: frozenset[DType] = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "float32", "float64"}
)

_SQUARED = -2.0


def sides(graph: n.Graph) -> Sides:
    """`graph`, cut into what the host and what the torch module computes.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> city = n.Input("city", TensorType("string"))
        >>> code = n.Lookup(city, ("Oslo", "Rome"), (1, 2), default=0, missing=0)
        >>> found = sides(n.Graph((("city", n.OneHot(code, 3, "one_hot", "float32")),)))
        >>> [(c.name, c.dtype, c.shape, c.origin) for _, c in found.inputs]
        [('city_host', 'int64', (1,), 'host: Lookup (string values)')]
    """
    return _device.sides(graph, hosted(graph), narrow=False)


def hosted(graph: n.Graph) -> dict[int, str]:
    """Why a node runs on the host, by `id`, for every node of `graph` that does by itself.

    Args:
        graph: A well-formed graph.
    """
    types_ = types(graph)
    return {id(x): why for x in graph.nodes if (why := _why(x, types_)) is not None}


def _why(node: n.Node, types_: Mapping[int, TensorType]) -> str | None:
    if isinstance(node, n.Input | n.Const):
        return None
    for dtype in (types_[id(node)].dtype, *(types_[id(x)].dtype for x in n.arguments(node))):
        if dtype not in _HELD:
            return f"{dtype} values"
    match node:
        case n.Power(_, exponent) if exponent == _SQUARED:
            return "torch takes 1 / x² there, which overflows"
        case n.HashBucket():
            return "hashing needs unsigned 64-bit integers"
        case n.Concat(xs) if any(isinstance(x, n.Const) for x in xs):
            return "a constant has no rows to join"
        case n.Lookup(_, keys) if not _integers(keys):
            return "keys beyond int64"
    return None


def _integers(keys: tuple[str, ...] | tuple[int, ...]) -> bool:
    limits = np.iinfo(np.int64)
    return all(isinstance(key, int) and limits.min <= key <= limits.max for key in keys)
