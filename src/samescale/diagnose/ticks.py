"""Round numbers along an axis, and how a number is written."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

Map: TypeAlias = Callable[[Any], Any]
Ticks: TypeAlias = tuple[tuple[float, str], ...]

_MANY: Final = 5
_APART: Final = 0.16  # of the axis, so that labels don't touch on a phone
_PLAIN = (1e-3, 1e6)
_DIGITS: Final = 4


def number(value: float | None) -> str:
    """A number as people read it, four digits of it.

    >>> [number(one) for one in (52310.4, 0.00213, 0.0, 1e9, -999.0, None)]
    ['52,310', '0.00213', '0', '1e9', '−999', '–']
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    sign, size = "−" if value < 0 else "", abs(value)
    return sign + _positive(size)


def _positive(size: float) -> str:
    if size and not _PLAIN[0] <= size < _PLAIN[1]:
        mantissa, _, power = f"{size:.3g}".partition("e")
        return f"{mantissa}e{int(power)}" if power else mantissa
    if size >= 10 ** (_DIGITS - 1) - 0.5 or size == int(size):
        return f"{round(size):,}"
    return f"{size:.{_DIGITS}g}"


def moment(seconds: float | None) -> str:
    """A date, where it is one.

    >>> moment(86_400.0), moment(1e300), moment(None)
    ('1970-01-02', '1e300', '–')
    """
    if seconds is None:
        return "–"
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return number(seconds)


def dates(low: float, high: float) -> Ticks:
    """Dates at the ends and in the middle of a straight axis."""
    return tuple((place, moment(low + place * (high - low))) for place in (0.0, 0.5, 1.0))


def values(few: Array) -> Ticks:
    """A label for each value that is drawn by itself, as many as there is room for."""
    step = math.ceil(len(few) / (_MANY + 1)) or 1
    every = range(0, len(few), step)
    return tuple(((place + 0.5) / len(few), number(float(few[place]))) for place in every)


def linear(low: float, high: float) -> Ticks:
    """Round numbers on a straight axis.

    >>> linear(0.0, 100.0)[:2]
    ((0.0, '0'), (0.2, '20'))
    """
    width = high / 2 - low / 2
    rough = width / _MANY * 2
    if not (math.isfinite(rough) and rough > 0):
        return ((0.0, number(low)),)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((s * unit for s in (1, 2, 2.5, 5, 10) if s * unit >= rough), 10 * unit)
    first, last = math.ceil(low / step), math.floor(high / step)
    marks = [place * step for place in range(first, last + 1)][: 2 * _MANY]
    return tuple(((mark / 2 - low / 2) / width, number(mark)) for mark in marks)


def curved(low: float, high: float, there: Map) -> Ticks:
    """Powers of ten, and the axis's ends where they leave room, on a bent axis."""
    powers = [s * 10.0**p for s in (1, -1) for p in range(-12, 16)]
    start, end = float(there(low)), float(there(high))
    chosen: list[tuple[float, str]] = []
    for mark in (0.0, *sorted(powers, key=lambda one: -abs(one)), low, high):
        if low <= mark <= high:
            place = (float(there(np.float64(mark))) - start) / (end - start)
            if all(abs(place - other) >= _APART for other, _ in chosen):
                chosen.append((place, number(mark)))
    return tuple(sorted(chosen))
