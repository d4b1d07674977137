"""Floats as unsigned integers in the same order, and sorted counts of them.

The bits of a float64, read as an integer, grow with its magnitude. With the sign bit turned over
for positive values, and every bit for negative ones, they are in the order of the values.
"""

from __future__ import annotations

import bisect
import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

BITS = 64
DIGIT = 16
SIGN = np.uint64(1 << 63)
ONES = np.uint64((1 << 64) - 1)
# A table of all cells between the first and the last beats sorting while it has at most so many
# cells a key.
SPARSE = 4


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
    """Which keys share their first `bits` bits, 16 or more, with one of `wanted`, ascending."""
    # Most keys are out by a look into a table.
    shift = np.uint64(BITS - DIGIT)
    table = np.zeros(1 << DIGIT, np.bool_)
    table[wanted >> shift] = True
    met: Array = np.flatnonzero(table[(keys >> shift).view(np.int64)])
    if bits > DIGIT:
        found = prefixes(keys[met], bits)
        places = np.minimum(np.searchsorted(wanted, found), len(wanted) - 1)
        met = met[wanted[places] == found]
    return met


def width(keys: Array, *, most: int, least: int, bits: int) -> int:
    """The most bits, of `least` to `bits`, by which at most `most` keys are told apart.

    Args:
        keys: Keys cut to `bits` bits, ascending, each once.
        most: How many may be told apart, unless it takes fewer bits than `least`.
        least: The fewest bits.
        bits: How many bits the keys have.
    """
    if len(keys) <= most or bits <= least:
        return bits
    differ = keys[1:] ^ keys[:-1]

    def crowded(width: int) -> bool:
        # Neighbours are told apart by bits that reach the first one in which they differ.
        return 1 + int(np.count_nonzero(differ >> np.uint64(BITS - width))) > most

    return least + bisect.bisect_left(range(least + 1, bits), x=True, key=crowded)


def common(keys: Array, *, most: int, least: int) -> int:
    """What `width` gives for keys in any order, a key more than once."""
    keys = np.sort(keys)
    apart = np.concatenate([keys[:1], keys[1:][keys[1:] != keys[:-1]]])
    return width(apart, most=most, least=least, bits=BITS)


@final
@dc.dataclass(frozen=True, slots=True)
class Counts:
    """How often each key occurs: unique keys, ascending, uint64, and their counts, int64."""

    keys: Array
    counts: Array

    @classmethod
    def none(cls) -> Self:
        """No key at all."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64))

    @classmethod
    def of(cls, keys: Array, bits: int, weights: Array | None = None) -> Self:
        """The counts of the first `bits` bits of some keys; nothing has weights."""
        del weights
        shift = np.uint64(BITS - bits)
        cells = keys >> shift
        # Values on both sides of 0 are far apart as keys.
        sides = (cells[keys < SIGN], cells[keys >= SIGN])
        met, counts = zip(*map(_counted, sides), strict=True)
        return cls(np.concatenate(met) << shift, np.concatenate(counts))

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def total(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    def ends(self) -> Sequence[int]:
        """How many there are up to each key, and with it."""
        ends: Any = np.cumsum(self.counts)
        return ends  # type: ignore[no-any-return]

    def merge(self, *others: Self, bits: int = BITS) -> Self:
        """The counts of all together, by the keys' first `bits` bits.

        The others may have keys in any order, and more than once.
        """
        some = [one for one in others if len(one)]
        if len(self) and not some and bits == BITS:
            return self
        return self._summed([self, *some], bits)

    def cut(self, bits: int) -> Self:
        """The counts of the keys' first `bits` bits."""
        return self._summed([self], bits)

    def to_json(self) -> dict[str, Any]:
        """The state; keys are hexadecimal text, 16 digits each."""
        return {"keys": text_of(self.keys), "counts": self.counts.tolist()}

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        return cls(keys_in(state["keys"]), np.array(state["counts"], np.int64))

    @classmethod
    def _summed(cls, parts: Sequence[Self], bits: int) -> Self:
        keys = prefixes(np.concatenate([part.keys for part in parts]), bits)
        if not len(keys):
            return cls.none()
        keys, order, starts = groups(keys)
        counts = np.concatenate([part.counts for part in parts])
        return cls(keys, np.add.reduceat(counts if order is None else counts[order], starts))


def groups(keys: Array) -> tuple[Array, Array | None, Array]:
    """Keys, at least one, ascending and each once; the order that sorts them; where each starts.

    The order is `None` if they are sorted already.
    """
    order = None
    if (keys[1:] < keys[:-1]).any():
        order = np.argsort(keys)
        keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], order, starts


def text_of(keys: Array) -> str:
    """Keys as text."""
    return keys.astype(">u8").tobytes().hex()


def keys_in(text: str) -> Array:
    """The keys of a text that `text_of` gave."""
    return np.frombuffer(bytes.fromhex(text), ">u8").astype(np.uint64)


def _counted(cells: Array) -> tuple[Array, Array]:
    if not len(cells):
        return cells, np.zeros(0, np.int64)
    first, last = cells.min(), cells.max()
    if int(last - first) < SPARSE * len(cells):
        table = np.bincount((cells - first).view(np.int64))
        met = np.flatnonzero(table != 0)
        return met.astype(np.uint64) + first, table[met].astype(np.int64)
    found, counts = np.unique(cells, return_counts=True)
    return found, counts.astype(np.int64)
