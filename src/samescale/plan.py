"""Which statistics run in which pass over the data.

A transform learns from what the transforms before it give, so a chain takes one pass for each of
its transforms that learns, and all chains share their passes. A `Chain` is how far one feature has
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
    """How far one feature's chain has been learned.

    Attributes:
        name: The feature's name, for messages.
        transforms: The whole chain.
        node: What the transforms learned so far compute of the column.
        beside: What gives the columns that transforms read beside it.
        learned: What each transform so far has learned, by the names of its needs.
    """

    name: str
    transforms: tuple[Transform, ...]
    node: Node
    beside: Mapping[str, Node] = dc.field(default_factory=dict)
    learned: tuple[Mapping[str, Learned], ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is left to lower."""
        return len(self.learned) == len(self.transforms)

    def needs(self) -> dict[str, Need]:
        """The statistics that the next transform learns; none if it can be lowered as it is."""
        with named(self.name):
            return {} if self.done else self._next().needs(self.node)

    def lowered(self, learned: Mapping[str, Learned]) -> Chain:
        """The chain with its next transform lowered."""
        with named(self.name):
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
        return found.with_columns({name: self.beside[name] for name in found.reads})

    def advanced(self) -> Chain:
        """The chain with every transform lowered that needs nothing more from the data."""
        chain = self
        while not chain.done and not chain.needs():
            chain = chain.lowered({})
        return chain


def lower(chain: Chain, learned: Iterable[Mapping[str, Learned]]) -> Node:
    """What a chain computes, given what each of its transforms has learned."""
    for values in learned:
        chain = chain.lowered(values)
    return chain.node


def invert(
    name: str,
    transforms: tuple[Transform, ...],
    end: Node,
    learned: Iterable[Mapping[str, Learned]],
) -> Node:
    """What undoes learned transforms, of their answer `end`.

    Raises:
        NotInvertibleError: If one has no inverse; names column and transform.
    """
    with named(name):
        for transform, values in reversed(tuple(zip(transforms, learned, strict=True))):
            end = transform.inverse(end, values)
    return end


def passes(chains: Iterable[tuple[Transform, ...]]) -> int:
    """The least number of passes over the data that learn these chains, the profile included."""
    return max([1, *(sum(transform.passes for transform in chain) for chain in chains)])


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
