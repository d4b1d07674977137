"""The rows of the smallest hashes, while more come."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

import numpy as np

from samescale.statistics._rows.hashes import ALL, below
from samescale.statistics._rows.kept import Kept, starts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Bottom:
    """Some distinct rows, those of the smallest hashes, and their counts.

    Attributes:
        capacity: How many are kept.
        kept: The rows that are kept.
        later: Rows that were met since `kept` was last made one; they count as well.
    """

    capacity: int
    kept: Kept
    later: tuple[Kept, ...] = ()

    @property
    def full(self) -> bool:
        """Whether a row must have a smaller hash than one that is kept to be kept too."""
        return len(self.kept) == self.capacity

    def settled(self) -> Self:
        """The same rows, none of them `later`."""
        return dc.replace(self, kept=self.whole(), later=()) if self.later else self

    def whole(self, *others: Self) -> Kept:
        """The rows that are kept of these and of others."""
        parts = [self.kept, *self.later]
        for other in others:
            parts += [other.kept, *other.later]
        return Kept.of(parts, self.capacity) if len(parts) > 1 else self.kept

    def plus(self, pieces: Sequence[Array]) -> Self:
        """With further rows: the pieces' columns side by side."""
        hashes, places = below(pieces, int(self.kept.hashes[-1]) if self.full else ALL)
        if not len(hashes):
            return self
        ascending = np.sort(hashes)
        begins = np.flatnonzero(starts(ascending))
        # A row that isn't among the smallest of these won't be among the smallest of all.
        counts = np.diff(begins, append=len(ascending))[: self.capacity]
        met = ascending[begins[: self.capacity]]
        at = np.searchsorted(self.kept.hashes, met)
        known = np.append(self.kept.hashes, np.uint64(0))[at] == met
        known &= at < len(self.kept)
        kept = self.kept.plus(at[known], counts[known])
        new = self._near(met[~known])
        if not len(new):
            return dc.replace(self, kept=kept)
        values = _values(pieces, _first(new, hashes, places), self.kept.values.dtype.name)
        part = Kept(new, counts[~known][: len(new)], values)
        found = dc.replace(self, kept=kept, later=(*self.later, part))
        # To make one of them takes a copy of all: where they're full, not for every few rows.
        waiting = 2 * sum(map(len, found.later)) <= self.capacity
        return found if self.full and waiting else found.settled()

    def _near(self, new: Array) -> Array:
        """Those of further hashes that stay beside the kept ones."""
        both = np.concatenate([self.kept.hashes, new])
        if len(both) <= self.capacity:
            return new
        last = np.partition(both, self.capacity - 1)[self.capacity - 1]
        return new[: np.searchsorted(new, last, side="right")]


def _first(new: Array, hashes: Array, places: Array) -> Array:
    """Where each of the hashes `new` stands."""
    near = hashes <= new[-1]
    hashes, places = hashes[near], places[near]
    at = np.searchsorted(new, hashes)
    own = new[at] == hashes
    found = np.empty(len(new), np.int64)
    found[at[own]] = places[own]
    return found


def _values(pieces: Sequence[Array], places: Array, stored: str) -> Array:
    found = np.empty((len(places), sum(piece.shape[1] for piece in pieces)), stored)
    start = 0
    with np.errstate(all="ignore"):
        for piece in pieces:
            found[:, start : start + piece.shape[1]] = piece.take(places, axis=0)
            start += piece.shape[1]
    if found.dtype.kind == "f":
        # As they were hashed: one zero, one NaN.
        found += 0.0
        found[np.isnan(found)] = np.nan
    return found
