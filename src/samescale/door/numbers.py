"""An array of numbers or booleans → the column's dtype, or findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from samescale.door import findings as found
from samescale.ir.types import numpy_dtype

if TYPE_CHECKING:
    from samescale.door.places import Places
    from samescale.findings import Finding
    from samescale.ir.types import Array

Taken: TypeAlias = "tuple[Array | None, list[Finding]]"
_WIDE = 8


def take(array: Array, places: Places) -> Taken:
    """The column's array of an array of floats, integers or booleans of its shape.

    Integers become float32 by way of float64, in every entry, so that an integer alone, among
    floats and in an array rounds to the same bits.

    Args:
        array: The numbers.
        places: The same values as they were sent, for findings.
    """
    wrong = _odd(array, places)
    if wrong is not None:
        return None, [wrong]
    if places.column.dtype.startswith("float"):
        return _floats(array, places)
    return _whole(array, places)


def _odd(array: Array, places: Places) -> Finding | None:
    kind = places.column.kind
    if kind == "boolean" and array.dtype.kind != "b":
        odd = ~((array == 0) | (array == 1) | np.isnan(array))
        return places.where(found.wrong_type, odd, "a number") if odd.any() else None
    if kind == "integer" and array.dtype.kind == "f":
        odd = np.isfinite(array) & (np.floor(array) != array)
        what = "which is not whole where an integer is due"
        return places.where(found.unparsable, odd, what) if odd.any() else None
    return None


def _floats(array: Array, places: Places) -> Taken:
    column = places.column
    if array.dtype.kind in "iu" and array.dtype.itemsize == _WIDE:
        array = array.astype(np.float64)
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(array, dtype=numpy_dtype(column.dtype))
    if np.isfinite(result).all():
        return result, []
    problems = []
    infinite, gaps = np.isinf(result), np.isnan(result)
    if infinite.any():
        problems.append(places.where(found.infinite, infinite))
    if not column.nullable and gaps.any():
        problems.append(places.gap(np.flatnonzero(gaps)))
    if problems:
        return None, problems
    # There are many NaNs; the one that goes in is the same in every entry.
    return np.where(gaps, result.dtype.type(np.nan), result), []


def _whole(array: Array, places: Places) -> Taken:
    dtype = numpy_dtype(places.column.dtype)
    if array.dtype.kind == "f" and (gaps := np.isnan(array)).any():
        return None, [places.gap(np.flatnonzero(gaps))]
    if array.dtype != dtype and dtype.kind in "iu":
        limits = np.iinfo(dtype)
        odd = outside(array, int(limits.min), int(limits.max))
        if odd.any():
            return None, [places.where(found.unparsable, odd, range_of(dtype.name))]
    return np.ascontiguousarray(array, dtype=dtype), []


def outside(array: Array, low: int, high: int) -> Array:
    """Where a number is out of the range of an integer type."""
    if array.dtype.kind == "f":
        # high + 1 is a power of two and exact in float64; the high of 64 bits is not.
        wide = array.astype(np.float64)
        return (wide < float(low)) | (wide >= float(high + 1))
    return (array < low) | (array > high)


def range_of(dtype: str) -> str:
    """What a value out of the range of an integer type is told.

    >>> range_of("uint8")
    'which is out of the range of uint8 (0 to 255)'
    """
    limits = np.iinfo(dtype)
    return f"which is out of the range of {dtype} ({limits.min} to {limits.max})"
