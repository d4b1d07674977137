"""What a part of a table gives on a worker: a fold, and how many rows it is of, or what was wrong.

A part is folded whole or not at all, and counts by its number once, so a part that is folded again
because its worker died changes nothing.
"""

from __future__ import annotations

import dataclasses as dc
import pickle
import re
from typing import TYPE_CHECKING, Any, Self, final

from samescale.engines._gather import gathered
from samescale.errors import SamescaleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.engines.base import Fold
    from samescale.sources.base import Chunk


@final
@dc.dataclass(frozen=True, slots=True)
class Told:
    """What the engine is told of one part.

    Attributes:
        rows: How many rows were folded.
        error: What ended it.
        counted: Whether the error counts its row from the beginning of the part.
    """

    rows: int
    error: SamescaleError | None = None
    counted: bool = False


@final
@dc.dataclass(frozen=True, slots=True)
class Outcome:
    """What some parts gave together.

    Attributes:
        fold: The fold over their rows.
        told: What is known of each, by its number.
    """

    fold: Fold
    told: Mapping[int, Told]

    @property
    def rows(self) -> int:
        """How many rows the parts have."""
        return sum(part.rows for part in self.told.values())

    def packed(self) -> bytes:
        """The outcome as bytes, for frameworks that carry no objects."""
        return pickle.dumps(self)

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """The outcome that one of our workers has packed."""
        outcome: Self = pickle.loads(bytes(packed))  # noqa: S301 - as said
        return outcome

    def merge(self, other: Self) -> Self:
        """The outcome of the parts of both.

        Raises:
            RuntimeError: If a part is in both.
        """
        twice = self.told.keys() & other.told.keys()
        if twice:
            raise RuntimeError(f"Part {min(twice)} was folded twice.")
        return dc.replace(self, fold=self.fold.merge(other.fold), told={**self.told, **other.told})


def folded(fold: Fold, index: int, chunks: Iterable[Chunk]) -> Outcome:
    """The outcome of part `index`; an error of ours is told, for an engine would wrap it.

    Args:
        fold: The fold, nothing added yet.
        index: The part's number.
        chunks: The part's rows.
    """
    over = fold
    try:
        for chunk in gathered(chunks):
            try:
                over = over.update(chunk)
            except SamescaleError as error:
                return Outcome(fold, {index: Told(over.rows, error, counted=True)})
    except SamescaleError as error:
        return Outcome(fold, {index: Told(over.rows, error)})
    return Outcome(over, {index: Told(over.rows)})


def merged(*outcomes: Outcome) -> Outcome:
    """One or more outcomes together."""
    total = outcomes[0]
    for outcome in outcomes[1:]:
        total = total.merge(outcome)
    return total


def refuse(told: Mapping[int, Told]) -> None:
    """Raise the error of the first part that has one, its row counted in the whole table.

    Raises:
        SamescaleError: What the worker met.
    """
    start = 0
    for _, part in sorted(told.items()):
        if part.error is not None:
            raise _moved(part.error, start) if part.counted else part.error
        start += part.rows


def _moved(error: SamescaleError, start: int) -> SamescaleError:
    row = error.details.get("row")
    if not isinstance(row, int) or not start:
        return error
    details: dict[str, Any] = {**error.details, "row": row + start}
    message = re.sub(rf"\b([Rr]ow) {row}\b", rf"\g<1> {row + start}", error.message, count=1)
    return type(error)(message, remedy=error.remedy, **details)
