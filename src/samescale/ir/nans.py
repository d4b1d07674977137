"""Which floats can be NaN or infinite: what a cast to an integer has to know."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.types import FLOATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array, TensorType


@final
class Range(IntEnum):
    """What a tensor may hold; a higher one includes the lower ones."""

    FINITE = 0
    INFINITE = 1
    NAN = 2


def ranges(graph: n.Graph, types: Mapping[int, TensorType]) -> dict[int, Range]:
    """What each node of `graph` may hold, by `id`. Anything but a float is finite.

    Args:
        graph: A graph whose every node has a type.
        types: `verify.types(graph)`.
    """
    found: dict[int, Range] = {}
    for node in graph.nodes:
        of = tuple(found[id(argument)] for argument in n.arguments(node))
        is_float = types[id(node)].dtype in FLOATS
        found[id(node)] = _range(node, of) if is_float else Range.FINITE
    return found


def _range(node: n.Node, of: tuple[Range, ...]) -> Range:
    match node:
        case n.Const(value):
            return _of_array(value)
        case n.Sub():
            return _sub(*of)
        case n.Mul(x, y):
            return _mul(of, x, y)
        case n.Cast() | n.Exp() | n.Expm1():
            return max(of[0], Range.INFINITE)
        case n.Clip(_, low, high):
            return of[0] if of[0] is Range.NAN else max(_of_array(low), _of_array(high))
        case n.Where(condition, _, y):
            whole = isinstance(condition, n.IsNan) and condition.x is y
            return max(of[1], min(of[2], Range.INFINITE) if whole else of[2])
        case n.Floor() | n.Take() | n.Reshape() | n.Concat():
            return max(of)
        case n.OneHot() | n.Bag():
            return Range.FINITE
        case _:
            return Range.NAN


def _of_array(value: Array) -> Range:
    if bool(np.isnan(value).any()):
        return Range.NAN
    return Range.INFINITE if bool(np.isinf(value).any()) else Range.FINITE


def _sub(x: Range, y: Range) -> Range:
    # inf - inf is NaN, so one side must be finite; finite - finite may overflow.
    return Range.INFINITE if max(x, y) is not Range.NAN and min(x, y) is Range.FINITE else Range.NAN


def _mul(of: tuple[Range, ...], x: n.Node, y: n.Node) -> Range:
    if max(of) is Range.NAN:
        return Range.NAN
    # inf * 0 is NaN: two finite sides, or a finite constant without a zero.
    safe = max(of) is Range.FINITE or any(
        isinstance(side, n.Const) and range_ is Range.FINITE and bool(np.all(side.value != 0))
        for side, range_ in zip((x, y), of, strict=True)
    )
    return Range.INFINITE if safe else Range.NAN
