"""From arrays and lists in memory to a `Column` and an array as a chunk holds it."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import SourceError
from samescale.ir.types import dtype_of, numpy_dtype
from samescale.schema import Column
from samescale.sources.columns import times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.ir.types import Array, DType
    from samescale.schema import Kind

EXACT = 2**53
_KINDS: dict[str, Kind] = {"f": "number", "i": "integer", "u": "integer", "b": "boolean"}
_NUMBERS = (int, float, np.integer, np.floating, decimal.Decimal)
_DATES = (dt.date, np.datetime64)


def read(name: str, values: object) -> tuple[Column, Array]:
    """The column of `values` (an array, a list, anything with `__array__`) and its array.

    Raises:
        SourceError: If the values are of no type that a column can have.

    >>> read("age", [41, None, 27])
    (Column(name='age', dtype='float64', shape=(), kind='integer', nullable=True, categories=None, closed=False), array([41., nan, 27.]))
    """  # noqa: E501 - a repr in a doctest can't be broken
    array = _array(name, values)
    if array.dtype.kind == "O":
        return _of_objects(name, array)
    return _of_typed(name, array)


def _array(name: str, values: object) -> Array:
    if isinstance(values, np.ma.MaskedArray):
        return unmasked(values)
    if not isinstance(values, list | tuple):
        return _foreign(name, values)
    shape = _shape(name, values[0], 0) if values else ()
    if shape == ():
        return np.fromiter(values, dtype=object, count=len(values))
    for row, value in enumerate(values):
        if _shape(name, value, row) != shape:
            raise SourceError(
                f"Column '{name}' has entries of different shapes: {shape} in row 0 and "
                f"{_shape(name, value, row)} in row {row}.",
                remedy="Pad or cut them to one shape before.",
                column=name,
                row=row,
            )
    return np.asarray(values)


def _foreign(name: str, values: object) -> Array:
    try:
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:
        raise SourceError(
            f"Column '{name}' can't be read as an array: {error}",
            remedy="Give an array, or a list of values.",
            column=name,
        ) from error


def _shape(name: str, value: Any, row: int) -> tuple[int, ...]:
    try:
        return () if isinstance(value, str | bytes) else np.shape(value)
    except ValueError as error:  # lists of different lengths inside
        raise _refused(name, f"has a list of lists of different lengths in row {row}") from error


def unmasked(values: np.ma.MaskedArray[Any, Any]) -> Array:
    """A masked array as an object array, with `None` where it is masked.

    >>> unmasked(np.ma.masked_array([1, 2], mask=[False, True]))
    array([1, None], dtype=object)
    """
    return without(np.ma.getdata(values).astype(object), np.ma.getmaskarray(values))


def _of_typed(name: str, array: Array) -> tuple[Column, Array]:
    shape = array.shape[1:]
    match array.dtype.kind:
        case "M":
            return (
                Column(name, "float64", shape, "datetime", nullable=bool(np.isnat(array).any())),
                times.from_datetime64(array),
            )
        case "U" | "T":
            return _of_objects(name, array.astype(object))
        case "f" | "i" | "u" | "b" if array.dtype.name in _NATIVE:
            native = array.astype(array.dtype.newbyteorder("="), copy=False)
            return Column(name, dtype_of(native), shape, _KINDS[array.dtype.kind]), native
        case _:
            raise _refused(name, f"is of NumPy dtype {array.dtype}")


_NATIVE = frozenset(
    {f"{kind}int{bits}" for kind in ("", "u") for bits in (8, 16, 32, 64)}
    | {"float16", "float32", "float64", "bool"}
)


def _of_objects(name: str, array: Array) -> tuple[Column, Array]:
    flat = array.reshape(-1)
    gaps = np.fromiter(map(missing, flat.tolist()), dtype=bool, count=flat.size)
    kind = _kind(name, flat, gaps, math.prod(array.shape[1:]))
    dtype, converted = _converted(name, kind, flat, gaps)
    column = Column(name, dtype, array.shape[1:], kind, nullable=bool(gaps.any()))
    return column, converted.reshape(array.shape)


def missing(value: Any) -> bool:
    """Whether a Python value stands for no value: `None`, NaN, NaT, a data frame's NA.

    >>> missing(None), missing(float("nan")), missing(""), missing(0)
    (True, True, False, False)
    """
    if value is None:
        return True
    if isinstance(value, float | np.floating):
        return bool(value != value)  # noqa: PLR0124 - only NaN differs from itself
    if isinstance(value, np.datetime64):
        return bool(np.isnat(value))
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    return type(value).__name__ in {"NAType", "NaTType"}


def _kind(name: str, flat: Array, gaps: Array, entries: int) -> Kind:
    values = flat[~gaps]
    types = set(map(type, values.tolist()))
    kinds = {_kind_of(kind) for kind in types} or {"number"}
    if kinds == {"integer", "number"}:
        return "number"
    if len(kinds) > 1 or None in kinds:
        place = _odd_place(flat, gaps)
        row = place // max(entries, 1)
        raise _refused(
            name, f"holds {_listed(types)}, such as {flat[place]!r} in row {row}", row=row
        )
    kind: Kind = next(iter(kinds - {None}))  # type: ignore[arg-type]  # None was refused above
    return kind


def _kind_of(kind: type) -> Kind | None:
    if issubclass(kind, bool | np.bool_):
        return "boolean"
    if issubclass(kind, str):
        return "string"
    if issubclass(kind, _DATES):
        return "datetime"
    if issubclass(kind, int | np.integer):
        return "integer"
    return "number" if issubclass(kind, _NUMBERS) else None


def _odd_place(flat: Array, gaps: Array) -> int:
    """Where the first value stands that is of the rarest kind."""
    places = np.flatnonzero(~gaps).tolist()
    kinds = [_kind_of(type(flat[place])) for place in places]
    often = collections.Counter(kinds)
    return int(min(zip(places, kinds, strict=True), key=lambda at: (often[at[1]], at[0]))[0])


def _listed(types: Iterable[type]) -> str:
    return ", ".join(sorted(kind.__name__ for kind in types))


def _converted(name: str, kind: Kind, flat: Array, gaps: Array) -> tuple[DType, Array]:
    match kind:
        case "string":
            return "string", without(flat, gaps)
        case "datetime":
            seconds = [np.nan if gap else times.from_object(v) for v, gap in _pairs(flat, gaps)]
            return "float64", np.array(seconds, dtype=np.float64)
        case "boolean" | "integer" if not gaps.any():
            dtype: DType = "bool" if kind == "boolean" else "int64"
            return dtype, _whole(name, flat, dtype)
        case _:
            _refuse_inexact(name, flat, kind)
            return "float64", _floats(name, flat, gaps)


def _floats(name: str, flat: Array, gaps: Array) -> Array:
    try:
        floats = [np.nan if gap else float(v) for v, gap in _pairs(flat, gaps)]
    except OverflowError as error:
        raise _refused(name, "holds an integer beyond the range of float64") from error
    return np.array(floats, dtype=np.float64)


def without(values: Array, gaps: Array) -> Array:
    """An object array with `None` where the mask `gaps` holds."""
    cleaned = values.copy()
    cleaned[gaps] = None
    return cleaned


def _pairs(flat: Array, gaps: Array) -> Iterable[tuple[Any, bool]]:
    return zip(flat.tolist(), gaps.tolist(), strict=True)


def _whole(name: str, flat: Array, dtype: DType) -> Array:
    try:
        return flat.astype(numpy_dtype(dtype))
    except OverflowError as error:
        raise _refused(name, "holds an integer beyond 64 bits") from error


def _refuse_inexact(name: str, flat: Array, kind: Kind) -> None:
    if kind != "integer":
        return
    for row, value in enumerate(flat.tolist()):
        if not missing(value) and abs(value) > EXACT:
            raise inexact(name, row, value)


def inexact(name: str, row: int | None, value: object) -> SourceError:
    """The error for an integer that float64 can't hold, in a column with missing values."""
    return SourceError(
        f"Column '{name}' has missing values or fractions, so it is read as float64, which can't "
        f"hold {value}{'' if row is None else f' (row {row})'} exactly.",
        remedy="Store it as text if it is an identifier, or fill the missing values before.",
        column=name,
        row=row,
        value=str(value),
    )


def _refused(name: str, what: str, **details: object) -> SourceError:
    return SourceError(
        f"Column '{name}' {what}, which is no type of a column.",
        remedy="Give numbers, booleans, text or dates, one kind a column, or leave it out.",
        column=name,
        **details,
    )
