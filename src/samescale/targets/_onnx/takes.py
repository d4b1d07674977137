"""Columns taken one by one from a packed matrix and joined again: taken together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.ir.rewrite import rewrite
from samescale.ir.simplify import simplify
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def merged(graph: n.Graph) -> n.Graph:
    """`graph` with each run of entries of one matrix, joined by a Concat, made one Take.

    A run that is the whole matrix in its own order is the matrix.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> x = n.Input("x", TensorType("float32", (2,)))
        >>> joined = n.Concat((n.Take(x, (0,)), n.Take(x, (1,))))
        >>> [type(node).__name__ for node in merged(n.Graph((("y", joined),))).nodes]
        ['Input']
    """
    return simplify(rewrite(simplify(graph), _merged))


def _merged(node: n.Node) -> n.Node:
    if not isinstance(node, n.Concat):
        return node
    runs = list(_runs(node.xs))
    return runs[0] if len(runs) == 1 else n.Concat(tuple(runs))


def _runs(xs: Iterable[n.Node]) -> Iterator[n.Node]:
    base: n.Node | None = None
    taken: list[int] = []
    for x in xs:
        inner, indices = _entries(x)
        if base is not None and inner is not base:
            yield _take(base, taken)
            taken = []
        base = inner
        taken += indices
    if base is not None:
        yield _take(base, taken)


def _entries(x: n.Node) -> tuple[n.Node, list[int]]:
    if isinstance(x, n.Take):
        return x.x, list(x.indices)
    return x, list(range(type_of(x).shape[-1]))


def _take(base: n.Node, taken: list[int]) -> n.Node:
    whole = taken == list(range(type_of(base).shape[-1]))
    return base if whole else n.Take(base, tuple(taken))
