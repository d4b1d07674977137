"""Mean and variance of float32 columns as fractions: exact, and computed with nothing of samescale.

A float32 is a whole number of 24 bits times a power of two. Whole numbers are summed by power, in
pieces so short that no sum rounds, and put together as fractions at the end.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BITS = 24
_HALF = 12
_PIECE = 2**20  # rows: 2^20 times 2^24 stays far below 2^53
_LOWEST = -160  # below the exponent of the smallest subnormal
_POWERS = 320


class Moments(NamedTuple):
    """Mean and variance of one column."""

    mean: Fraction
    variance: Fraction


def of_blocks(blocks: Iterable[np.ndarray], only: Sequence[int] | None = None) -> list[Moments]:
    """The moments of each column of row-major blocks, or of some of the columns.

    Args:
        blocks: Rows × columns, float32, finite.
        only: The places of the columns that are asked for; all if `None`.
    """
    sums: dict[int, list[list[Fraction | int]]] = {}
    for block in blocks:
        for start in range(0, len(block), _PIECE):
            piece = block[start : start + _PIECE]
            for place in range(piece.shape[1]) if only is None else only:
                sums.setdefault(place, []).append([len(piece), *_sums(piece[:, place])])
    return [_moments(parts) for _, parts in sorted(sums.items())]


def of_table(table: np.ndarray, only: Sequence[int] | None = None) -> list[Moments]:
    """The moments of each column of a table."""
    return of_blocks([table], only)


def _moments(parts: list[list[Fraction | int]]) -> Moments:
    count, total, squares = (sum(values, Fraction(0)) for values in zip(*parts, strict=True))
    mean = total / count
    return Moments(mean, squares / count - mean * mean)


def _sums(column: np.ndarray) -> tuple[Fraction, Fraction]:
    """The sum and the sum of squares."""
    if column.dtype != np.float32:
        raise TypeError(f"exact sums are of float32, not {column.dtype}")
    fraction, exponent = np.frexp(column.astype(np.float64))
    whole = np.rint(fraction * 2.0**_BITS).astype(np.int64)
    power = exponent.astype(np.int64) - _LOWEST
    high, low = whole >> _HALF, whole & (2**_HALF - 1)
    total = _scaled(_by_power(power, whole), 1)
    squares = (
        _scaled(_by_power(power, high * high), 2) * 2 ** (2 * _HALF)
        + _scaled(_by_power(power, high * low), 2) * 2 ** (_HALF + 1)
        + _scaled(_by_power(power, low * low), 2)
    )
    return total, squares


def _by_power(power: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return np.bincount(power, weights=numbers.astype(np.float64), minlength=_POWERS)


def _scaled(sums: np.ndarray, times: int) -> Fraction:
    return sum(
        (
            Fraction(int(sums[power])) * Fraction(2) ** (times * (int(power) + _LOWEST - _BITS))
            for power in np.flatnonzero(sums)
        ),
        Fraction(0),
    )


def errors(exact: Sequence[Moments], mean: np.ndarray, variance: np.ndarray) -> tuple[float, float]:
    """How far learned values are from the nearest float64 to the exact ones, at worst.

    Returns:
        The error of a mean in standard deviations, and the relative error of a variance. Both are
        0.0 where every value is the float64 nearest to the exact one, and nan where one is nan.
    """
    off, relative = [0.0], [0.0]
    for one, m, v in zip(exact, np.ravel(mean), np.ravel(variance), strict=True):
        deviation = float(one.variance) ** 0.5 or 1.0
        off.append(abs(float(m) - float(one.mean)) / deviation)
        relative.append(abs(float(v) - float(one.variance)) / (float(one.variance) or 1.0))
    return float(np.max(off)), float(np.max(relative))
