"""Indices as one-hot, multi-hot or counts, with NumPy, as Keras shapes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array


def encoded(indices: Array, mode: str, depth: int, dtype: Any) -> Array:
    """Indices as `mode` wants them; those outside of 0…depth-1 count nowhere.

    Args:
        indices: Integers, of any shape; the last axis is a sample but for "one_hot".
        mode: "int", "one_hot", "multi_hot" or "count".
        depth: The size of the new last axis.
        dtype: The output's.

    Example:
        >>> encoded(np.array([[1, 1, 0]]), "count", 3, np.int64)
        array([[1, 2, 0]])
    """
    if mode == "int":
        return indices.astype(dtype)
    indices = np.atleast_1d(indices)
    if mode == "one_hot":
        narrow = indices.ndim > 1 and indices.shape[-1] == 1
        return one_hot(indices[..., 0] if narrow else indices, depth, dtype)
    rows = indices.reshape(-1, indices.shape[-1]) if indices.ndim > 1 else indices[None, :]
    counts = _counts(rows, depth)
    found = np.minimum(counts, 1) if mode == "multi_hot" else counts
    return found.reshape(*indices.shape[:-1], depth).astype(dtype)


def one_hot(indices: Array, depth: int, dtype: Any) -> Array:
    """A one at each index; zeros alone where it is outside."""
    found = np.zeros((indices.size, depth), dtype)
    flat = indices.reshape(-1)
    rows = np.flatnonzero((flat >= 0) & (flat < depth))
    found[rows, flat[rows]] = 1
    return found.reshape(*indices.shape, depth)


def _counts(rows: Array, depth: int) -> Array:
    inside = (rows >= 0) & (rows < depth)
    places = (np.arange(len(rows))[:, None] * depth + np.where(inside, rows, 0))[inside]
    return np.bincount(places, minlength=len(rows) * depth).reshape(len(rows), depth)
