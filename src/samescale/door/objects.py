"""Python objects → an array of numbers or of text, or findings."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.door import findings as found
from samescale.door import numbers
from samescale.ir.types import numpy_dtype
from samescale.sources.columns import times
from samescale.sources.columns.values import missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.door.numbers import Taken
    from samescale.door.places import Places
    from samescale.findings import Finding

_NUMBERS = (int, float)
_DIGITS = 25
_DATES = (str, dt.date, np.datetime64)
_SEQUENCES = (list, tuple, dict, set, np.ndarray)
_PLAIN = frozenset({float, int, type(None)})


def take(places: Places, shape: tuple[int, ...]) -> Taken:
    """The column's array of Python objects.

    Args:
        places: The column and the objects.
        shape: The shape of the array, rows first.
    """
    flat, types = _plain(places.flat)
    if places.column.kind == "string":
        return _text(places, flat, types, shape)
    if not types <= _PLAIN or places.column.kind in {"boolean", "datetime"}:
        wrong = _odd(places, flat)
        if wrong:
            return None, wrong
    if numpy_dtype(places.column.dtype).kind in "iu":
        return _integers(places, flat, shape)
    return _floats(places, flat, shape)


def _plain(flat: list[Any]) -> tuple[list[Any], set[type]]:
    types = set(map(type, flat))
    if any(issubclass(kind, np.generic | decimal.Decimal) for kind in types):
        flat = [_item(value) for value in flat]
        types = set(map(type, flat))
    return flat, types


def _item(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return _of_decimal(value)
    plain = isinstance(value, np.generic) and not isinstance(value, np.datetime64)
    return value.item() if plain else value


def _of_decimal(value: decimal.Decimal) -> float | int | None:
    if value.is_nan():
        return None
    # An integer of more digits than any dtype has is not worked out.
    small = value.is_finite() and abs(value.adjusted()) < _DIGITS
    return int(value) if small and value == value.to_integral_value() else float(value)


def _text(places: Places, flat: list[Any], types: set[type], shape: tuple[int, ...]) -> Taken:
    if types != {str}:
        gaps = [place for place, value in enumerate(flat) if missing(value)]
        holes = set(gaps)
        wrong = [p for p, v in enumerate(flat) if not isinstance(v, str) and p not in holes]
        if wrong:
            return None, [_mistyped(places, wrong)]
        if gaps and not places.column.nullable:
            return None, [places.gap(gaps)]
        flat = [None if place in holes else str(value) for place, value in enumerate(flat)]
    return np.fromiter(flat, dtype=object, count=len(flat)).reshape(shape), []


def _odd(places: Places, flat: list[Any]) -> list[Finding]:
    wrong = _WRONG[places.column.kind]
    bad = [place for place, value in enumerate(flat) if not missing(value) and wrong(value)]
    texts = [place for place in bad if isinstance(flat[place], str)]
    others = [place for place in bad if not isinstance(flat[place], str)]
    what = f"which is text where {found.due(places.column)} is due"
    of_text = [places.at(found.unparsable, texts, what)] if texts else []
    return of_text + ([_mistyped(places, others)] if others else [])


def _mistyped(places: Places, bad: list[int]) -> Finding:
    value = places.flat[bad[0]]
    if isinstance(value, _SEQUENCES):
        row = places.row(bad[0])
        message = f"Column '{places.column.name}' has {found.shown(value)} in row {row}."
        return found.wrong_shape(
            places.column, message, f"Send {found.due(places.column)} a row.", row
        )
    return places.at(found.wrong_type, bad, found.said(value))


def _integers(places: Places, flat: list[Any], shape: tuple[int, ...]) -> Taken:
    # By way of Python's integers, so that a float beside it doesn't round a large one.
    gaps = [place for place, value in enumerate(flat) if missing(value)]
    if gaps:
        return None, [places.gap(gaps)]
    parts = [place for place, value in enumerate(flat) if value % 1 != 0]
    if parts:
        what = "which is not whole where an integer is due"
        infinite = [place for place in parts if abs(flat[place]) == np.inf]
        if infinite:
            return None, [places.at(found.infinite, infinite)]
        return None, [places.at(found.unparsable, parts, what)]
    dtype = numpy_dtype(places.column.dtype)
    limits = np.iinfo(dtype)
    far = [place for place, value in enumerate(flat) if not limits.min <= value <= limits.max]
    if far:
        return None, [places.at(found.unparsable, far, numbers.range_of(dtype.name))]
    return np.array(list(map(int, flat)), dtype=dtype).reshape(shape), []


def _floats(places: Places, flat: list[Any], shape: tuple[int, ...]) -> Taken:
    convert = _seconds if places.column.kind == "datetime" else _float
    floats = np.empty(len(flat), dtype=np.float64)
    unread = []
    for place, value in enumerate(flat):
        try:
            floats[place] = np.nan if missing(value) else convert(value)
        except (ValueError, OverflowError):
            unread.append(place)
    if unread:
        what = f"which can't be read as {found.due(places.column)}"
        return None, [places.at(found.unparsable, unread, what)]
    return numbers.take(floats.reshape(shape), places)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond the range of floats
        return np.inf if value > 0 else -np.inf


def _seconds(value: Any) -> float:
    return _float(value) if isinstance(value, _NUMBERS) else times.from_object(value)


def _no_number(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, _NUMBERS)


def _no_boolean(value: Any) -> bool:
    return not isinstance(value, _NUMBERS)


def _no_date(value: Any) -> bool:
    return not isinstance(value, _DATES) and _no_number(value)


_WRONG: dict[str, Callable[[Any], bool]] = {
    "number": _no_number,
    "integer": _no_number,
    "boolean": _no_boolean,
    "datetime": _no_date,
}
