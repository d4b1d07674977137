"""The way back from a named mistake, on the rows of one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.ir.types import FLOATS, INTEGERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.evidence.verdict import Undo
    from samescale.ir.types import Array
    from samescale.schema import Column, Schema

_WHOLE = 1e-6  # how far a restored integer may lie from a whole number, relative to its size


def repaired(
    columns: Mapping[str, Array], undo: Mapping[str, Undo], schema: Schema
) -> dict[str, Array] | None:
    """The columns with a mistake taken back, in the dtypes of the contract.

    Args:
        columns: As they arrived. They aren't changed.
        undo: By the column that it restores, the way back.
        schema: The contract.

    Returns:
        All columns; `None` where there is no way back, or it leaves the contract: a value that
        isn't finite, isn't whole among integers, or is missing where none may be.
    """
    found = {name: _restored(columns, schema[name], one) for name, one in undo.items()}
    there = {name: values for name, values in found.items() if values is not None}
    return {**columns, **there} if there and len(there) == len(found) else None


def _restored(columns: Mapping[str, Array], column: Column, undo: Undo) -> Array | None:
    if undo.source not in columns:
        return None
    arrived = columns[undo.source].astype(np.float64)
    right = undo(arrived)
    allowed = np.isfinite(right)
    if column.nullable and column.dtype in FLOATS:
        allowed |= np.isnan(right) & (np.isnan(arrived) | (undo.kind == "missing"))
    if not allowed.all():
        return None
    return _cast(right, column.dtype)


def _cast(right: Array, dtype: str) -> Array | None:
    if dtype in FLOATS:
        with np.errstate(over="ignore"):
            cast = right.astype(dtype)
        return None if np.isinf(cast).any() else cast
    if dtype not in INTEGERS:
        return None
    whole, ends = np.rint(right), np.iinfo(dtype)
    near = np.abs(right - whole) <= _WHOLE * np.maximum(1.0, np.abs(right))
    # The greatest int64 isn't a float64; the next one is 2⁶³, which is too great.
    inside = (whole >= float(ends.min)) & (whole < float(ends.max))
    return whole.astype(dtype) if (near & inside).all() else None
