"""Which value has which rank: the counts behind a feature's quantiles."""

from __future__ import annotations

import bisect
import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError
from samescale.statistics._ordered import BITS, DIGIT, Counts, among, keys_of, prefixes, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array


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

    The first pass counts everything, the next ones only the values of some buckets. Keys are whole
    while at most `cap` are distinct; else they are cut to 16 bits more than the buckets'.

    Attributes:
        base: How many bits a bucket's values share: 0 in the first pass.
        buckets: The buckets that are counted, ascending; none in the first pass.
        known: How many values there are in all, from the pass before; `None` in the first.
        bits: How many bits of a key are counted.
        counts: The counts.
    """

    base: int = 0
    buckets: tuple[Bucket, ...] = ()
    known: int | None = None
    bits: int = BITS
    counts: Counts = dc.field(default_factory=Counts.none)

    @property
    def final(self) -> bool:
        """Whether every order statistic that is asked for is known."""
        return self.base == BITS or (self.bits == BITS and self.complete)

    @property
    def complete(self) -> bool:
        """Whether every value of the buckets was counted."""
        expected = sum(bucket.size for bucket in self.buckets)
        return self.base in {0, BITS} or int(self.counts.counts.sum()) == expected

    @property
    def total(self) -> int:
        """How many values there are, missing ones left out."""
        return int(self.counts.counts.sum()) if self.known is None else self.known

    def add(self, values: Array, *, cap: int) -> Ranks:
        """These ranks with float64 values added; none is NaN or infinite."""
        if self.base == BITS:
            return self
        if self.base == 0 and self.bits == DIGIT:
            return dc.replace(self, counts=self.counts.merge(Counts.coarse(values)))
        keys = self._wanted(keys_of(values))
        if self.base == 0 and _surely_more(keys, cap):
            coarse = self.counts.coarsen(DIGIT).merge(Counts.coarse(values))
            return dc.replace(self, bits=DIGIT, counts=coarse)
        counts = self.counts.merge(Counts.of(prefixes(keys, self.bits)))
        return _limited(dc.replace(self, counts=counts), cap)

    def merge(self, other: Ranks, *, cap: int) -> Ranks:
        """The ranks of both together.

        Raises:
            DataError: If they are of different passes.
        """
        if (self.base, self.buckets, self.known) != (other.base, other.buckets, other.known):
            raise DataError(
                "Quantiles of different passes can't be merged.",
                remedy="Merge what one refine() gave, updated with different rows.",
            )
        bits = min(self.bits, other.bits)
        counts = self._cut(bits).merge(other._cut(bits))
        return _limited(dc.replace(self, bits=bits, counts=counts), cap)

    def at(self, rank: int) -> float:
        """The value of a rank (0 is the least), or the lower edge of what holds it."""
        return float(values_of(np.array([self._bucket(rank).prefix], np.uint64))[0])

    def values(self, ranks: Sequence[int]) -> list[float]:
        """What `at` gives for each of several ranks."""
        if self.base or not ranks:
            return [self.at(rank) for rank in ranks]
        ends = np.cumsum(self.counts.counts)
        places = np.searchsorted(ends, np.array(ranks, np.int64), side="right")
        found: list[float] = values_of(self.counts.keys[places]).tolist()
        return found

    def refine(self, ranks: Sequence[int]) -> Ranks:
        """What the next pass counts to know the values of some ranks.

        Raises:
            DataError: If this pass didn't see the rows of the one before.
        """
        if not self.complete:
            raise DataError(
                f"This pass over the rows counted {int(self.counts.counts.sum())} values of "
                f"{sum(bucket.size for bucket in self.buckets)}.",
                remedy="Update it with exactly the rows of the pass before.",
            )
        if self.base == BITS or not self.total:
            return self
        buckets = {bucket.prefix: bucket for bucket in map(self._bucket, ranks)}
        return Ranks(self.bits, tuple(buckets[prefix] for prefix in sorted(buckets)), self.total)

    def _bucket(self, rank: int) -> Bucket:
        """The smallest bucket that is known to hold the value of a rank."""
        outer = Bucket(0, 0, self.total)
        if self.base:
            place = bisect.bisect_right(self.buckets, rank, key=lambda bucket: bucket.below) - 1
            outer = self.buckets[place]
        if self.base == BITS or not self.complete:
            return outer
        counts = self.counts
        ends = np.cumsum(counts.counts)
        start = int(np.searchsorted(counts.keys, np.uint64(outer.prefix)))
        skipped = int(ends[start] - counts.counts[start]) - outer.below
        place = int(np.searchsorted(ends, rank + skipped, side="right"))
        size = int(counts.counts[place])
        return Bucket(int(counts.keys[place]), int(ends[place]) - size - skipped, size)

    def to_json(self) -> dict[str, Any]:
        """The state; keys are hexadecimal text, 16 digits each."""
        return {
            "base": self.base,
            "buckets": [
                [f"{bucket.prefix:016x}", bucket.below, bucket.size] for bucket in self.buckets
            ],
            "known": self.known,
            "bits": self.bits,
            "keys": self.counts.keys.astype(">u8").tobytes().hex(),
            "counts": self.counts.counts.tolist(),
        }

    @classmethod
    def from_json(cls, state: Any) -> Ranks:
        """The ranks of a state that `to_json` gave."""
        keys = np.frombuffer(bytes.fromhex(state["keys"]), ">u8").astype(np.uint64)
        return cls(
            state["base"],
            tuple(Bucket(int(prefix, 16), *sizes) for prefix, *sizes in state["buckets"]),
            state["known"],
            state["bits"],
            Counts(keys, np.array(state["counts"], np.int64)),
        )

    def _cut(self, bits: int) -> Counts:
        return self.counts if self.bits == bits else self.counts.coarsen(bits)

    def _wanted(self, keys: Array) -> Array:
        if self.base == 0:
            return keys
        wanted = np.array([bucket.prefix for bucket in self.buckets], np.uint64)
        return among(keys, wanted, self.base)


def _surely_more(keys: Array, cap: int) -> bool:
    """Whether a part of the keys is enough to see that more than `cap` are distinct."""
    if len(keys) <= 4 * cap:
        return False
    part = np.sort(keys[: 2 * cap])
    return int(np.count_nonzero(part[1:] != part[:-1])) >= cap


def _limited(ranks: Ranks, cap: int) -> Ranks:
    if ranks.bits < BITS or len(ranks.counts) <= cap:
        return ranks
    bits = ranks.base + DIGIT
    return dc.replace(ranks, bits=bits, counts=ranks.counts.coarsen(bits))
