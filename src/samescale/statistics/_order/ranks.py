"""Which value has which rank: the counts behind a feature's quantiles."""

from __future__ import annotations

import bisect
import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError
from samescale.statistics._order.ordered import (
    BITS,
    DIGIT,
    Counts,
    among,
    common,
    keys_of,
    values_of,
    width,
)
from samescale.statistics._order.weights import Sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samescale.ir.types import Array

# A pass after the first one meets few values, and may tell so many times more of them apart.
FURTHER = 32
# What a further pass has picked out is sorted when there is so much of it, or more than is sorted.
LOOSE = 1 << 16


@final
@dc.dataclass(frozen=True, slots=True)
class Bucket:
    """The values whose keys share their first bits.

    Attributes:
        prefix: The least key of the bucket.
        below: How many values are less.
        size: How many values it holds.
    """

    prefix: int
    below: int
    size: int


@final
@dc.dataclass(frozen=True, slots=True)
class Ranks:
    """The counts of one feature in one pass.

    The first pass counts everything, the next ones only the values of some buckets. As many bits of
    a key are counted as tell at most so many keys apart (`most`), 16 more than the buckets' at
    least: that depends on the values alone.

    With weights, a value of weight w counts as w / 2**(32 * LEAST) values, a whole number of them.

    Attributes:
        base: How many bits a bucket's values share: 0 in the first pass.
        buckets: The buckets that are counted, ascending; none in the first pass.
        known: How many values there are in all, from the pass before; `None` in the first.
        bits: How many bits of a key are counted.
        counts: The counts.
        loose: Counts that aren't added yet, in any order, a key more than once.
    """

    base: int = 0
    buckets: tuple[Bucket, ...] = ()
    known: int | None = None
    bits: int = BITS
    counts: Counts | Sums = dc.field(default_factory=Counts.none)
    loose: tuple[Counts | Sums, ...] = ()

    @property
    def rests(self) -> bool:
        """Whether everything was known before this pass."""
        return self.base == BITS

    @property
    def final(self) -> bool:
        """Whether every order statistic that is asked for is known."""
        return self.rests or (self.bits == BITS and self.complete)

    @property
    def complete(self) -> bool:
        """Whether every value of the buckets was counted."""
        expected = sum(bucket.size for bucket in self.buckets)
        return self.base in {0, BITS} or self.counts.total == expected

    @property
    def total(self) -> int:
        """How many values there are, missing ones left out."""
        return self.counts.total if self.known is None else self.known

    @property
    def wanted(self) -> Array:
        """The buckets, as keys."""
        return np.array([bucket.prefix for bucket in self.buckets], np.uint64)

    def room(self, cap: int) -> int:
        """How many cells there can be in the first pass, without more of them than `cap` allows."""
        return max(cap, 1 << DIGIT) if self.bits == DIGIT else cap

    def add(self, values: Array, weights: Array | None, *, cap: int) -> Ranks:
        """These ranks with float64 values added; none is NaN or infinite."""
        if self.rests:
            return self
        keys = keys_of(values)
        if self.base:
            met = among(keys, self.wanted, self.base)
            keys, weights = keys[met], None if weights is None else weights[met]
        return self.take(self.counts.of(keys, self.bits, weights), cap=cap)

    def take(self, more: Any, *, cap: int) -> Ranks:
        """These ranks with counts added that are cut to the same bits; loose in a further pass."""
        if not self.base:
            return self.become(self.counts.merge(more), cap=cap)
        added = dc.replace(self, loose=(*self.loose, more))
        enough = max(LOOSE, len(self.counts))
        return added if sum(map(len, added.loose)) < enough else added.settled(cap=cap)

    def become(self, counts: Counts | Sums, *, cap: int) -> Ranks:
        """These ranks with other counts, cut to the same bits; nothing is loose."""
        most = cap * FURTHER if self.base else cap
        bits = width(counts.keys, most=most, least=self._least, bits=self.bits)
        cut = counts if bits == self.bits else counts.cut(bits)
        return Ranks(self.base, self.buckets, self.known, bits, cut)

    def settled(self, *, cap: int) -> Ranks:
        """These ranks with nothing loose."""
        if not self.loose:
            return self
        parts: Any = self.loose
        return self.become(self.counts.merge(*parts, bits=self.bits), cap=cap)

    def merge(self, other: Ranks, *, cap: int) -> Ranks:
        """The ranks of both together; nothing is loose in either.

        Raises:
            DataError: If they are of different passes.
        """
        if (self.base, self.buckets, self.known) != (other.base, other.buckets, other.known):
            raise DataError(
                "Quantiles of different passes can't be merged.",
                remedy="Merge what one refine() gave, updated with different rows.",
            )
        bits = min(self.bits, other.bits)
        theirs: Any = other._cut(bits)
        return dc.replace(self, bits=bits).become(self._cut(bits).merge(theirs), cap=cap)

    def values(self, ranks: Iterable[int]) -> list[float]:
        """The value of each rank (0 is the least), or the lower edge of what holds it."""
        edges = [bucket.prefix for bucket in self.holders(ranks)]
        found: list[float] = values_of(np.array(edges, np.uint64)).tolist()
        return found

    def refine(self, ranks: Sequence[int]) -> Ranks:
        """What the next pass counts to know the values of some ranks.

        Raises:
            DataError: If this pass didn't see the rows of the one before.
        """
        if not self.complete:
            raise DataError(
                "This pass over the rows didn't count the values that the pass before asked for.",
                remedy="Update it with exactly the rows of the pass before.",
            )
        if self.rests or not self.total:
            return self
        buckets = {bucket.prefix: bucket for bucket in self.holders(ranks)}
        ordered = tuple(buckets[prefix] for prefix in sorted(buckets))
        return Ranks(self.bits, ordered, self.total, counts=self.counts.none())

    def holders(self, ranks: Iterable[int]) -> list[Bucket]:
        """For each rank, the smallest bucket that is known to hold its value."""
        whole = Bucket(0, 0, self.total)
        outer = [self._outer(rank) if self.base else whole for rank in ranks]
        if self.rests or not self.complete:
            return outer
        ends: Any = self.counts.ends()
        if isinstance(ends, np.ndarray):
            return self._all_inner(ends, ranks, outer)
        return [self._inner(ends, rank, one) for rank, one in zip(ranks, outer, strict=True)]

    def _outer(self, rank: int) -> Bucket:
        place = bisect.bisect_right(self.buckets, rank, key=lambda bucket: bucket.below)
        return self.buckets[place - 1]

    def _all_inner(self, ends: Array, ranks: Iterable[int], outer: list[Bucket]) -> list[Bucket]:
        """What `_inner` gives for each rank, at once."""
        keys, before = self.counts.keys, np.concatenate([[0], ends])
        prefixes = np.array([one.prefix for one in outer], np.uint64)
        skipped = before[np.searchsorted(keys, prefixes)] - [one.below for one in outer]
        met = np.searchsorted(ends, np.array(ranks) + skipped, side="right")
        below, sizes = before[met] - skipped, np.diff(before)[met]
        return list(map(Bucket, keys[met].tolist(), below.tolist(), sizes.tolist()))

    def _inner(self, ends: Sequence[int], rank: int, outer: Bucket) -> Bucket:
        def below(place: int) -> int:
            return int(ends[place - 1]) if place else 0

        start = int(np.searchsorted(self.counts.keys, np.uint64(outer.prefix)))
        skipped = below(start) - outer.below
        place = bisect.bisect_right(ends, rank + skipped)
        size = below(place + 1) - below(place)
        return Bucket(int(self.counts.keys[place]), below(place) - skipped, size)

    def to_json(self) -> dict[str, Any]:
        """The state; keys are hexadecimal text, 16 digits each."""
        return {
            "base": self.base,
            "buckets": [
                [f"{bucket.prefix:016x}", bucket.below, bucket.size] for bucket in self.buckets
            ],
            "known": self.known,
            "bits": self.bits,
            **self.counts.to_json(),
        }

    @classmethod
    def from_json(cls, state: Any) -> Ranks:
        """The ranks of a state that `to_json` gave."""
        return cls(
            state["base"],
            tuple(Bucket(int(prefix, 16), *sizes) for prefix, *sizes in state["buckets"]),
            state["known"],
            state["bits"],
            (Sums if "sums" in state else Counts).from_json(state),
        )

    def expecting(self, values: Array, *, cap: int) -> Ranks:
        """These ranks, in the first pass, with no more bits than some float64 values leave."""
        bits = min(self.bits, common(keys_of(values), most=cap, least=self._least))
        return self if bits == self.bits else dc.replace(self, bits=bits, counts=self._cut(bits))

    @property
    def _least(self) -> int:
        return min(self.base + DIGIT, BITS)

    def _cut(self, bits: int) -> Any:
        return self.counts if self.bits == bits else self.counts.cut(bits)
