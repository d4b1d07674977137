"""Counts of integers."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale import native
from samescale.ir import hashing
from samescale.native import strings
from samescale.statistics._counts.distinct import Distinct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array

# A table of every integer between the least and the greatest: at most so many, for each value.
_DENSE = 2


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Numbers(Distinct):
    """How often each integer occurs.

    Attributes:
        keys: The integers, ascending: int64, or Python's own as objects where 64 bits don't hold
            one of them.
        counts: How often each occurs.
    """

    keys: Array
    counts: Array

    @classmethod
    def of(cls, values: Array) -> Self:
        """The counts of whole numbers: of any integer dtype, bool, or floats that are whole."""
        values = _narrowed(values)
        if values.dtype != np.int64:
            unique, counts = np.unique(values, return_counts=True)
            return cls(np.array([*map(int, unique.tolist()), None], object)[:-1], counts)
        return cls(*_counted(np.ascontiguousarray(values)))

    @classmethod
    def union(cls, parts: Sequence[Any]) -> Self:
        """The counts of several parts together."""
        keys = np.concatenate([part.keys for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        # Each part is ascending, and a merge of runs is what a stable sort is good at.
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        if not len(keys):
            return cls(keys, counts)
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        return cls(keys[starts], np.add.reduceat(counts, starts))

    def by_value(self) -> Mapping[int, int]:
        """The counts by integer."""
        return dict(zip(self.keys.tolist(), self.counts.tolist(), strict=True))

    def order(self) -> Array:
        """The places of the integers; they are ascending, so that a stable sort keeps ties."""
        return np.argsort(-self.counts, kind="stable")

    def values(self, places: Array) -> list[int]:
        """The integers at some places."""
        values: list[int] = self.keys[places].tolist()
        return values

    def buckets(self, bins: int, salt: int) -> Array:
        """The bucket of each integer."""
        if self.keys.dtype == np.int64 and native.available("strings"):
            keys = np.ascontiguousarray(self.keys)
            return strings.integer_buckets(keys, hashing.seed(salt), bins)
        return hashing.buckets(self.keys.tolist(), bins, salt)

    def take(self, places: Array) -> Self:
        """The integers at some places only."""
        return type(self)(self.keys[places], self.counts[places])


def _narrowed(values: Array) -> Array:
    """The values as int64, where that holds all of them."""
    low, high = (values.min(), values.max()) if len(values) else (0, 0)
    limits = np.iinfo(np.int64)
    if int(low) < limits.min or int(high) > limits.max:
        return values
    return values.astype(np.int64, copy=False)


def _counted(values: Array) -> tuple[Array, Array]:
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if high - low < _DENSE * len(values):
        counts = np.bincount(values - low)
        met = np.flatnonzero(counts)
        return met + low, counts[met].astype(np.int64, copy=False)
    if not native.available("strings"):
        unique, counts = np.unique(values, return_counts=True)
        return unique, counts.astype(np.int64, copy=False)
    with strings.table() as table:
        table.add_integers(values)
        keys, counts = table.integers()
    order = np.argsort(keys)
    return keys[order], counts[order]
