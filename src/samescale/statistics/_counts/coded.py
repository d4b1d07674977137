"""Counts of a dictionary's codes: strings that needn't be looked at, row by row."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale import native
from samescale.native import strings as kernels
from samescale.statistics._counts import arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array
    from samescale.statistics._counts.distinct import Distinct

# A dictionary that is longer than so many times the rows costs more than its rows.
_LONG = 4


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """How often each code of a dictionary occurs.

    Attributes:
        dictionary: An Arrow array of text: a string may stand in it twice, or be missing.
        counts: How often each of its codes occurs, int64.
    """

    dictionary: Any
    counts: Array

    @classmethod
    def of(cls, array: Any) -> Self | None:
        """The counts of an Arrow dictionary array; `None` if its dictionary is too long for it.

        Raises:
            DataError: If a code isn't in the dictionary.
        """
        size = len(arrow.whole(array).dictionary)
        if size > _LONG * len(array):
            return None
        return cls(array.dictionary, _counts(array.indices, size))

    def __len__(self) -> int:
        """At most so many strings occur."""
        return len(self.counts)

    def add(self, other: Coded) -> Self | None:
        """The counts of both together; `None` if they have different dictionaries."""
        if not _same(self.dictionary, other.dictionary):
            return None
        return type(self)(self.dictionary, self.counts + other.counts)


def together(coded: Sequence[Coded]) -> Distinct:
    """The counts of several dictionaries, by string."""
    return arrow.weighted([(one.dictionary, one.counts) for one in coded])


def looked_up(array: Any) -> Distinct:
    """The counts of an Arrow dictionary array, of which only the entries that occur are read.

    Raises:
        DataError: If a code isn't in the dictionary.
    """
    codes, counts = np.unique(_present(array.indices), return_counts=True)
    arrow.check(codes, len(array.dictionary))
    text = array.dictionary
    if str(text.type) == "string_view":  # Arrow can't take from one
        text = text.cast("large_string")
    return arrow.weighted([(text.take(codes), counts.astype(np.int64, copy=False))])


def _counts(indices: Any, size: int) -> Array:
    if native.available("strings"):
        valid = indices.buffers()[0]
        bits = None if valid is None else np.frombuffer(valid, np.uint8)
        counts = kernels.code_counts(_codes(indices), bits, indices.offset, size)
        if isinstance(counts, int):
            arrow.check(_codes(indices)[counts : counts + 1], size)
        else:
            return counts
    codes = _present(indices)
    arrow.check(codes, size)
    return np.bincount(codes, minlength=size).astype(np.int64, copy=False)


def _present(indices: Any) -> Array:
    """The codes of the rows that have one, int64."""
    codes = _codes(indices.drop_null() if indices.null_count else indices)
    return codes.astype(np.int64, copy=False)


def _codes(indices: Any) -> Array:
    if not len(indices):
        return np.zeros(0, np.int64)
    codes = np.frombuffer(indices.buffers()[1], str(indices.type))
    return codes[indices.offset : indices.offset + len(indices)]


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if (len(one), one.type, one.offset) != (len(other), other.type, other.offset):
        return False
    pairs = zip(one.buffers(), other.buffers(), strict=False)
    same = len(one.buffers()) == len(other.buffers())
    return same and all(_equal(mine, theirs) for mine, theirs in pairs)


def _equal(mine: Any, theirs: Any) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    there = (mine.address, mine.size) == (theirs.address, theirs.size)
    return there or bool(mine.equals(theirs))
