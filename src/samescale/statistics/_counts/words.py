"""Counts of strings as Python holds them: what there is without the kernels in C."""

from __future__ import annotations

import collections
import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

import numpy as np

from samescale.ir import hashing
from samescale.statistics._counts.distinct import Distinct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Words(Distinct):
    """How often each string occurs.

    Attributes:
        keys: The strings.
        counts: How often each occurs.
    """

    keys: Sequence[str]
    counts: Array

    @classmethod
    def of(cls, counted: Mapping[str, int]) -> Self:
        """The counts by string."""
        return cls(list(counted), np.fromiter(counted.values(), np.int64, len(counted)))

    @classmethod
    def union(cls, parts: Sequence[Distinct]) -> Self:
        """The counts of several parts together."""
        union: collections.Counter[str] = collections.Counter()
        for part in parts:
            union.update(part.by_value())
        return cls.of(union)

    def by_value(self) -> Mapping[str, int]:
        """The counts by string."""
        return dict(zip(self.keys, self.counts.tolist(), strict=True))

    def order(self) -> Array:
        """The places of the strings."""
        keys, counts = self.keys, self.counts.tolist()
        places = sorted(range(len(keys)), key=lambda place: (-counts[place], keys[place]))
        return np.array(places, np.int64)

    def values(self, places: Array) -> list[str]:
        """The strings at some places."""
        return [self.keys[place] for place in places.tolist()]

    def buckets(self, bins: int, salt: int) -> Array:
        """The bucket of each string."""
        return hashing.buckets(self.keys, bins, salt)

    def take(self, places: Array) -> Self:
        """The strings at some places only."""
        return type(self)(self.values(places), self.counts[places])
