"""Closed columns: a value that is none of the categories is refused, not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.door import findings as found
from samescale.door.places import Places
from samescale.native.identity import distinct

if TYPE_CHECKING:
    from samescale.door.numbers import Taken
    from samescale.ir.types import Array
    from samescale.schema import Column


def take(column: Column, array: Array, start: int) -> Taken:
    """The array of a closed column, or the finding of what isn't among its categories.

    A missing value is none of them, and goes in where the column takes one.

    Args:
        column: A column with categories.
        array: What was sent, of the column's dtype and shape.
        start: The index of the first row, for findings.
    """
    new = _new(column, array)
    if not new.any():
        return array, []
    places = Places(column, array.reshape(-1), len(array), start)
    return None, [places.where(found.not_among, new.reshape(-1))]


def _new(column: Column, array: Array) -> Array:
    """Where a value is neither a category nor missing."""
    known = column.categories or ()
    if array.dtype != object:
        missing = np.isnan(array) if array.dtype.kind == "f" else False
        mask: Array = ~(np.isin(array, np.asarray(known).astype(array.dtype)) | missing)
        return mask
    few = distinct(array)
    if few is not None:
        return _strange(few[0], known)[few[1]]
    return _strange(array.reshape(-1), known)


def _strange(texts: Array, known: tuple[str | int, ...]) -> Array:
    taken = {*known, None}
    return np.fromiter((text not in taken for text in texts), bool, len(texts))
