"""Keras' `axis` argument: which axes of a tensor keep their own statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.ir.types import Array, TensorType

Axis = int | tuple[int, ...] | None


def kept(axis: Axis, x: TensorType, owner: str) -> tuple[int, ...]:
    """The axes of a row that `axis` keeps, counted from 0 after the rows.

    Raises:
        SpecError: If an axis isn't there, or is the axis of the rows.
    """
    if axis is None or not x.shape:
        return ()
    rank = 1 + len(x.shape)
    axes = (axis,) if isinstance(axis, int) else axis
    return tuple(sorted({_kept_one(one, rank, x, owner) - 1 for one in axes}))


def _kept_one(axis: int, rank: int, x: TensorType, owner: str) -> int:
    counted = axis + rank if axis < 0 else axis
    if 1 <= counted < rank:
        return counted
    why = "is the axis of the rows" if counted == 0 else "isn't an axis"
    raise SpecError(
        f"{owner}(axis={axis}) {why} of {x}.",
        remedy=f"Axes that can be kept are 1…{rank - 1}, or -1…{1 - rank} from the end.",
        value=axis,
    )


def spread(values: Array, axes: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """One value for each kept entry, shaped so that it broadcasts against a row of `shape`."""
    if not shape or not axes:
        return np.asarray(values, dtype=np.float64).reshape(())
    return np.asarray(values, dtype=np.float64).reshape(
        [size if axis in axes else 1 for axis, size in enumerate(shape)]
    )
