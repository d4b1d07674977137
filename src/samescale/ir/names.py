"""What each number of an output is called, as far as the graph tells it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UNKNOWN = "[UNK]"


def names(graph: n.Graph, told: Mapping[str, Sequence[str]] | None = None) -> tuple[str, ...]:
    """A name for each number of one row, all outputs side by side; no two are the same.

    Args:
        graph: A well-formed graph.
        told: What the numbers of an output are called where the graph can't tell, by output; taken
            where there are as many.

    Entries of a one-hot vector are called by their category, `city=Oslo` and `city=[UNK]`, or by
    their bin, `age=[18, 30)`; an indicator is `age missing`; where the graph doesn't tell, it is
    the output's name, or `x[0]`, `x[1]` and so on.

    >>> from samescale.ir.types import TensorType
    >>> city = n.Input("city", TensorType("string", ()))
    >>> code = n.Lookup(city, ("Oslo", "Rome"), (1, 2), 0, 0)
    >>> names(n.Graph((("city", n.OneHot(code, 3, "one_hot", "float32")),)))
    ('city=[UNK]', 'city=Oslo', 'city=Rome')
    """
    found: dict[str, None] = {}
    for name, node in graph.outputs:
        given = (told or {}).get(name, ())
        own = given if len(given) == _width(node) else _entries(node, name, {})
        clear = len(set(own)) == len(own) and not found.keys() & set(own)
        for one in own if clear else _counted(node, name):
            found[_free(one, found)] = None
    return tuple(found)


def _free(name: str, taken: dict[str, None]) -> str:
    while name in taken:
        name += "'"
    return name


def _counted(node: n.Node, name: str) -> list[str]:
    width = _width(node)
    return [name] if width == 1 else [f"{name}[{index}]" for index in range(width)]


def _width(node: n.Node) -> int:
    return math.prod(type_of(node).shape)


def _entries(node: n.Node, name: str, known: dict[int, list[str]]) -> list[str]:
    # Each node once: hundreds of entries that are taken from one tensor would ask for its names
    # as often.
    if id(node) not in known:
        known[id(node)] = _found(node, name, known)
    return known[id(node)]


def _found(node: n.Node, name: str, known: dict[int, list[str]]) -> list[str]:
    match node:
        case n.OneHot():
            return _encoded(node, name)
        case n.Bag():
            return _bagged(node, name)
        case n.Concat(xs) if len(type_of(node).shape) == 1:
            return [one for x in xs for one in _entries(x, name, known)]
        case n.Take(x, indices) if len(type_of(node).shape) == 1:
            own = _entries(x, name, known)
            return [own[index] for index in indices]
        case n.IsNan(x):
            return [f"{one} missing" for one in _entries(x, name, known)]
        case n.Where(_, _, x) | n.Sub(n.Const(), x) | n.Mul(n.Const(), x):
            return _same(node, x, name, known)
        case n.Sub(x, _) | n.Mul(x, _):
            return _same(node, x, name, known)
        case (
            n.Cast(x) | n.Reshape(x) | n.Clip(x) | n.Exp(x) | n.Expm1(x)
            | n.Log(x) | n.Log1p(x) | n.Power(x) | n.Floor(x)
        ):  # fmt: skip
            return _same(node, x, name, known)
        case _:
            return _counted(node, name)


def _same(node: n.Node, x: n.Node, name: str, known: dict[int, list[str]]) -> list[str]:
    """The names of `x`, if `node` has one number for each of its."""
    return _entries(x, name, known) if _width(x) == _width(node) else _counted(node, name)


def _encoded(node: n.OneHot, name: str) -> list[str]:
    shape = type_of(node).shape[:-1]
    places = [name] if math.prod(shape) == 1 else [f"{name}[{i}]" for i in range(math.prod(shape))]
    said = _said(node.x)
    words = [said.get(code) for code in range(node.depth)]
    if None in words:
        return _counted(node, name)
    return [f"{place}={word}" for place in places for word in words]


def _bagged(node: n.Bag, name: str) -> list[str]:
    rest = node.depth - len(node.keys) - 1
    words = (_UNKNOWN, *node.keys, *(f"[{index}]" for index in range(rest)))
    shape = type_of(node).shape[:-1]
    return [f"{name}={word}" for word in words] if shape == () else _counted(node, name)


def _said(codes: n.Node) -> dict[int, str]:
    """What each code stands for."""
    match codes:
        case n.Cast(x) | n.Reshape(x):
            return _said(x)
        case n.Lookup(n.HashBucket(), _, values):
            return {code: f"[UNK {place}]" for place, code in enumerate(values)}
        case n.Lookup(_, keys, values, default, missing):
            special = {missing: "missing", default: _UNKNOWN}
            return special | {code: str(key) for key, code in zip(keys, values, strict=True)}
        case n.Where(_, x, y):
            return _said(x) | _said(y)
        case n.Bucketize(x, edges) if _is_raw(x):
            bounds = [-math.inf, *map(float, edges), math.inf]
            return {i: f"[{low:g}, {high:g})" for i, (low, high) in enumerate(pairwise(bounds))}
        case _:
            return {}


def _is_raw(node: n.Node) -> bool:
    """Whether a number is still in the column's own unit: missing ones may have been filled."""
    match node:
        case n.Input():
            return True
        case n.Cast(x) | n.Where(n.IsNan(), _, x) | n.Reshape(x):
            return _is_raw(x)
        case _:
            return False
