"""Instants as float64 seconds since 1970-01-01T00:00 UTC, the same number from every form."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

_DAY = 86_400
_DAY_FIRST = re.compile(r"\d{4}-\d\d-\d\d")
# With the year first it is clear which is the month; `01/02/2012` is read by nobody alike.
_SLASHES = re.compile(r"(\d{4})/(\d\d)/(\d\d)(?= |$)")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NAT = np.iinfo(np.int64).min


def from_ticks(ticks: npt.NDArray[np.int64], per_second: int) -> npt.NDArray[np.float64]:
    """Seconds of whole ticks; the lowest int64 is a missing instant (NaN).

    Whole seconds and the fraction are rounded apart, so that the same instant in milliseconds and
    in nanoseconds gives the same bits.

    >>> from_ticks(np.array([1500]), 1000)
    array([1.5])
    """
    whole, fraction = np.divmod(ticks, per_second)
    seconds = _within(whole.astype(np.float64), fraction / per_second)
    return np.where(ticks == _NAT, np.nan, seconds)


def _within(whole: npt.NDArray[np.float64], fraction: Any) -> npt.NDArray[np.float64]:
    """Whole seconds and a fraction, never rounded up to the next second: the year may change there.

    >>> float(_within(np.array([1704067199.0]), 1 - 1e-9)[0])
    1704067199.9999998
    """
    seconds = whole + fraction
    return np.where(seconds >= whole + 1, np.nextafter(whole + 1, -np.inf), seconds)


def from_datetime64(values: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    """Seconds of a datetime64 array of any unit; NaT gives NaN.

    >>> from_datetime64(np.array(["1970-01-02", "NaT"], dtype="datetime64[D]"))
    array([86400.,    nan])
    """
    unit, count = np.datetime_data(values.dtype)
    if unit not in _PER_SECOND or count != 1:
        unit = "s" if unit in {"Y", "M", "W", "D", "h", "m", "s"} else "ns"
        values = values.astype(f"datetime64[{unit}]")
    return from_ticks(values.astype(np.int64), _PER_SECOND[unit])


def from_object(value: Any) -> float:
    """Seconds of one `datetime`, `date`, `datetime64` or ISO 8601 text; naive ones are UTC.

    Text may have slashes for the dashes of a day, the year first.

    Raises:
        ValueError: If a text isn't a date.
        TypeError: If it is none of these.

    >>> from_object("1970-01-02"), from_object("1970-01-01T01:00:00+01:00")
    (86400.0, 0.0)
    """
    match value:
        case str():
            return from_object(dt.datetime.fromisoformat(_iso(value)))
        case dt.datetime():
            return _of_datetime(value)
        case dt.date():
            return float((value.toordinal() - _EPOCH_DAY) * _DAY)
        case np.datetime64():
            return float(from_datetime64(np.asarray([value]))[0])
        case _:
            raise TypeError(f"{type(value).__name__} is not a date.")


def are_dates(values: Iterable[object]) -> bool:
    """Whether all of `values` are texts that name a day as people write one.

    `2024/01/31` is one too. ISO 8601 also knows `20240131`, which is more often a code, and
    `2024-W05`.

    >>> are_dates(["2024-01-31", "2024-01-31T10:00Z"]), are_dates(["20240131"]), are_dates(["x"])
    (True, False, False)
    """
    try:
        for value in values:
            if not isinstance(value, str) or not _DAY_FIRST.match(_iso(value)):
                return False
            from_object(value)
    except ValueError:
        return False
    return True


def _iso(text: str) -> str:
    return _SLASHES.sub(r"\1-\2-\3", text.strip(), count=1)


def _of_datetime(value: dt.datetime) -> float:
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    passed = value - _EPOCH
    # A data frame's own timestamp is a datetime with nanoseconds.
    nanoseconds = getattr(value, "nanosecond", 0)
    fraction = (passed.microseconds * 1000 + nanoseconds) / 10**9
    whole = np.array([passed.days * _DAY + passed.seconds], np.float64)
    return float(_within(whole, fraction)[0])
