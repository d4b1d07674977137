"""DateTimeFeatures: the parts of a date and of a time of day."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Literal, final, get_args

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import array, clip, const, mul, sub
from samescale.ir.verify import type_of
from samescale.statistics.extent import Extent
from samescale.transforms._arguments import alone, amounts, numbers, settle, switches
from samescale.transforms._calendar import Instant
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

Part = Literal[
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "day_of_week",
    "day_of_year",
    "hour",
    "minute",
    "second",
    "is_weekend",
    "days",
]
# The first value of a part that comes round again, and how many there are.
_CYCLES = {
    "quarter": (1, 4),
    "month": (1, 12),
    "week": (1, 53),
    "day": (1, 31),
    "day_of_week": (0, 7),
    "day_of_year": (1, 366),
    "hour": (0, 24),
    "minute": (0, 60),
    "second": (0, 60),
}
_OF_DAY = {"hour", "minute", "second"}
_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0  # 0001-01-01 00:00:00, 9999-12-31 23:59:59
_FRIDAY = 4.0
_MINUTE, _MINUTES, _FARTHEST = 60.0, 60.0, 24.0  # seconds; of an hour; hours off UTC at most
_ROUNDED = 1e-9  # minutes that a float64 of hours is off, and more
_FINE = 2.0**30  # each table entry, a float32 of at least 2**-7, is a whole number of 2**-30


@final
@dc.dataclass(frozen=True, slots=True)
class DateTimeFeatures(Transform):
    """The parts of an instant, side by side on a new last axis; nothing is fitted to the data.

    The column is dates, or numbers of seconds since 1970-01-01 UTC, of the years 1…9999 of the
    Gregorian calendar, also before 1582. A fraction of a second is cut off downwards, of
    what the column holds: float64 seconds, now 2e-7 apart; a date is never rounded up to the next
    second. All arithmetic is exact, so every target gives the same bits.

    | part | values | pandas' `dt` |
    |---|---|---|
    | `year` | 1…9999 | `year` |
    | `quarter` | 1…4 | `quarter` |
    | `month` | 1…12 | `month` |
    | `week` | 1…53, of ISO 8601 | `isocalendar().week` |
    | `day` | 1…31 | `day` |
    | `day_of_week` | 0…6, Monday is 0 | `day_of_week` |
    | `day_of_year` | 1…366 | `day_of_year` |
    | `hour`, `minute`, `second` | 0…23, 0…59, 0…59 | the same |
    | `is_weekend` | 1 on Saturday and Sunday, else 0 | |
    | `days` | days since 1970-01-01 | |

    With `cyclic` a part that comes round again becomes a point on a circle, the sine and the cosine
    of `2π (value - first) / count` with the counts 4, 12, 53, 31, 7, 366, 24, 60, 60: December is
    next to January then. They are taken from tables of float32 and so are exact, too; of numbers
    that come round (`year`, `is_weekend` and `days` don't) there are twice as many.

    A missing date is refused unless an `Impute` in front says what becomes of it. At prediction an
    instant beyond the years 1…9999 counts as the nearest one within; the guard reports it.

    Args:
        parts: Which parts, in their order.
        cyclic: Whether parts that come round again are given as sine and cosine.
        utc_offset: How many hours the clock that is read is ahead of UTC, such as 5.5 or -3, to a
            whole minute. Summer time is no offset: convert to local time before where it matters.

    Raises:
        SpecError: On an unknown or repeated part, no part, an offset that isn't one, or a column
            that is text or codes.
        DataError: On `adapt`, if a value is beyond the years 1…9999: milliseconds, for example.

    Examples:
        >>> import numpy as np
        >>> import samescale as ss
        >>> spec = ss.Spec({"when": ss.DateTimeFeatures(("year", "month", "day_of_week"))})
        >>> fitted = spec.adapt({"when": np.array(["2024-02-29", "1969-12-31"], "datetime64[s]")})
        >>> fitted.transform({"when": ["2026-01-31T12:00:00"]})["when"].tolist()
        [[2026.0, 1.0, 5.0]]
    """

    parts: tuple[Part, ...] = ("year", "month", "day", "day_of_week", "hour")
    cyclic: bool = False
    utc_offset: float = 0.0

    def __post_init__(self) -> None:
        settle(self)
        switches(self, "cyclic")
        numbers(self, "utc_offset")
        alone(self, "utc_offset")
        parts: Any = self.parts
        known = isinstance(parts, tuple) and all(part in get_args(Part) for part in parts)
        if not known or not parts or len(set(parts)) != len(parts):
            raise SpecError(
                f"DateTimeFeatures(parts={parts!r}) doesn't name parts, each once.",
                remedy=f"There are {', '.join(get_args(Part))}.",
                value=parts,
            )
        offset: float | None = self.utc_offset
        if offset is None or abs(offset) >= _FARTHEST or not _is_whole(offset * _MINUTES):
            raise SpecError(
                f"DateTimeFeatures(utc_offset={self.utc_offset!r}) is no clock's.",
                remedy="Give hours between -24 and 24, in whole minutes: 5.5 is 5 h 30 min.",
                value=self.utc_offset,
            )

    @property
    def learns(self) -> bool:
        """Always: that the values are within the calendar."""
        return True

    @property
    def compares(self) -> bool:
        """Always: a float32 holds no second of our time."""
        return True

    def entries(self, name: str) -> tuple[str, ...]:
        """What its numbers are called: `when hour`, or `when hour sin` and `when hour cos`."""
        return tuple(
            " ".join([name, part, *of])
            for part in self.parts
            for of in ((("sin",), ("cos",)) if self._turns(part) else ((),))
        )

    def needs(self, x: Node) -> dict[str, Need]:
        """The extent, to refuse what are no seconds."""
        _refuse_text(x)
        amounts(self, x)
        return {"extent": Need(Extent())}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """Whole seconds, the calendar's arithmetic, and for `cyclic` a table lookup a part."""
        _refuse_text(x)
        amounts(self, x)
        extent: Any = learned["extent"]
        for value in (*extent["min"], *extent["max"]):
            if value is not None and not _FIRST <= value < _LAST + 1:
                raise DataError(
                    f"{value} isn't the seconds of an instant of the years 1…9999.",
                    remedy="Milliseconds are to be divided by 1000; a datetime column needn't be.",
                    value=value,
                )
        wide = x if type_of(x).dtype == "float64" else nodes.Cast(x, "float64")
        # 5 h 40 min has no float64 of hours: whole minutes are what is meant.
        offset = round(self.utc_offset * _MINUTES) * _MINUTE
        local = sub(wide, -offset) if offset else wide
        instant = Instant(nodes.Floor(clip(local, _FIRST, _LAST)))
        columns = [column for part in self.parts for column in self._columns(instant, part)]
        return nodes.Concat(tuple(map(_column, columns)))

    def _turns(self, part: str) -> bool:
        return self.cyclic and part in _CYCLES

    def _columns(self, instant: Instant, part: Part) -> tuple[Node, ...]:
        if part == "is_weekend":
            weekend = nodes.Less(const(_FRIDAY, "float64"), instant.date.day_of_week)
            return (nodes.Cast(weekend, "float32"),)
        found: Node = getattr(instant if part in _OF_DAY else instant.date, part)
        if not self._turns(part):
            return (nodes.Cast(found, "float32"),)
        return _circle(found, *_CYCLES[part])


def _refuse_text(x: Node) -> None:
    if type_of(x).dtype == "string":
        raise SpecError(
            "DateTimeFeatures takes numbers of seconds, or dates, and the column is text.",
            remedy="Convert it to dates, as pandas.to_datetime does; of a CSV file, with "
            "dtypes={column: 'datetime'}.",
        )


def _is_whole(minutes: float) -> bool:
    return abs(minutes - round(minutes)) < _ROUNDED


def _circle(x: Node, first: int, count: int) -> tuple[Node, Node]:
    """The sine and the cosine of a part that has `count` values, from tables."""
    code = nodes.Bucketize(x, array(np.arange(first + 1.0, first + count), "float64"))
    angles = [2 * math.pi * place / count for place in range(count)]
    sine, cosine = (_taken(code, [of(angle) for angle in angles]) for of in (math.sin, math.cos))
    return sine, cosine


def _taken(code: Node, table: list[float]) -> Node:
    # What is 0 but for the rounding of π is 0: no other entry is below 2**-7.
    entries = [float(np.float32(0.0 if abs(entry) < 1 / _FINE else entry)) for entry in table]
    values = tuple(int(entry * _FINE) for entry in entries)
    found = nodes.Lookup(code, tuple(range(len(table))), values, 0, 0)
    return mul(nodes.Cast(found, "float32"), 1 / _FINE)


def _column(x: Node) -> Node:
    return nodes.Reshape(x, (*type_of(x).shape, 1))


CASES = (
    Case("number", DateTimeFeatures()),
    Case("number", DateTimeFeatures(get_args(Part), utc_offset=-3.5)),
    Case("number", DateTimeFeatures(get_args(Part), cyclic=True)),
    Case("amount", DateTimeFeatures(("second",), cyclic=True)),
)
