"""Graphs made anew: nodes with other arguments, and equal nodes made one."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias

from samescale.ir import nodes as n

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from samescale.ir.types import Array

Rule: TypeAlias = "Callable[[n.Node], n.Node]"


def with_arguments(node: n.Node, of: tuple[n.Node, ...]) -> n.Node:
    """`node` on the arguments `of`; the same object if they are its own."""
    if all(new is old for new, old in zip(of, n.arguments(node), strict=True)):
        return node
    match node:
        case n.Input() | n.Const():
            return node
        case n.Sub() | n.Mul() | n.Equal() | n.Less():
            return dc.replace(node, x=of[0], y=of[1])
        case n.Where():
            return n.Where(*of)
        case n.Concat():
            return n.Concat(of)
        case _:
            return dc.replace(node, x=of[0])


def rewrite(graph: n.Graph, rule: Rule) -> n.Graph:
    """`graph` with each node, its arguments already rewritten, replaced by what `rule` gives."""
    made: dict[int, n.Node] = {}
    for node in graph.nodes:
        made[id(node)] = rule(with_arguments(node, tuple(made[id(x)] for x in n.arguments(node))))
    return n.Graph(tuple((name, made[id(node)]) for name, node in graph.outputs))


def share(graph: n.Graph) -> n.Graph:
    """`graph` with equal nodes made one: the form whose node list is its digest's.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> x, again = (n.Input("x", TensorType("float32")) for _ in range(2))
        >>> len(share(n.Graph((("y", n.Sub(x, again)),))).nodes)
        2
    """
    known: dict[Hashable, n.Node] = {}
    return rewrite(graph, lambda node: known.setdefault(_key(node), node))


def fields(node: n.Node) -> dict[str, Any]:
    """The fields of `node` that aren't nodes."""
    own = {field.name: getattr(node, field.name) for field in dc.fields(node)}
    taken = {id(argument) for argument in n.arguments(node)}
    return {name: value for name, value in own.items() if id(value) not in taken and name != "xs"}


def array_key(value: Array) -> Hashable:
    """What two arrays have in common when they are the same to the bit."""
    entries = tuple(value.flat) if value.dtype == object else value.tobytes()
    return (value.dtype.str, value.shape, entries)


def _key(node: n.Node) -> Hashable:
    own: Mapping[str, Any] = fields(node)
    plain = tuple(
        (name, array_key(value) if name in _ARRAYS else value) for name, value in own.items()
    )
    return (type(node), tuple(id(argument) for argument in n.arguments(node)), plain)


_ARRAYS = frozenset({"value", "low", "high", "edges"})
