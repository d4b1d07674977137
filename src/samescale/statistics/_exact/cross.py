"""Exact sums of products of features, at the speed of a matrix product.

Each value is cut into slices of 22 bits on its feature's own grid. Over 2048 rows the products of
two slices add up to 2**53 at most: exact in float64, whatever a BLAS makes of the matrix product of
all slices of all features. Rows with a value that is tiny beside the greatest of its feature are
added as integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

# Every float64 is a multiple of 2**-1074.
UNIT = 1074
RADIX = 22
LANE = 1 << 11
# So many lanes of 2**53, and as many pairs of slices as share a place, add up within an int64.
ROWS = LANE << 6
# How many values are cut into slices at a time.
VALUES = 1 << 19
MOST = 8
# Of a row in so many, a value may be left over; one more slice is cheaper than more of those.
SHARE = 1 / 256
SAMPLE = 64
# The last bits of values below this share of the greatest could be lost when they are scaled.
TINY = 2.0**-200
LOWEST = -1000


@final
class Cross(NamedTuple):
    """Sums, in units of 2**-1074, and sums of products, of its square: Python integers."""

    sums: Array
    products: Array


def step(features: int) -> int:
    """How many rows are added at a time."""
    return max(LANE, min(ROWS, VALUES // max(features, 1)))


def cross(rows: Array) -> Cross:
    """The sums of finite float64 rows, at most 2**17 of them, and of their products."""
    table = np.ascontiguousarray(rows.T)
    sizes = np.abs(table)
    exponents = np.maximum(np.frexp(sizes.max(axis=1, initial=0.0))[1], LOWEST).astype(np.int64)
    limits = np.ldexp(TINY, exponents)
    odd = ((sizes < limits[:, None]) & (sizes > 0.0)).any(axis=0)
    table *= np.ldexp(1.0, RADIX - 1 - exponents)[:, None]
    depth = _depth(table[:, :: max(1, len(rows) // SAMPLE)])
    found = _nothing(rows.shape[1])
    if not odd.all():
        slices, left = _cut(table, depth)
        odd |= left
        slices[:, :, odd] = 0.0
        found = _added(slices, exponents)
    return _plus(found, whole(rows[odd])) if odd.any() else found


def whole(rows: Array) -> Cross:
    """The same of integers of any size, or of floats, one by one."""
    values = rows.astype(object) << UNIT if rows.dtype.kind in "iu" else _integers(rows)
    if not len(values):
        return _nothing(rows.shape[1])
    return Cross(values.sum(axis=0), values.T @ values)


def _nothing(features: int) -> Cross:
    return Cross(np.zeros(features, object), np.zeros((features, features), object))


def _plus(mine: Cross, theirs: Cross) -> Cross:
    return Cross(mine.sums + theirs.sums, mine.products + theirs.products)


def _depth(table: Array) -> int:
    """How many slices hold all but a few of some rows."""
    rest = table.copy()
    for depth in range(1, MOST):
        rest -= np.rint(rest)
        if np.count_nonzero(rest.any(axis=0)) <= SHARE * rest.shape[1]:
            return depth
        rest *= 2.0**RADIX
    return MOST


def _cut(table: Array, depth: int) -> tuple[Array, Array]:
    """Slices × features × rows, the greatest first; and the rows of which something is left."""
    slices = np.empty((MOST, *table.shape))
    for place in range(MOST):
        np.rint(table, out=slices[place])
        table -= slices[place]
        left: Array = np.asarray(table.any(axis=0))
        if place + 1 >= depth and np.count_nonzero(left) <= SHARE * len(left):
            break
        table *= 2.0**RADIX
    return slices[: place + 1], left


def _added(slices: Array, exponents: Array) -> Cross:
    depth, features, rows = slices.shape
    flat = slices.reshape(depth * features, rows)
    pairs = np.zeros((depth * features, depth * features), np.int64)
    for start in range(0, rows, LANE):
        lane = np.ascontiguousarray(flat[:, start : start + LANE])
        pairs += (lane @ lane.T).astype(np.int64)
    sums = slices.sum(axis=2).astype(np.int64)
    grid = pairs.reshape(depth, features, depth, features)
    places = [
        sum(grid[i, :, place - i] for i in range(depth) if 0 <= place - i < depth)
        for place in range(2 * depth - 1)
    ]
    first = exponents - (RADIX - 1) + UNIT
    return Cross(_joined(list(sums), first), _joined(places, first[:, None] + first))


def _joined(digits: list[Any], exponents: Array) -> Array:
    """Python integers of digits, the greatest first; that one's unit is 2**exponent."""
    last = len(digits) - 1
    total = sum(digit.astype(object) << RADIX * (last - i) for i, digit in enumerate(digits))
    return _shifted(total, exponents.astype(object) - RADIX * last)


def _shifted(numbers: Any, bits: Array) -> Array:
    # To the right only zeros are shifted out: everything is a whole number of units.
    found: Array = (numbers << np.maximum(bits, 0)) >> np.maximum(-bits, 0)
    return found


def _integers(values: Array) -> Array:
    mantissas, exponents = np.frexp(values)
    held = np.ldexp(mantissas, 53).astype(np.int64).astype(object)
    return _shifted(held, exponents.astype(object) + (UNIT - 53))
