"""What flows through a pipeline: features side by side, each block made of columns by a chain."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, final

import numpy as np

from samescale.errors import SpecError
from samescale.ir import nodes as n
from samescale.ir.types import TensorType
from samescale.transforms.computed import INPUT, Computed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned, Transform

Kind: TypeAlias = Literal["raw", "number", "text"]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some features of one chain.

    Attributes:
        names: What its features are called.
        columns: The raw columns that it is made of.
        chain: The transforms; of several columns, the first one names them.
        learned: What each of them learned.
        shape: Of one row: `()` for one feature, `(k,)` for what an encoder gave.
        kind: `raw` while nothing has said whether its column is text.
        swaps: What text was put for another, in the order of the steps; `None` for a missing one.
        bare: Whether a missing value of the column is still missing here.
        hot: Whether it is made of one-hot features, which may come as a sparse matrix.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    chain: tuple[Transform, ...] = ()
    learned: tuple[Mapping[str, Learned], ...] = ()
    shape: tuple[int, ...] = ()
    kind: Kind = "raw"
    swaps: tuple[tuple[str | None, str], ...] = ()
    bare: bool = True
    hot: bool = False

    @classmethod
    def of(cls, column: str) -> Self:
        """A raw column."""
        return cls((column,), (column,))

    @property
    def width(self) -> int:
        """How many features it has."""
        return math.prod(self.shape)

    @property
    def label(self) -> str:
        """Its columns, for messages."""
        return ", ".join(self.columns)

    def then(
        self, transform: Transform, learned: Mapping[str, Learned] | None = None, **changed: Any
    ) -> Self:
        """Itself, with one more transform."""
        chain = (*self.chain, transform)
        return dc.replace(self, chain=chain, learned=(*self.learned, learned or {}), **changed)

    def computed(
        self,
        make: Callable[[Node], Node],
        undo: Callable[[Node], Node] | None = None,
        **changed: Any,
    ) -> Self:
        """Itself, with one more step of nodes, of float64."""
        x = n.Input(INPUT, TensorType("float64", self.shape))
        back = None if undo is None else undo(x)
        return self.then(Computed.of(make(x), back), **changed)

    def named(self, names: Iterable[str]) -> Self:
        """Itself, with other names."""
        return dc.replace(self, names=tuple(names))

    def taken(self, places: tuple[int, ...]) -> Self:
        """Some of its features."""
        if places == tuple(range(self.width)):
            return self
        names = tuple(self.names[place] for place in places)
        shape = (len(places),)
        return self.computed(lambda x: n.Take(x, places), names=names, shape=shape)


def selected(blocks: list[Block], places: Iterable[int]) -> list[Block]:
    """The features at some places, in that order; a whole block stays one."""
    where = [(block, entry) for block in blocks for entry in range(block.width)]
    runs: list[tuple[Block, list[int]]] = []
    for place in places:
        block, entry = where[place]
        if runs and runs[-1][0] is block and block.width > 1 and runs[-1][1][-1] + 1 == entry:
            runs[-1][1].append(entry)
        else:
            runs.append((block, [entry]))
    return [block.taken(tuple(entries)) for block, entries in runs]


def shared(
    blocks: list[Block], values: Array, what: str, rank: int = 1
) -> Iterator[tuple[Block, Any]]:
    """Each block with its part of an array of one entry a feature.

    Args:
        blocks: The features.
        values: An array of `rank` axes, features first.
        what: Whose it is, for messages.
        rank: How many axes it must have.

    Raises:
        SpecError: If there is another number of them.
    """
    check(blocks, len(values), what)
    if np.ndim(values) != rank:
        raise ValueError(f"an array of shape {np.shape(values)} where one entry a column is due")
    start = 0
    for block in blocks:
        part = values[start : start + block.width]
        yield block, part if block.shape else part[0]
        start += block.width


def check(blocks: list[Block], count: int, what: str) -> None:
    """See that a step takes as many features as there are.

    Raises:
        SpecError: Saying how many it takes.
    """
    there = sum(block.width for block in blocks)
    if there != count:
        raise SpecError(
            f"The {what} was fitted on {count} columns, and there are {there}.",
            remedy="Give the columns of its training table, in their order: columns=[…].",
            value=there,
        )


def singles(blocks: Iterable[Block]) -> list[Block]:
    """Each feature as a block of its own."""
    return [
        block if not block.shape else block.taken((entry,))
        for block in blocks
        for entry in range(block.width)
    ]


def names_of(blocks: Iterable[Block]) -> list[str]:
    """The features' names."""
    return [name for block in blocks for name in block.names]
