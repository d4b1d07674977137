"""Products of floats without an error, and their sums without one.

A product of two floats is the sum of two floats: the rounded product and its error, which
Veltkamp's splitting and Dekker's multiplication give (T. J. Dekker, "A floating-point technique for
extending the available precision", Numer. Math. 18, 1971). Floats are added exactly by cutting them
into whole numbers of at most 35 bits on one grid: in float64, four times 2**16 of those add up to
2**53 at most, exactly, in whatever order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from samescale.statistics._exact.digits import RADIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array
    from samescale.statistics._exact.digits import Columns

ROWS = 1 << 16
_SPLITTER = 2.0**27 + 1
_RADIX = 2.0**RADIX
# Values that differ by more than this factor are added apart: then products of three of them, and
# their errors, are far from both ends of float64.
_RANGE = 2.0**-200
_SMALLEST = 5e-324
_FACTORS = 1000
# What is left of fewer values than this share goes on without the others.
_SHARE = 1 / 8


@final
class Halves(NamedTuple):
    """A float and two floats of 26 bits whose sum it is."""

    whole: Array
    high: Array
    low: Array


def halved(x: Array) -> Halves:
    """Veltkamp's splitting, of floats below 2**996."""
    large = x * _SPLITTER
    high = large - x
    np.subtract(large, high, out=high)
    np.subtract(x, high, out=large)
    return Halves(x, high, large)


def product(x: Halves, y: Halves) -> tuple[Array, Array]:
    """The rounded product and its error, whose sum is the product."""
    rounded: Array = x.whole * y.whole
    error = x.high * y.high
    error -= rounded
    error += x.high * y.low
    error += x.low * y.high
    error += x.low * y.low
    return rounded, error


def windows(values: Array) -> Iterator[tuple[Array | None, int, Array]]:
    """Values that aren't 0, in groups of which none is tiny beside another.

    Yields:
        Their places in the flat values, ascending (`None`: all of them, in their shape); an
        exponent e; and the values times `2**(-36 e)`, which are below 2**36.
    """
    sizes = np.abs(values)
    top = float(sizes.max(initial=0.0))
    near = sizes >= max(top * _RANGE, _SMALLEST)
    if top and np.count_nonzero(near) < near.size and (near != (sizes > 0)).any():
        sizes, values = sizes.reshape(-1), values.reshape(-1)
        while top := float(sizes.max()):
            where = np.flatnonzero(sizes >= max(top * _RANGE, _SMALLEST))
            yield where, *_scaled(values[where], top)
            sizes[where] = 0.0
    elif top:
        yield None, *_scaled(values, top)


def _scaled(values: Array, top: float) -> tuple[int, Array]:
    place = math.frexp(top)[1] // RADIX
    if not place:
        return 0, values
    power = -RADIX * place
    return place, np.ldexp(values, power) if abs(power) > _FACTORS else values * 2.0**power


def add(values: Array, slots: Array | slice, columns: Columns, shift: int) -> None:
    """Add values to columns, digit by digit.

    Args:
        values: Floats far from the ends of float64; of a block, at most 2**16 for each column.
        slots: The column of each value; or a slice, of the columns to which rows are added.
        columns: What is added to.
        shift: A value v stands for `v * 2**(36 * shift)`.
    """
    top = float(max(values.max(initial=0.0), -values.min(initial=0.0)))
    if not top:
        return
    place = math.frexp(top)[1] // RADIX
    rest: Array = values * 2.0 ** (-RADIX * place)
    digit = np.empty_like(rest)
    while True:
        np.rint(rest, out=digit)
        _add(digit, slots, columns.at(place + shift))
        rest -= digit
        left = rest != 0.0
        count = np.count_nonzero(left)
        if not count:
            return
        if count < _SHARE * rest.size:
            slots = chosen(slots, np.flatnonzero(left), rest.shape)
            rest = rest[left]
            digit = np.empty_like(rest)
        rest *= _RADIX
        place -= 1


def chosen(slots: Array | slice, where: Array | None, shape: tuple[int, ...]) -> Array | slice:
    """The columns of the values at some places of flat values; all of them if it is `None`."""
    if where is None:
        return slots
    return where // shape[1] + slots.start if isinstance(slots, slice) else slots[where]


def _add(values: Array, slots: Array | slice, sums: Array) -> None:
    if isinstance(slots, slice):
        sums[slots] += values.sum(axis=1)
    else:
        np.add.at(sums, slots, values.reshape(-1))
