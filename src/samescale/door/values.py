"""One column as it was sent → an array of exactly the column's dtype and shape, or findings.

The rules, the same in every entry: text is no number, a boolean is no number, a number is no text.
A boolean column takes booleans, 0 and 1. An integer column takes integers and floats that are
whole. A datetime column takes dates, ISO 8601 text and seconds since 1970.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.door import closed, numbers, objects
from samescale.door import findings as found
from samescale.door.places import Places
from samescale.ir.types import numpy_dtype
from samescale.native.identity import distinct
from samescale.sources.columns import times
from samescale.sources.columns.values import unmasked

if TYPE_CHECKING:
    from samescale.door.numbers import Taken
    from samescale.findings import Finding
    from samescale.ir.types import Array
    from samescale.schema import Column

_TEXT = frozenset({str})
_GAPS = frozenset({str, type(None)})
_NAMES = {"b": "a boolean", "M": "a date", "f": "a number", "i": "a number", "u": "a number"}


def take(column: Column, values: Any, rows: int, start: int = 0) -> Taken:
    """The array of a column, or what is wrong with it.

    Args:
        column: The column of the contract.
        values: What was sent for it: an array, a list, anything with `__array__`; rows first.
        rows: How many rows there should be.
        start: The index of the first row, for findings.
    """
    try:
        array = _array(column, values)
    except _Refused as refused:
        return None, [refused.finding(start)]
    wrong = _shape(column, array, rows)
    if wrong is not None:
        return None, [wrong]
    taken, problems = _take(column, array, start)
    if taken is None or not column.closed:
        return taken, problems
    return closed.take(column, taken, start)


def _take(column: Column, array: Array, start: int) -> Taken:
    rows, flat = len(array), array.reshape(-1)
    match array.dtype.kind:
        case "f" if column.kind == "string" and np.isnan(array).all():
            # A column without a value has no type of its own.
            return objects.take(Places(column, [None] * flat.size, rows, start), array.shape)
        case "O" if column.kind == "string" and _is_text(column, flat):
            return np.ascontiguousarray(array), []
        case "O" | "U" | "T":
            listed = flat.astype(object).tolist()
            return objects.take(Places(column, listed, rows, start), array.shape)
        case "M" if column.kind == "datetime":
            return numbers.take(times.from_datetime64(array), Places(column, flat, rows, start))
        case "f" | "i" | "u" if column.kind != "string":
            return numbers.take(array, Places(column, flat, rows, start))
        case "b" if column.kind == "boolean":
            return numbers.take(array, Places(column, flat, rows, start))
        case _ if not array.size:
            return np.empty(array.shape, dtype=numpy_dtype(column.dtype)), []
        case kind:
            what = _NAMES.get(kind, f"of dtype {array.dtype}")
            return None, [found.wrong_type(column, start, flat[0], what, 1.0)]


def _is_text(column: Column, flat: Array) -> bool:
    """Whether few objects come often, and all of them are what the column takes."""
    few = distinct(flat)
    return few is not None and set(map(type, few[0])) <= (_GAPS if column.nullable else _TEXT)


@final
class _Refused(Exception):  # noqa: N818 - it carries a finding to `take`, it is no error
    def __init__(self, column: Column, row: int, message: str) -> None:
        super().__init__(message)
        self.column, self.row, self.message = column, row, message

    def finding(self, start: int) -> Finding:
        row = self.row + start
        remedy = f"Send {found.due(self.column)} a row."
        return found.wrong_shape(self.column, self.message.replace("{row}", str(row)), remedy, row)


def _array(column: Column, values: Any) -> Array:
    if isinstance(values, np.ma.MaskedArray):
        return unmasked(values)
    if isinstance(values, np.ndarray):
        return values
    if not isinstance(values, list | tuple):
        return _foreign(column, values)
    if not column.shape:
        return np.fromiter(values, dtype=object, count=len(values))
    array = np.empty((len(values), *column.shape), dtype=object)
    for row, value in enumerate(values):
        array[row] = _entry(column, row, value)
    return array


def _foreign(column: Column, values: Any) -> Array:
    try:
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:
        message = f"Column '{column.name}' can't be read as an array: {error}."
        raise _Refused(column, 0, message) from error


def _entry(column: Column, row: int, value: Any) -> Array:
    try:
        entry = np.asarray(value, dtype=object)
    except ValueError:  # lists of different lengths inside
        entry = np.empty((), dtype=object)
    if entry.shape != column.shape:
        shape = f"of shape {entry.shape}" if entry.shape else f"{found.shown(value)}"
        raise _Refused(
            column,
            row,
            f"Column '{column.name}' has an entry {shape} in row {{row}}; one of shape "
            f"{column.shape} is due.",
        )
    return entry


def _counted(rows: int) -> str:
    return f"{rows} row" + "s" * (rows != 1)


def _shape(column: Column, array: Array, rows: int) -> Finding | None:
    if array.shape == (rows, *column.shape):
        return None
    if array.ndim and array.shape[1:] == column.shape:
        message = f"Column '{column.name}' has {_counted(len(array))}, the table has {rows}."
        return found.wrong_shape(column, message, "Send columns of one length.")
    due = ", ".join(["rows", *map(str, column.shape)])
    return found.wrong_shape(
        column,
        f"Column '{column.name}' has the shape {array.shape}; ({due}) is due.",
        "Reshape it, one entry a row.",
    )
