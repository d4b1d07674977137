"""Sums and sums of squares as Python integers, while a batch is being added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

# Every float64 is a multiple of 2**-1074, and every square of one of 2**-2148.
UNIT = 1074
# From here on, adding by exponent is faster than one value at a time.
FEW = 256
PART = 18
CHUNK = 1 << 15


@final
class Tally:
    """Per feature, the sum in units of 2**-1074 and the sum of squares in units of 2**-2148.

    Mutable, and local to one update.
    """

    __slots__ = ("squares", "strays", "sums")

    def __init__(self, features: int) -> None:
        self.sums = np.zeros(features, object)
        self.squares = np.zeros(features, object)
        self.strays: list[tuple[Array, Array]] = []

    def add_digits(
        self, first: int, exponents: Array, sums: Array, squares: Array, radix: int
    ) -> None:
        """Add numbers given by their digits, least significant last.

        Args:
            first: The feature of the first column.
            exponents: Per feature, the exponent of the unit of the last digit, int64.
            sums: The digits of the sum, int64, digits × features.
            squares: The digits of the sum of squares, int64, digits × features.
            radix: How many bits apart the digits are.
        """
        features = slice(first, first + len(exponents))
        bits = (exponents + UNIT).astype(object)
        self.sums[features] += _joined(sums, radix) << bits
        self.squares[features] += _joined(squares, radix) << 2 * bits

    def settle(self) -> None:
        """Add the values that were put aside."""
        if not self.strays:
            return
        features, values = map(np.concatenate, zip(*self.strays, strict=True))
        self.strays.clear()
        if len(values) <= FEW:
            self._add_singly(features, values)
        else:
            self._add_by_exponent(features, values)

    def _add_singly(self, features: Array, values: Array) -> None:
        mantissas, exponents = _split(values)
        for feature, mantissa, exponent in zip(
            features.tolist(), mantissas.tolist(), exponents.tolist(), strict=True
        ):
            self.sums[feature] += _shift(mantissa, exponent)
            self.squares[feature] += _shift(mantissa * mantissa, 2 * exponent)

    def _add_by_exponent(self, features: Array, values: Array) -> None:
        mantissas, exponents = _split(values)
        low, span = int(exponents.min()), int(np.ptp(exponents)) + 1
        keys, slots = _compact(features * span + (exponents - low))
        sums, squares = _by_slot(mantissas, slots, len(keys))
        for key, total, square in zip(keys.tolist(), sums, squares, strict=True):
            feature, exponent = divmod(key, span)
            self.sums[feature] += _shift(total, exponent + low)
            self.squares[feature] += _shift(square, 2 * (exponent + low))


def _split(values: Array) -> tuple[Array, Array]:
    """Finite floats as integers of 53 bits, times 2 to the power of an integer, in units."""
    mantissas, exponents = np.frexp(values)
    return np.ldexp(mantissas, 53).astype(np.int64), exponents.astype(np.int64) + (UNIT - 53)


def _shift(value: int, bits: int) -> int:
    # To the right only zeros are shifted out: everything is a whole number of units.
    return value << bits if bits >= 0 else value >> -bits


def _joined(digits: Array, radix: int) -> Array:
    """The numbers, as Python integers, of int64 digits, the least significant one last."""
    shifts = np.arange(radix * (len(digits) - 1), -1, -radix, dtype=object)
    numbers: Array = (digits.astype(object) << shifts[:, None]).sum(axis=0)
    return numbers


def _compact(keys: Array) -> tuple[Array, Array]:
    present = np.bincount(keys) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]


def _by_slot(mantissas: Array, slots: Array, count: int) -> tuple[list[int], list[int]]:
    sums, squares = np.zeros((3, count), np.int64), np.zeros((5, count), np.int64)
    for start in range(0, len(slots), CHUNK):
        rows = slice(start, start + CHUNK)
        _add_chunk(mantissas[rows], slots[rows], sums, squares)
    return _joined(sums, PART).tolist(), _joined(squares, PART).tolist()


def _add_chunk(mantissas: Array, slots: Array, sums: Array, squares: Array) -> None:
    # Parts below 2**18, products below 2**37, two of them, 2**15 rows: all sums are exact floats.
    mask = (1 << PART) - 1
    c = (mantissas & mask).astype(np.float64)
    b = ((mantissas >> PART) & mask).astype(np.float64)
    a = (mantissas >> 2 * PART).astype(np.float64)
    for table, digits in (
        (sums, (a, b, c)),
        (squares, (a * a, 2 * a * b, 2 * a * c + b * b, 2 * b * c, c * c)),
    ):
        for row, weights in zip(table, digits, strict=True):
            np.add(row, np.bincount(slots, weights, len(row)).astype(np.int64), out=row)
