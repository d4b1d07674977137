"""How often each value of one feature occurs, in memory that is bounded."""

from __future__ import annotations

import dataclasses as dc
import functools
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.errors import DataError
from samescale.statistics._counts.coded import Coded, together
from samescale.statistics._counts.sieve import Sieve, bins, coarse, packed, unpacked
from samescale.statistics._counts.union import held, pushed, union
from samescale.statistics._counts.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.ir.types import Array
    from samescale.statistics._counts.distinct import Distinct


# How many dictionaries may wait to be read: a file has one for each of its row groups.
_DICTIONARIES = 16


@final
@dc.dataclass(frozen=True, slots=True)
class Wanted:
    """Which values are asked for.

    Attributes:
        most: How many distinct values are counted one by one.
        top: How many values are wanted, the most frequent ones; all if `None`.
        least: How often a wanted value occurs.
    """

    most: int
    top: int | None = None
    least: int = 1

    @property
    def all(self) -> bool:
        """Whether every value is wanted."""
        return self.top is None and self.least <= 1


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Census:
    """How often each value occurs.

    Which state it is in depends on the values alone, not on their order: the values are counted one
    by one while at most `most` are distinct, and else in buckets, by their hash. `_passes.refined`
    says what the next pass counts then.

    Attributes:
        parts: The counts, each part at most half as long as the one before, so that adding a batch
            to millions of values doesn't copy them all. Only their union has a meaning.
        coded: The counts of dictionaries, a few, that aren't among the parts yet.
        buckets: The counts by bucket, once there were too many values.
        sieves: What the passes before left to be counted.
        floor: How often a wanted value occurs at least, as far as that is proven.
    """

    parts: tuple[Distinct, ...] = ()
    coded: tuple[Coded, ...] = ()
    buckets: Array | None = None
    sieves: tuple[Sieve, ...] = ()
    floor: int = 0

    def add(self, part: Distinct | Coded, wanted: Wanted) -> Self:
        """These counts with those of a batch added.

        Raises:
            DataError: If there are too many distinct values, and all of them are wanted.
        """
        if isinstance(part, Coded):
            return self.with_codes(part).bounded(wanted)
        return self.push(part).bounded(wanted)

    def add_all(self, parts: Iterable[Distinct | Coded], wanted: Wanted) -> Self:
        """These counts with several parts added."""
        census: Self = self
        for part in parts:
            census = census.add(part, wanted)
        return census

    def repeated(self) -> Self:
        """What the same pass over the rows counts once more."""
        return type(self)(sieves=self.sieves, floor=self.floor)

    def merge(self, other: Self, wanted: Wanted) -> Self:
        """The counts of both together.

        Raises:
            DataError: If they are of different passes, or there are too many distinct values.
        """
        if not self.same_pass(other):
            raise DataError(
                "Counters of different passes can't be merged.",
                remedy="Merge what one refine() gave, updated with different rows.",
            )
        merged = self.add_all((*other.parts, *other.coded), wanted)
        if other.buckets is not None:
            mine = merged.buckets
            both = other.buckets if mine is None else mine + other.buckets
            merged = dc.replace(merged, buckets=both).emptied()
        return merged

    def settled(self) -> Self:
        """The same counts in one part, or in the buckets alone."""
        if self.buckets is not None:
            return self.emptied()
        whole = self.decoded()
        return dc.replace(whole, parts=(union(whole.parts),) if whole.parts else ())

    @property
    def part(self) -> Distinct:
        """The counts of what is settled."""
        return self.parts[0] if self.parts else Words.of({})

    def same_pass(self, other: Self) -> bool:
        """Whether both count the same values."""
        return (self.floor, len(self.sieves)) == (other.floor, len(other.sieves)) and all(
            mine.same(theirs) for mine, theirs in zip(self.sieves, other.sieves, strict=True)
        )

    def with_codes(self, added: Coded) -> Self:
        """These counts with those of a dictionary's codes."""
        for place, mine in enumerate(self.coded):
            both = mine.add(added)
            if both is not None:
                rest = (*self.coded[:place], *self.coded[place + 1 :])
                return dc.replace(self, coded=(both, *rest))
        census = self if len(self.coded) < _DICTIONARIES else self.decoded()
        return dc.replace(census, coded=(added, *census.coded))

    def decoded(self) -> Self:
        """The same counts without a dictionary."""
        if not self.coded:
            return self
        return dc.replace(self, coded=()).push(together(self.coded))

    def push(self, part: Distinct) -> Self:
        """These counts with those values of a part that the sieves keep."""
        part = functools.reduce(lambda left, sieve: sieve.kept(left), self.sieves, part)
        return dc.replace(self, parts=pushed(self.parts, part))

    def bounded(self, wanted: Wanted) -> Self:
        """The same counts in memory that is bounded.

        Raises:
            DataError: If there are too many distinct values, and all of them are wanted.
        """
        distinct = sum(map(len, self.parts)) + sum(map(len, self.coded))
        if distinct <= (wanted.most if self.buckets is None else len(self.buckets)):
            return self
        whole = self.settled()
        if whole.buckets is not None or len(whole.part) <= wanted.most:
            return whole
        if wanted.all:
            raise _many(len(whole.part), wanted.most)
        return dc.replace(whole, buckets=np.zeros(bins(wanted.most), np.int64)).emptied()

    def emptied(self) -> Self:
        """All counts in the buckets, of which there are some."""
        whole = self.decoded()
        if whole.buckets is None or not whole.parts:
            return whole
        added = coarse(union(whole.parts), len(self.sieves), len(whole.buckets))
        return dc.replace(whole, parts=(), buckets=whole.buckets + added)

    def to_json(self) -> dict[str, Any]:
        """The state."""
        whole = self.settled()
        values, counts = whole.part.first()
        return {
            "values": values,
            "counts": counts,
            "buckets": None if whole.buckets is None else packed(whole.buckets),
            "sieves": [sieve.to_json() for sieve in self.sieves],
            "floor": self.floor,
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        return cls(
            (held(dict(zip(state["values"], state["counts"], strict=True))),),
            (),
            None if state["buckets"] is None else unpacked(state["buckets"]),
            tuple(map(Sieve.from_json, state["sieves"])),
            state["floor"],
        )


def _many(distinct: int, most: int) -> DataError:
    return DataError(
        f"There are {distinct} distinct values or more; at most {most} are counted.",
        remedy="Ask for the most frequent ones (max_tokens, min_count), raise max_distinct, or "
        "hash the column: an identifier isn't a category.",
        value=distinct,
    )
