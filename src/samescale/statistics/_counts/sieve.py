"""Counts by bucket, for the values that are too many to be counted one by one."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics._counts.distinct import Distinct

# Four buckets and more for each value that may be counted one by one, within these bounds.
_LEAST_BITS, _MOST_BITS = 12, 20
_FEW = 16


def bins(most: int) -> int:
    """How many buckets there are where at most `most` values are counted one by one.

    Example:
        >>> bins(5_000_000) == 2**20
        True
    """
    return 1 << min(max((4 * most).bit_length(), _LEAST_BITS), _MOST_BITS)


def coarse(part: Distinct, salt: int, buckets: int) -> Array:
    """How many rows each bucket has, int64 of shape (buckets,)."""
    counts = np.zeros(buckets, np.int64)
    np.add.at(counts, part.buckets(buckets, salt), part.counts)
    return counts


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Sieve:
    """What a pass over the rows keeps: the values of the buckets that have many rows.

    A value occurs at most as often as its bucket has rows: what falls through occurs less often
    than `least`.

    Attributes:
        salt: Which hash.
        counts: How many rows each bucket has, of those that earlier sieves keep.
        least: How many rows a bucket that is kept has.
    """

    salt: int
    counts: Array
    least: int

    @property
    def rows(self) -> int:
        """How many rows are kept."""
        return int(self.counts[self.counts >= self.least].sum())

    def kept(self, part: Distinct) -> Distinct:
        """The values that stay."""
        buckets = part.buckets(len(self.counts), self.salt)
        return part.take(np.flatnonzero(self.counts[buckets] >= self.least))

    def to_json(self) -> dict[str, Any]:
        """The sieve."""
        return {"salt": self.salt, "counts": packed(self.counts), "least": self.least}

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The sieve that `to_json` gave."""
        return cls(state["salt"], unpacked(state["counts"]), state["least"])

    def same(self, other: Sieve) -> bool:
        """Whether both keep the same values."""
        return (self.salt, self.least) == (other.salt, other.least) and (
            self.counts is other.counts or np.array_equal(self.counts, other.counts)
        )


def packed(counts: Array) -> list[Any]:
    """Counts by bucket as JSON: how many buckets; if few have rows, which, and how many.

    If they are many: how many bytes each count has, and all of them in hexadecimal digits, the
    greatest byte of each first.
    """
    met = np.flatnonzero(counts)
    if len(met) < len(counts) // _FEW:
        return [len(counts), met.tolist(), counts[met].tolist()]
    size = next(size for size in (1, 2, 4, 8) if int(counts.max()) < 1 << (8 * size - 1))
    return [size, counts.astype(f">i{size}").tobytes().hex()]


def unpacked(state: Any) -> Array:
    """The counts that `packed` gave."""
    if len(state) == 2:  # noqa: PLR2004 - the size and the digits
        size, digits = state
        return np.frombuffer(bytes.fromhex(digits), f">i{size}").astype(np.int64)
    many, met, found = state
    counts = np.zeros(many, np.int64)
    counts[met] = found
    return counts
