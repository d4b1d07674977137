"""Totals by key, as they are sent and merged."""

from __future__ import annotations

import dataclasses as dc
import itertools
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.statistics._exact.sums import Totals

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics._exact.keys import Key


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """What was added up for each key; the order of the keys has no meaning.

    Attributes:
        keys: The place of each key among the groups; `None`, for rows without a key, is there.
        totals: The totals, by feature and group.
    """

    keys: dict[Key, int]
    totals: Totals

    @classmethod
    def none(cls, *, weighted: bool) -> Self:
        """No feature, and no key."""
        return cls({None: 0}, Totals.none((0, 1), weighted=weighted))

    @property
    def features(self) -> int:
        """How many features there are."""
        return len(self.totals.counts)

    def merge(self, other: Self) -> Self:
        """The groups of both."""
        keys = self.keys
        if fresh := other.keys.keys() - keys.keys():
            keys = {**keys, **dict(zip(fresh, itertools.count(len(keys)), strict=False))}
        places = np.fromiter(map(keys.__getitem__, other.keys), np.int64, len(other.keys))
        mine = self.totals
        if len(keys) > len(self.keys):
            mine = mine.spread(np.arange(len(self.keys)), len(keys))
        theirs = other.totals
        if len(keys) > len(other.keys) or (places != np.arange(len(keys))).any():
            theirs = theirs.spread(places, len(keys))
        return type(self)(keys, mine.plus(theirs))

    def ordered(self) -> tuple[list[Key], Array]:
        """The keys but `None`, ascending, and the places of all: that of `None` first."""
        known: Any = [key for key in self.keys if key is not None]
        keys: list[Key] = sorted(known)
        return keys, np.array([self.keys[key] for key in [None, *keys]], np.int64)


def joined(parts: tuple[Groups, ...]) -> tuple[Groups, ...]:
    """The same groups in few parts, each at most half as long as the one before.

    So adding a batch to millions of keys doesn't copy them all.
    """
    kept: list[Groups] = []
    for part in sorted(parts, key=lambda part: len(part.keys), reverse=True):
        kept.append(part)
        while len(kept) > 1 and len(kept[-2].keys) < 2 * len(kept[-1].keys):
            kept[-2:] = [kept[-2].merge(kept[-1])]
    return tuple(kept)


def union(parts: tuple[Groups, ...]) -> Groups:
    """The groups of all parts; there is at least one."""
    found = parts[0]
    for part in parts[1:]:
        found = found.merge(part)
    return found
