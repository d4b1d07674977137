"""A graph cut in two: what runs on the host, and what runs on the device."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.ir.rewrite import with_arguments
from samescale.ir.types import FLOATS
from samescale.ir.verify import types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from samescale.ir.types import TensorType


def cut(graph: n.Graph, host: Callable[[n.Node], bool]) -> tuple[n.Graph, n.Graph]:
    """The host's graph and the device's graph, which together are `graph`.

    Args:
        graph: A well-formed graph.
        host: Whether a node must run on the host. All that it needs then runs there too, and so
            does a cast of what it gives to an integer: the device couldn't tell that no NaN comes.

    Returns:
        The host graph, whose outputs are the values that cross (none: nothing runs on the host);
        and the device graph: the outputs of `graph`, over what crosses and the inputs that the
        device reads itself. A value that crosses is an Input named `host_0`, `host_1`, …

    Example:
        >>> from samescale.ir.types import TensorType
        >>> city = n.Lookup(n.Input("city", TensorType("string")), ("Bern",), (1,), 0, 0)
        >>> graph = n.Graph((("city", n.OneHot(city, 2, "one_hot", "float32")),))
        >>> before, after = cut(graph, lambda node: isinstance(node, n.Lookup))
        >>> [name for name, _ in before.outputs], [node.name for node in after.inputs]
        (['host_0'], ['host_0'])
    """
    found = types(graph)
    hosted = _hosted(graph, host, found)
    names = _names({node.name for node in graph.inputs})
    made: dict[int, n.Node] = {}
    crossing: dict[int, tuple[str, n.Node]] = {}

    def device(node: n.Node) -> n.Node:
        if id(node) not in hosted or isinstance(node, n.Input | n.Const):
            return made[id(node)]
        if id(node) not in crossing:
            crossing[id(node)] = (name := next(names), node)
            made[id(node)] = n.Input(name, found[id(node)])
        return made[id(node)]

    for node in graph.nodes:
        if id(node) not in hosted or isinstance(node, n.Input | n.Const):
            made[id(node)] = with_arguments(node, tuple(map(device, n.arguments(node))))
    outputs = tuple((name, device(node)) for name, node in graph.outputs)
    return n.Graph(tuple(crossing.values())), n.Graph(outputs)


def _hosted(
    graph: n.Graph, host: Callable[[n.Node], bool], found: Mapping[int, TensorType]
) -> set[int]:
    hosted = _needed(graph, {id(node) for node in graph.nodes if host(node)})
    while casts := _casts(graph, hosted, found) - hosted:
        hosted = _needed(graph, hosted | casts)
    return hosted


def _needed(graph: n.Graph, first: set[int]) -> set[int]:
    needed = set(first)
    for node in reversed(graph.nodes):
        if id(node) in needed:
            needed.update(id(argument) for argument in n.arguments(node))
    return needed


def _casts(graph: n.Graph, hosted: set[int], found: Mapping[int, TensorType]) -> set[int]:
    """The casts of floats, made from what crosses, to integers."""
    crossed: set[int] = set()
    casts: set[int] = set()
    for node in graph.nodes:
        from_host = id(node) in hosted and not isinstance(node, n.Input | n.Const)
        if found[id(node)].dtype in FLOATS:
            if from_host or any(id(argument) in crossed for argument in n.arguments(node)):
                crossed.add(id(node))
        elif isinstance(node, n.Cast) and id(node.x) in crossed:
            casts.add(id(node))
    return casts


def _names(taken: set[str]) -> Iterator[str]:
    return (name for i in itertools.count() if (name := f"host_{i}") not in taken)
