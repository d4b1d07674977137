"""Distinct rows with how often each was met, in the order of their hashes."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array, DType


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Some rows of a table, each once.

    Attributes:
        hashes: Their hashes, uint64 of shape (kept,), ascending, none twice.
        counts: How often each was met, int64 of the same shape.
        values: Their values, of shape (kept, features).
    """

    hashes: Array
    counts: Array
    values: Array

    def __post_init__(self) -> None:
        for array in (self.hashes, self.counts, self.values):
            array.flags.writeable = False

    @classmethod
    def none(cls, features: int, dtype: DType) -> Self:
        """No row of so many features."""
        empty = np.zeros((0, features), dtype)
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64), empty)

    @classmethod
    def of(cls, parts: Sequence[Self], most: int) -> Self:
        """The rows of all parts, those of the smallest hashes if they are more than `most`."""
        hashes = np.concatenate([part.hashes for part in parts])
        order = np.argsort(hashes, kind="stable")
        begins = np.flatnonzero(starts(hashes[order]))
        counts = np.concatenate([part.counts for part in parts])[order]
        summed = np.add.reduceat(counts, begins) if len(begins) else counts
        first = order[begins[:most]]
        return cls(hashes[first], summed[:most], _taken([part.values for part in parts], first))

    def plus(self, places: Array, counts: Array) -> Self:
        """These rows, some of them met more often."""
        if not counts.any():
            return self
        more = self.counts.copy()
        more[places] += counts
        return dc.replace(self, counts=more)

    def __len__(self) -> int:
        return len(self.hashes)


def starts(ascending: Array) -> Array:
    """Where a value stands that isn't the one before it, bool."""
    found = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=found[1:])
    return found


def _taken(parts: Sequence[Array], places: Array) -> Array:
    """Rows by their places in all parts, which are never joined: they may be large."""
    found = np.empty((len(places), parts[0].shape[1]), parts[0].dtype)
    start = 0
    for part in parts:
        own = np.flatnonzero((places >= start) & (places < start + len(part)))
        found[own] = part[places[own] - start]
        start += len(part)
    return found
