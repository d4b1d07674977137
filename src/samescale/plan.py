"""Which statistics run in which pass over the data.

A transform learns from what the transforms before it give, so a chain takes one pass for each of
its transforms that learns, and all chains share their passes. A `Chain` is how far one column has
come.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

from samescale.errors import SamescaleError, SpecError
from samescale.ir.types import INTEGERS
from samescale.ir.verify import type_of
from samescale.transforms.impute import Impute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned, Need, Transform


@final
@dc.dataclass(frozen=True, slots=True)
class Chain:
    """How far one column's chain has been learned.

    Attributes:
        column: The column's name, for messages.
        transforms: The whole chain.
        node: What the transforms learned so far compute of the column.
        learned: What each transform so far has learned, by the names of its needs.
    """

    column: str
    transforms: tuple[Transform, ...]
    node: Node
    learned: tuple[Mapping[str, Learned], ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is left to lower."""
        return len(self.learned) == len(self.transforms)

    def needs(self) -> dict[str, Need]:
        """The statistics that the next transform learns; none if it can be lowered as it is."""
        with named(self.column):
            return {} if self.done else self._next().needs(self.node)

    def lowered(self, learned: Mapping[str, Learned]) -> Chain:
        """The chain with its next transform lowered."""
        with named(self.column):
            node = self._next().lower(self.node, learned)
        return dc.replace(self, node=node, learned=(*self.learned, learned))

    def _next(self) -> Transform:
        """The next transform, if it may stand where it does."""
        place = len(self.learned)
        found = self.transforms[place]
        # Codes have no missing value: whatever filled them would come too late.
        if place and isinstance(found, Impute) and type_of(self.node).dtype in INTEGERS:
            before = type(self.transforms[place - 1]).__name__
            raise SpecError(
                f"Impute stands behind {before}, whose codes are never missing.",
                remedy=f"Put Impute in front: [ss.Impute(…), ss.{before}(…)].",
            )
        return found

    def advanced(self) -> Chain:
        """The chain with every transform lowered that needs nothing more from the data."""
        chain = self
        while not chain.done and not chain.needs():
            chain = chain.lowered({})
        return chain


def lower(
    column: str,
    chain: tuple[Transform, ...],
    start: Node,
    learned: Iterable[Mapping[str, Learned]],
) -> Node:
    """What a learned chain computes of `start`."""
    state = Chain(column, chain, start)
    for values in learned:
        state = state.lowered(values)
    return state.node


def invert(
    column: str,
    chain: tuple[Transform, ...],
    end: Node,
    learned: Iterable[Mapping[str, Learned]],
) -> Node:
    """What undoes a learned chain, of its answer `end`.

    Raises:
        NotInvertibleError: If a transform has no inverse; names column and transform.
    """
    with named(column):
        for transform, values in reversed(tuple(zip(chain, learned, strict=True))):
            end = transform.inverse(end, values)
    return end


def passes(chains: Iterable[tuple[Transform, ...]]) -> int:
    """The least number of passes over the data that learn these chains, the profile included."""
    return max([1, *(sum(transform.learns for transform in chain) for chain in chains)])


@final
class named:  # noqa: N801 - a context manager reads as a word
    """Puts the column's name in front of what a transform says."""

    def __init__(self, column: str) -> None:
        self._column = column

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, SamescaleError) and "column" not in error.details:
            details: dict[str, Any] = {**error.details, "column": self._column}
            raise type(error)(
                f"Column '{self._column}': {error.message}", remedy=error.remedy, **details
            ) from error
