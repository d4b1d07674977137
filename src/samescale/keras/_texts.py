"""What a layer is called on, as NumPy arrays of text or of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import DataError
from samescale.keras._adapt import array_of

if TYPE_CHECKING:
    from samescale.ir.types import Array


def values(given: Any) -> Array:
    """Text as an array of objects, which keeps zeros at the end of a string; else `array_of`."""
    if isinstance(given, list | tuple):
        if _first(given) is None or isinstance(_first(given), str | bytes):
            return np.array(given, object)
        if hasattr(_first(given), "__array__"):
            return np.asarray([array_of(one) for one in given])
    return array_of(given)


def text(given: Any, encoding: str = "utf-8") -> Array:
    """Strings as an array of objects.

    Raises:
        DataError: If something in it isn't text (`row`, `value`).
    """
    array = values(given)
    if array.dtype.kind in "UT":
        return array.astype(object)
    if array.dtype.kind == "S":
        array = array.astype(object)
    if array.dtype.kind == "O":
        found = [_string(value, row, encoding) for row, value in enumerate(array.reshape(-1))]
        return np.array([*found, None], object)[:-1].reshape(array.shape)
    raise DataError(
        f"This layer takes text, not values of dtype {array.dtype}.",
        remedy="Convert them with astype(str), or take IntegerLookup or Hashing.",
        value=str(array.dtype),
    )


def integers(given: Any, encoding: str = "utf-8") -> Array:
    """Whole numbers as int64.

    Raises:
        DataError: If they aren't (`value`).
    """
    del encoding
    array = values(given)
    if array.dtype.kind == "O":
        array = np.array(array.tolist())
    if array.dtype.kind == "f":
        _refuse_parts(array)
    elif array.dtype.kind not in "biu":
        raise DataError(
            f"This layer takes integers, not values of dtype {array.dtype}.",
            remedy="Convert them, or take StringLookup.",
            value=str(array.dtype),
        )
    return array.astype(np.int64)


def utf8(array: Array) -> list[bytes]:
    """The bytes that are hashed: text in UTF-8, numbers as their decimal text."""
    if array.dtype.kind == "b":
        return [b"true" if one else b"false" for one in array.reshape(-1)]
    if array.dtype.kind in "iu":
        return [str(one).encode() for one in array.reshape(-1).tolist()]
    return [one.encode("utf-8", "surrogateescape") for one in array.reshape(-1).tolist()]


def _first(given: Any) -> Any:
    while isinstance(given, list | tuple) and given:
        given = given[0]
    return given


def _string(value: Any, row: int, encoding: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        # What isn't text in this encoding stays itself: it is looked up and hashed by its bytes.
        return value.decode(encoding, "surrogateescape")
    raise DataError(
        f"Entry {row} is {value!r}, which isn't text.",
        remedy="Fill missing values before, for example with the mask token.",
        row=row,
        value=value,
    )


def _refuse_parts(array: Array) -> None:
    parts = (
        array[array != np.floor(array)] if np.isfinite(array).all() else array[~np.isfinite(array)]
    )
    if parts.size:
        raise DataError(
            f"{parts.flat[0]} isn't a whole number; Keras would cut it to an integer silently.",
            remedy="Round the values first, or take Discretization.",
            value=float(parts.flat[0]),
        )
