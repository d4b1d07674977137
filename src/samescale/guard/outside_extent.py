"""SG202: values outside what training saw."""

from __future__ import annotations

import dataclasses as dc
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Self, final

import numpy as np

from samescale.findings import Finding
from samescale.guard.base import Rule, of_rows
from samescale.guard.chance import surprise
from samescale.guard.codes import encoded
from samescale.ir.types import FLOATS, INTEGERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.guard.base import Training
    from samescale.ir.types import Array
    from samescale.profile import ColumnProfile
    from samescale.schema import Column

FAR = 2.0
"""From how many widths of the extent outside it a value weighs a `warning`, be it the only one.

Another unit is off by a hundred, a sentinel by ten; a skewed column (incomes) often goes past the
greatest of some hundred training rows by a width, honestly."""

ALARM = -math.log(1e-6)
"""Nearer values weigh a `warning` where a batch has more of them than chance gives once in a
million batches; else an `info`, for the next row of the same source lies outside the extent of n
rows with a chance of 2 / (n + 1)."""

LATER = 1.0
"""How many widths of the extent after its end a date is taken for what it is, the future of the
training: every row of tomorrow has one. A date before the start, or later still, is told."""

_MANY = 256  # rows; of more, each column is looked at by itself


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class _Extent:
    column: Column
    low: float
    high: float
    rate: float

    @property
    def top(self) -> float:
        """The greatest value that isn't told."""
        later = LATER * (self.high - self.low) if self.column.kind == "datetime" else 0.0
        return self.high + later

    def distance(self, values: Array) -> Array:
        """How far each value lies outside, in widths of the extent; 0 inside."""
        outside = np.maximum(self.low - values, values - self.high)
        width = self.high - self.low
        return outside / width if width else np.where(outside > 0, np.inf, 0.0)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class OutsideExtent(Rule):
    """Whether a number lies below the smallest or above the largest of training.

    Codes are left to the rules of their own: the distance of two codes means nothing. A date may
    follow training by as long as training lasted.
    """

    code: ClassVar[str] = "SG202"
    name: ClassVar[str] = "outside_extent"
    plain: tuple[_Extent, ...]
    tensors: tuple[_Extent, ...]
    low: Array
    high: Array

    @classmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""
        codes = {name for name, _ in encoded(training.graph)}
        measured = [c for c in training.schema.columns if c.name not in codes and not c.categories]
        found = [_extent(c, training.profile.columns.get(c.name)) for c in measured]
        extents = [extent for extent in found if extent]
        plain = tuple(extent for extent in extents if not extent.column.shape)
        tensors = tuple(extent for extent in extents if extent.column.shape)
        return cls(plain, tensors, _edges(plain, "low"), _edges(plain, "top"))

    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """The extents, where all columns are plain."""
        if self.tensors:
            return None
        return {extent.column.name: (extent.low, extent.top) for extent in self.plain}

    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """The columns that hold values outside, the farthest first."""
        suspects = (*self._suspects(columns, rows), *self.tensors)
        found = [
            one for extent in suspects for one in _finding(extent, columns[extent.column.name])
        ]
        for _, finding in sorted(found, key=lambda one: -one[0]):
            yield finding

    def _suspects(self, columns: Mapping[str, Array], rows: int) -> Sequence[_Extent]:
        if rows > _MANY:
            return [one for one in self.plain if _reaches_out(one, columns[one.column.name])]
        if not self.plain or not rows:
            return ()
        # One comparison for all plain columns: forty small ones would cost a row 50 µs.
        parts = [columns[extent.column.name] for extent in self.plain]
        block = np.concatenate(parts).reshape(len(parts), -1)
        hit = ((block < self.low) | (block > self.high)).any(axis=1)
        return [self.plain[index] for index in np.flatnonzero(hit)]


def _reaches_out(extent: _Extent, values: Array) -> bool:
    """Whether a column's least or greatest value is one that is told; NaN is neither."""
    low, high = values.min(), values.max()
    if low != low:  # noqa: PLR0124 - NaN isn't itself: both are, where one value is
        low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    return bool(low < extent.low or high > extent.top)


def _extent(column: Column, profile: ColumnProfile | None) -> _Extent | None:
    numeric = column.dtype in FLOATS | INTEGERS and column.kind != "boolean"
    if not profile or profile.minimum is None or profile.maximum is None or not numeric:
        return None
    edges = np.array([profile.minimum, profile.maximum])
    # Callers' values were rounded to the column's dtype at the door; rounding keeps order, so
    # the extent rounded alike holds every training value.
    low, high = map(float, edges.astype(column.dtype))
    return _Extent(column, low, high, min(1.0, 2 / (profile.rows + 1)))


def _edges(extents: tuple[_Extent, ...], side: str) -> Array:
    return np.array([[getattr(extent, side)] for extent in extents], np.float64).reshape(-1, 1)


def _finding(extent: _Extent, values: Array) -> Iterator[tuple[float, Finding]]:
    rows, column = len(values), extent.column
    outside = (values < extent.low) | (values > extent.top)
    if not outside.any():
        return
    hits = np.flatnonzero(outside.reshape(rows, -1).any(axis=1))
    places = np.flatnonzero(outside)
    with np.errstate(over="ignore"):  # the difference of two huge values may be infinite
        distance = extent.distance(values.ravel()[places].astype(np.float64))
    place = int(places[distance.argmax()])
    worst = values.ravel()[place].item()
    farthest, share = float(distance.max()), len(hits) / rows
    rare = share > extent.rate and surprise(len(hits), rows, extent.rate) > ALARM
    yield (
        farthest,
        Finding(
            OutsideExtent.code,
            f"Column '{column.name}' holds {_text(worst, column)}, outside the "
            f"{_text(extent.low, column)} to {_text(extent.high, column)} of training by "
            f"{farthest:.3g} times that width ({of_rows(len(hits), rows)}).",
            "Send the raw value in the unit of the training data; null where it isn't known.",
            severity="warning" if farthest > FAR or rare else "info",
            column=column.name,
            row=place * rows // values.size,
            value=_text(worst, column),
            share=share,
        ),
    )


def _text(value: float, column: Column) -> str:
    if column.kind != "datetime":
        return f"{value:.6g}"
    try:
        return datetime.fromtimestamp(value, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return f"{value:.6g} s since 1970"
