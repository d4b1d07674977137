"""Constants spread out, so that NumPy's inner loops are long."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

LONG = 512  # entries of an inner loop, from which its start no longer counts
_MOST = 2**16  # entries; beyond, a constant would no longer stay in the cache


def spread(value: Array, shape: tuple[int, ...]) -> Array:
    """`value` broadcast to the last axes of a row, until an inner loop is long.

    Args:
        value: A constant that broadcasts to `shape`.
        shape: The row's shape.
    """
    if value.size == 1:
        return value.reshape(())
    rank = value.ndim
    while rank < len(shape) and math.prod(shape[-rank:]) < LONG:
        rank += 1
    wide = shape[len(shape) - rank :]
    if math.prod(wide) > _MOST:
        return value
    return np.ascontiguousarray(np.broadcast_to(value, wide))


def stack(value: Array, shape: tuple[int, ...], rows: int) -> Array:
    """`value` for `rows` rows at once, if one row of `shape` makes a short loop."""
    if value.size == 1 or value.ndim < len(shape) or math.prod(shape) >= LONG:
        return value
    return np.ascontiguousarray(np.broadcast_to(value, (rows, *shape)))
