"""Whether a graph is well formed, and the type of each of its nodes."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.nans import Range, ranges
from samescale.ir.rewrite import share
from samescale.ir.rules import infer, refuse
from samescale.ir.types import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.ir.types import TensorType

_TEXT = (n.Strip, n.Lower, n.Erase, n.Split)
_AFTER_TEXT = (*_TEXT, n.Lookup, n.HashBucket, n.Bag, n.IsNan)


# A node never changes, and a chain asks for the type of each of its nodes many times.
_KNOWN: weakref.WeakKeyDictionary[n.Node, TensorType] = weakref.WeakKeyDictionary()


def type_of(node: n.Node) -> TensorType:
    """The type of `node`: its dtype and the shape of one row.

    Raises:
        GraphError: If the node, or one that it is made of, isn't well formed.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> str(type_of(n.OneHot(n.Input("day", TensorType("int64")), 7, "one_hot", "float32")))
        'float32[rows, 7]'
    """
    if node not in _KNOWN:
        for one in n.Graph((("", node),)).nodes:
            if one not in _KNOWN:
                _KNOWN[one] = infer(one, tuple(_KNOWN[x] for x in n.arguments(one)))
    return _KNOWN[node]


def types(graph: n.Graph) -> dict[int, TensorType]:
    """The type of every node of `graph`, by the node's `id`.

    Raises:
        GraphError: If a node isn't well formed.
    """
    return _types(graph.nodes)


def verify(graph: n.Graph) -> None:
    """Refuse a graph that isn't well formed.

    Besides each node's own rule: outputs have names of their own and depend on an input, inputs
    of one name have one type, what comes out of the text zone is looked up or hashed, and a float
    that becomes an integer can't be NaN.

    Raises:
        GraphError: Naming the node, its column and the reason.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> age = n.Input("age", TensorType("float32"))
        >>> verify(n.Graph((("age", n.Cast(age, "int64")),)))
        Traceback (most recent call last):
        samescale.errors.GraphError: Cast on column 'age': float32[rows] may be NaN, which no \
int64 can hold. Replace NaN first: Where(IsNan(x), constant, x).
    """
    _outputs(graph)
    types(graph)
    _inputs(graph)
    _text_zone(graph)
    _whole(graph)


def _types(nodes: Iterable[n.Node]) -> dict[int, TensorType]:
    found: dict[int, TensorType] = {}
    for node in nodes:
        found[id(node)] = infer(node, tuple(found[id(x)] for x in n.arguments(node)))
    return found


def _outputs(graph: n.Graph) -> None:
    if not graph.outputs:
        raise GraphError("The graph has no outputs.")
    names: set[str] = set()
    for name, node in graph.outputs:
        if not isinstance(name, str) or name in names:
            raise GraphError(f"The output {name!r} stands there twice or isn't text.", output=name)
        names.add(name)
        if isinstance(node, n.Const):
            raise GraphError(f"The output '{name}' is a constant: it has no rows.", output=name)


def _inputs(graph: n.Graph) -> None:
    seen: dict[str, TensorType] = {}
    for node in graph.inputs:
        known = seen.setdefault(node.name, node.type)
        if known != node.type:
            refuse(node, f"it is {known} in one place and {node.type} in another.")


def _text_zone(graph: n.Graph) -> None:
    for name, node in graph.outputs:
        if isinstance(node, _TEXT):
            refuse(node, f"text is the output '{name}'.", "End the text zone with a Lookup.")
    for node in graph.nodes:
        for argument in n.arguments(node):
            if isinstance(argument, _TEXT) and not isinstance(node, _AFTER_TEXT):
                refuse(
                    node,
                    f"it follows {type(argument).__name__}, which is of the text zone.",
                    "Only Lookup, HashBucket, Bag and IsNan may follow the text zone.",
                )


def _whole(graph: n.Graph) -> None:
    if not any(isinstance(node, n.Cast) and node.dtype in INTEGERS for node in graph.nodes):
        return
    shared = share(graph)  # so that IsNan(x) and x speak of one x, however they were built
    found = types(shared)
    held = ranges(shared, found)
    for node in shared.nodes:
        if isinstance(node, n.Cast) and node.dtype in INTEGERS and held[id(node.x)] is Range.NAN:
            refuse(
                node,
                f"{found[id(node.x)]} may be NaN, which no {node.dtype} can hold.",
                "Replace NaN first: Where(IsNan(x), constant, x).",
            )
