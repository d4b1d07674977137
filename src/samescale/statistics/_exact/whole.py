"""Exact sums of integers that float64 doesn't hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.statistics._exact.slices import PAIRS, SLICES, add_floats

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics._exact.tally import Tally

# What float64 holds whole.
SAFE = 1 << 53
BYTES = 8
WIDTH = 16
# Products below 2**32, so that so many of them add up exactly in float64.
ROWS = 1 << 16


def add_integers(tally: Tally, batch: Array) -> Array:
    """Add a batch of integers.

    Returns:
        How many of them are missing, by feature: none.
    """
    if batch.dtype.itemsize < BYTES or not batch.size or _safe(batch):
        return add_floats(tally, batch)
    for start in range(0, len(batch), ROWS):
        _add(tally, batch[start : start + ROWS])
    return np.zeros(batch.shape[1], np.int64)


def _safe(batch: Array) -> bool:
    return int(batch.min()) >= -SAFE and int(batch.max()) <= SAFE


def _add(tally: Tally, batch: Array) -> None:
    """Add integers of 64 bits, cut into four digits of which the first carries the sign."""
    shifts = range(WIDTH * (SLICES - 1), -1, -WIDTH)
    columns = np.ascontiguousarray(batch.T)
    parts = [(columns >> shift).astype(np.float64) for shift in shifts[:1]]
    parts += [((columns >> shift) & 0xFFFF).astype(np.float64) for shift in shifts[1:]]
    sums = np.array([part.sum(axis=1) for part in parts]).astype(np.int64)
    squares = np.zeros((2 * SLICES - 1, batch.shape[1]), np.int64)
    for i, j in PAIRS[SLICES]:
        squares[i + j] += np.vecdot(parts[i], parts[j]).astype(np.int64) * (1 if i == j else 2)
    tally.add_digits(0, np.zeros(batch.shape[1], np.int64), sums, squares, WIDTH)
