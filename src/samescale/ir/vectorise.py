"""Columns that share a chain of operations become one matrix operation with vector constants."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.rewrite import array_key, fields, with_arguments
from samescale.ir.verify import types

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from samescale.ir.types import Array, TensorType

# What works entry by entry, so that joining before it is joining after it, to the bit.
Pointwise: TypeAlias = (
    n.Cast
    | n.Sub
    | n.Mul
    | n.Exp
    | n.Expm1
    | n.Log
    | n.Log1p
    | n.Power
    | n.Clip
    | n.Floor
    | n.IsNan
    | n.Equal
    | n.Less
    | n.Where
)
_WIDEST = 2**16  # a wider row gains nothing, and its constants would be written out in full
_DEEPEST = 200  # a longer chain is taken in pieces, so that recursion stays shallow


def vectorise(graph: n.Graph) -> n.Graph:
    """`graph` with the columns of each Concat grouped by their chain of operations.

    Concat(f(a, 1), g(b), f(c, 2)) becomes Take(Concat(f(Concat(a, c), [1, 2]), g(b)), (0, 2, 1)).

    Args:
        graph: A well-formed graph. Chains are found for rows of one axis or of none, where
            constants stand beside columns.

    Returns:
        A graph that gives the same bits.
    """
    joiner = _Joiner(types(graph))
    for node in graph.nodes:
        joiner.add(node)
    return n.Graph(tuple((name, joiner.made[id(node)]) for name, node in graph.outputs))


@final
class _Joiner:
    """The originals' chains, and the nodes that stand for the originals now."""

    def __init__(self, found: Mapping[int, TensorType]) -> None:
        self.made: dict[int, n.Node] = {}
        self._found = found
        self._chains: dict[int, tuple[int, int]] = {}
        self._numbers: dict[Hashable, int] = {}
        self._leaves: set[int] = set()
        self._joined: dict[tuple[int, ...], n.Node] = {}

    def add(self, node: n.Node) -> None:
        """Give `node`, whose arguments were added, its chain and what stands for it now."""
        self._chains[id(node)] = self._chain(node)
        of = tuple(self.made[id(x)] for x in n.arguments(node))
        new = self._grouped(node) if isinstance(node, n.Concat) else None
        self.made[id(node)] = new or with_arguments(node, of)

    def _chain(self, node: n.Node) -> tuple[int, int]:
        """The number of the node's chain, and how long the chain is."""
        if self._is_lift(node):
            return self._chains[id(n.arguments(node)[0])]
        of = [x for x in n.arguments(node) if not isinstance(x, n.Const)]
        length = 1 + max((self._chains[id(x)][1] for x in of), default=0)
        if not self._is_link(node, of) or length > _DEEPEST:
            number = self._number(("leaf", self._found[id(node)].dtype))
            self._leaves.add(number)
            return number, 0
        key = (type(node), _static(node), tuple(map(self._key, n.arguments(node))))
        return self._number(key), length

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _key(self, argument: n.Node) -> Hashable:
        if isinstance(argument, n.Const):
            return ("constant", self._found[id(argument)].dtype)
        return self._chains[id(argument)][0]

    def _is_lift(self, node: n.Node) -> bool:
        """Whether `node` only makes a number a row of one number, or back."""
        return isinstance(node, n.Reshape) and {
            node.shape,
            self._found[id(node.x)].shape,
        } <= {(), (1,)}

    def _is_link(self, node: n.Node, of: Sequence[n.Node]) -> bool:
        width = self._width(node)
        return (
            isinstance(node, Pointwise)
            and width <= _WIDEST
            # What is of the text zone can't be joined: whether it is missing is asked of it alone.
            and all(self._width(x) == width and not isinstance(x, n.Text) for x in of)
        )

    def _width(self, node: n.Node) -> float:
        shape = self._found[id(node)].shape
        return 1 if shape == () else shape[0] if len(shape) == 1 else np.inf

    def _grouped(self, node: n.Concat) -> n.Node | None:
        """The Concat with its columns grouped; `None` if there is nothing to group."""
        shape = self._found[id(node)].shape
        groups: dict[Hashable, list[int]] = {}
        for index, x in enumerate(node.xs):
            chain = self._chains[id(x)][0]
            groups.setdefault(("own", index) if chain in self._leaves else chain, []).append(index)
        if len(shape) != 1 or shape[0] > _WIDEST or len(groups) == len(node.xs):
            return None
        parts = tuple(self._part([node.xs[i] for i in group]) for group in groups.values())
        order = [index for group in groups.values() for index in group]
        joined = parts[0] if len(parts) == 1 else n.Concat(parts)
        if order == sorted(order):
            return joined
        return n.Take(joined, _restored(order, [int(self._width(x)) for x in node.xs]))

    def _part(self, group: list[n.Node]) -> n.Node:
        return self.made[id(group[0])] if len(group) == 1 else self._join(group)

    def _join(self, group: list[n.Node]) -> n.Node:
        """One node for nodes of one chain, their rows side by side."""
        group = [self._lowered(node) for node in group]
        key = tuple(map(id, group))
        if key not in self._joined:
            self._joined[key] = self._joined_anew(group)
        return self._joined[key]

    def _joined_anew(self, group: list[n.Node]) -> n.Node:
        first = group[0]
        if self._chains[id(first)][0] in self._leaves:
            return n.Concat(tuple(self._row(node) for node in group))
        widths = [int(self._width(node)) for node in group]
        places = zip(*(n.arguments(node) for node in group), strict=True)
        of = tuple(self._argument(list(place), widths) for place in places)
        if isinstance(first, n.Clip):
            clips = [node for node in group if isinstance(node, n.Clip)]
            low = _vector([node.low for node in clips], widths)
            return n.Clip(of[0], low, _vector([node.high for node in clips], widths))
        return with_arguments(first, of)

    def _argument(self, place: list[n.Node], widths: list[int]) -> n.Node:
        constants = [node.value for node in place if isinstance(node, n.Const)]
        return n.Const(_vector(constants, widths)) if constants else self._join(place)

    def _lowered(self, node: n.Node) -> n.Node:
        while self._is_lift(node):
            node = n.arguments(node)[0]
        return node

    def _row(self, node: n.Node) -> n.Node:
        made = self.made[id(node)]
        return n.Reshape(made, (1,)) if self._found[id(node)].shape == () else made


def _static(node: n.Node) -> Hashable:
    return tuple(item for item in fields(node).items() if item[0] not in {"low", "high"})


def _vector(values: list[Array], widths: list[int]) -> Array:
    first = array_key(values[0])
    if values[0].size == 1 and all(array_key(value) == first for value in values):
        return values[0].reshape(())
    rows = zip(values, widths, strict=True)
    made: Array = np.concatenate([np.broadcast_to(value, (width,)) for value, width in rows])
    made.flags.writeable = False
    return made


def _restored(order: list[int], widths: list[int]) -> tuple[int, ...]:
    """Where each entry of the original order stands, when its columns were put in `order`."""
    starts = dict(zip(order, itertools.accumulate((widths[i] for i in order), initial=0)))  # noqa: B905 - the last sum is the width
    return tuple(
        starts[index] + offset for index in range(len(order)) for offset in range(widths[index])
    )
