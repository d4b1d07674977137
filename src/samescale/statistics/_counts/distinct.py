"""Counts of distinct values, whatever they are held as."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array


class Distinct(ABC):
    """How often each of some distinct values occurs. Frozen.

    Attributes:
        counts: How often each value occurs, int64, in no order that means anything.
    """

    __slots__ = ()
    counts: Array

    @abstractmethod
    def by_value(self) -> Mapping[Any, int]:
        """The counts by value."""

    @abstractmethod
    def order(self) -> Array:
        """The places of the values: the most frequent first, equal ones ascending."""

    @abstractmethod
    def values(self, places: Array) -> list[Any]:
        """The values at some places, as Python's own."""

    @abstractmethod
    def buckets(self, bins: int, salt: int) -> Array:
        """The bucket of each value by the hash that `samescale.ir.hashing` defines."""

    @abstractmethod
    def take(self, places: Array) -> Distinct:
        """The values at some places only."""

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def total(self) -> int:
        """How many rows were counted."""
        return int(self.counts.sum())

    def first(self, *, least: int = 1, top: int | None = None) -> tuple[list[Any], list[int]]:
        """Values and counts, the most frequent first, equal ones ascending.

        Args:
            least: How often a value must occur.
            top: How many values at most.
        """
        counts = self.counts
        if top is not None and top < len(counts):
            # What is less frequent than the last that is wanted isn't worth sorting.
            least = max(least, int(np.partition(counts, -top)[-top]))
        part = self.take(np.flatnonzero(counts >= least)) if least > 1 else self
        places = part.order()[:top]
        return part.values(places), part.counts[places].tolist()
