"""Floats as unsigned integers in the same order, and sorted counts of them.

The bits of a float64, read as an integer, grow with its magnitude. With the sign bit turned over
for positive values, and every bit for negative ones, they are in the order of the values.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

BITS = 64
DIGIT = 16
SIGN = np.uint64(1 << 63)
ONES = np.uint64((1 << 64) - 1)
# From so many values on, a table of all prefixes beats sorting.
TABLE = 1 << 15


def keys_of(values: Array) -> Array:
    """The keys of finite float64 values, uint64; -0.0 has the key of 0.0."""
    bits = (values + 0.0).view(np.uint64)
    # All ones for a negative value: it turns every bit over, and a positive one's sign only. In
    # place, because the memory of new arrays costs more than the arithmetic.
    keys: Array = bits >> np.uint64(BITS - 1)
    keys *= ONES
    keys |= SIGN
    keys ^= bits
    return keys


def values_of(keys: Array) -> Array:
    """The float64 values of keys."""
    bits: Array = np.where(keys & SIGN, keys ^ SIGN, ~keys)
    return bits.view(np.float64)


def prefixes(keys: Array, bits: int) -> Array:
    """The keys with all but their first `bits` bits set to 0."""
    return keys & (ONES << np.uint64(BITS - bits)) if bits else np.zeros_like(keys)


def among(keys: Array, wanted: Array, bits: int) -> Array:
    """The keys that share their first `bits` bits, 16 or more, with one of `wanted`, ascending."""
    # Most keys are out by a look into a table.
    shift = np.uint64(BITS - DIGIT)
    table = np.zeros(1 << DIGIT, np.bool_)
    table[wanted >> shift] = True
    left: Array = keys[table[(keys >> shift).view(np.int64)]]
    if bits > DIGIT:
        found = prefixes(left, bits)
        places = np.minimum(np.searchsorted(wanted, found), len(wanted) - 1)
        left = left[wanted[places] == found]
    return left


@final
@dc.dataclass(frozen=True, slots=True)
class Counts:
    """How often each key occurs: unique keys, ascending, uint64, and their counts, int64."""

    keys: Array
    counts: Array

    @classmethod
    def none(cls) -> Counts:
        """No key at all."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64))

    @classmethod
    def of(cls, keys: Array) -> Counts:
        """The counts of some keys."""
        unique, counts = np.unique(keys, return_counts=True)
        return cls(unique, counts.astype(np.int64))

    @classmethod
    def coarse(cls, values: Array) -> Counts:
        """The counts of the first 16 bits of the keys of finite float64 values."""
        shift = np.uint64(BITS - DIGIT)
        keys = keys_of(values)
        keys >>= shift
        digits = keys.view(np.int64)
        if len(values) < TABLE:
            few = cls.of(digits.astype(np.uint16))
            return cls(few.keys.astype(np.uint64) << shift, few.counts)
        counts = np.bincount(digits)
        met = np.flatnonzero(counts != 0)
        return cls(met.astype(np.uint64) << shift, counts[met].astype(np.int64))

    def __len__(self) -> int:
        return len(self.keys)

    def merge(self, other: Counts) -> Counts:
        """The counts of both together."""
        if not len(self) or not len(other):
            return self if len(self) else other
        return _summed(
            np.concatenate([self.keys, other.keys]), np.concatenate([self.counts, other.counts])
        )

    def coarsen(self, bits: int) -> Counts:
        """The counts of the keys' first `bits` bits."""
        return _summed(prefixes(self.keys, bits), self.counts) if len(self) else self

    def take(self, kept: Array) -> Counts:
        """The counts of the keys that are marked."""
        return Counts(self.keys[kept], self.counts[kept])


def _summed(keys: Array, counts: Array) -> Counts:
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return Counts(keys[starts], np.add.reduceat(counts, starts))
