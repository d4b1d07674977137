"""Sums of any size, many at once, as digits of 36 bits held in int64."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

RADIX = 36
# One addition is at most 2**53, so that so many of them stay below 2**62.
PATIENCE = 1 << 8


@final
class Columns:
    """Sums of digits while a block of rows is added: whole numbers of at most 2**53, in float64.

    Mutable, and local to one update.
    """

    __slots__ = ("_tables", "shape")

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._tables: dict[int, Array] = {}

    def at(self, place: int) -> Array:
        """The sums at a place, flat: features × groups in C order; to be added to."""
        if place not in self._tables:
            self._tables[place] = np.zeros(self.shape[0] * self.shape[1])
        return self._tables[place]

    def digits(self) -> Digits:
        """The sums as digits."""
        tables = {
            place: table.astype(np.int64).reshape(self.shape)
            for place, table in self._tables.items()
        }
        return Digits(self.shape, tables, load=1)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Integers, features × groups, each the sum of `digit * 2**(36 * place)`.

    Many digits stand for one number; only the number has a meaning (`integers`).

    Attributes:
        shape: How many features and groups.
        tables: The digits by place, int64, features × groups.
        load: How many additions a digit may be made of.
    """

    shape: tuple[int, int]
    tables: Mapping[int, Array]
    load: int = 0

    @classmethod
    def of_integers(cls, numbers: Array, floor: int) -> Self:
        """The digits of Python integers, in units of `2**(36 * floor)`."""
        tables: dict[int, Array] = {}
        half, place = 1 << RADIX - 1, floor
        while numbers.any():
            digits = ((numbers + half) & (2 * half - 1)) - half
            numbers = (numbers - digits) >> RADIX
            if digits.any():
                tables[place] = digits.astype(np.int64)
            place += 1
        return cls((numbers.shape[0], numbers.shape[1]), tables, load=1)

    def plus(self, other: Self) -> Self:
        """The sums of both."""
        if self.load + other.load > PATIENCE:
            return self.carried().plus(other.carried())
        tables = dict(self.tables)
        for place, table in other.tables.items():
            tables[place] = tables[place] + table if place in tables else table
        return dc.replace(self, tables=tables, load=self.load + other.load)

    def spread(self, places: Array, groups: int) -> Self:
        """The same sums among more groups: group i becomes group `places[i]`."""
        shape = (self.shape[0], groups)
        tables = {}
        for place, table in self.tables.items():
            tables[place] = np.zeros(shape, np.int64)
            tables[place][:, places] = table
        return dc.replace(self, shape=shape, tables=tables)

    def integers(self, floor: int) -> Array:
        """The sums, as Python integers in units of `2**(36 * floor)`."""
        numbers: Any = np.zeros(self.shape, object)
        for place, table in self.tables.items():
            numbers += table.astype(object) << RADIX * (place - floor)
        found: Array = numbers
        return found

    def carried(self) -> Self:
        """The same sums in digits that are as small as can be."""
        half = 1 << RADIX - 1
        tables = dict(self.tables)
        waiting = sorted(tables)
        while waiting:
            place = waiting.pop(0)
            carry = (tables[place] + half) >> RADIX
            if not carry.any():
                continue
            tables[place] = tables[place] - (carry << RADIX)
            if place + 1 not in tables:
                tables[place + 1] = np.zeros(self.shape, np.int64)
                waiting.insert(0, place + 1)
            tables[place + 1] = tables[place + 1] + carry
        return dc.replace(self, tables=tables, load=1)
