"""The axis on which a column's training and live values are compared: common bins that suit."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias, final

import numpy as np

from samescale.diagnose import ticks

if TYPE_CHECKING:
    from samescale.ir.types import Array

Law: TypeAlias = Literal["values", "linear", "log", "wide"]

FEW: Final = 12
"""So many different values at most are drawn one by one."""

LARGEST: Final = 1e300
"""What lies beyond has no place in a picture: differences of such values leave float64."""

_BINS, _FEWEST = 48, 16
_WIDER: Final = 8.0  # than training's own middle: from there on a straight axis shows one spike
_DECADES: Final = 1.5  # less of them look better on a straight axis
_CORE: Final = (0.01, 0.99)
_WHOLE: Final = 2.0**52


@final
@dc.dataclass(frozen=True, slots=True)
class Scale:
    """How values become places.

    Attributes:
        law: `values` has one place for each value; `linear` and `log` are what they say; `wide` is
            the area sine, straight around training's median and logarithmic far from it.
        edges: The values where bins meet, ascending; of `values`, the values themselves.
        ticks: Places from 0 to 1, each with its label.
    """

    law: Law
    edges: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]

    @classmethod
    def of(cls, training: Array, *others: Array, rows: int, dates: bool = False) -> Self:
        """The scale for a column.

        Args:
            training: Values of training, float64 of shape (k,); NaN and infinities are passed over.
            others: What else is drawn, likewise.
            rows: How many rows the least of them has: few rows have few bins.
            dates: Whether they are seconds since 1970, which are labelled as dates.
        """
        own = _drawable(training)
        pooled = np.concatenate([own, *map(_drawable, others)])
        few = np.unique(pooled)
        if len(few) <= FEW and not dates:
            return cls("values", tuple(few.tolist()), ticks.values(few))
        if not few.size:
            return cls("values", (), ())
        law, start, end = _law(own if own.size else pooled, few[0], few[-1])
        law = "linear" if dates else law
        bins = int(np.clip(2 * math.sqrt(rows), _FEWEST, _BINS))
        if law == "linear":
            edges = _straight(own, few[0], few[-1], bins)
            labels = ticks.dates if dates else ticks.linear
            return cls(law, tuple(edges.tolist()), labels(edges[0], edges[-1]))
        centre, width = (0.0, 1.0) if law == "log" else (start, end)
        there, back = _maps(law, centre, width)
        # Training has but a part of such an axis, so that it needs all bins there are.
        edges = back(np.linspace(there(few[0]), there(few[-1]), _BINS + 1))
        edges[0], edges[-1] = few[0], few[-1]
        return cls(law, tuple(edges.tolist()), ticks.curved(few[0], few[-1], there))

    def shares(self, values: Array) -> tuple[float, ...]:
        """The share of the values that falls into each bin; of none, zeros. NaN is no value.

        >>> Scale("values", (0.0, 1.0), ()).shares(np.array([0.0, 1.0, 1.0, 1.0]))
        (0.25, 0.75)
        """
        there = int(np.count_nonzero(~np.isnan(values)))
        values = _drawable(values)
        if self.law == "values":
            counts = np.array([np.count_nonzero(values == one) for one in self.edges], np.float64)
        else:
            counts = np.histogram(values, np.array(self.edges))[0].astype(np.float64)
        return tuple((counts / max(there, 1)).tolist())


def _drawable(values: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return values[np.abs(values) <= LARGEST]


def _law(own: Array, low: float, high: float) -> tuple[Law, float, float]:
    """Which law, and of `wide` the centre and the unit."""
    first, middle, last = np.quantile(own, (_CORE[0], 0.5, _CORE[1])).tolist()
    core: float = last - first or float(np.ptp(own)) or max(abs(middle), 1.0)
    if not high - low > _WIDER * core:
        return "linear", 0.0, 0.0
    if low > 0 and math.log10(high / low) > _DECADES:
        return "log", 0.0, 0.0
    return "wide", middle, core / 4


def _maps(law: Law, centre: float, width: float) -> tuple[ticks.Map, ticks.Map]:
    if law == "log":
        return np.log, np.exp
    return (
        lambda values: np.arcsinh((np.asarray(values) - centre) / width),
        lambda places: np.sinh(places) * width + centre,
    )


def _straight(own: Array, low: float, high: float, bins: int) -> Array:
    """Bins of one width; of whole numbers each holds as many of them as any other."""
    whole = own.size and max(abs(low), abs(high)) < _WHOLE and (own == np.floor(own)).all()
    if not whole or high - low > _WIDER * bins:
        return np.linspace(low, high, bins + 1)
    first = math.floor(low)
    step = max(1, math.ceil((high - first + 1) / bins))
    count = math.ceil((high - first + 1) / step)
    return first - 0.5 + step * np.arange(count + 1)
