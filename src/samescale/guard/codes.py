"""Which columns are codes that the graph encodes as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir.nodes import Cast, Input, OneHot, Reshape, Take
from samescale.ir.types import INTEGERS

if TYPE_CHECKING:
    from samescale.ir.nodes import Graph, Node


def encoded(graph: Graph) -> tuple[tuple[str, int], ...]:
    """The columns whose integers are codes, and how many codes each encoding knows."""
    encodings = [node for node in graph.nodes if isinstance(node, OneHot)]
    found = ((_column(node.x), node.depth) for node in encodings)
    return tuple(sorted({(name, depth) for name, depth in found if name is not None}))


def _column(node: Node) -> str | None:
    """The column whose integers `node` is, if nothing has been computed on the way."""
    match node:
        case Input(name, type_):
            return name if type_.dtype in INTEGERS else None
        case Cast(x) | Reshape(x) | Take(x):
            return _column(x)
        case _:
            return None
