"""What is told of one column on one side: how much is missing, where it lies, how it spreads."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

TOP: Final = 12
"""So many categories are told of each side."""


@final
@dc.dataclass(frozen=True, slots=True)
class Summary:
    """One column of one side.

    Attributes:
        rows: How many rows it is of.
        missing: The share of missing values, 0…1.
        minimum: The least value; `None` of text and of nothing, as the next four.
        maximum: The greatest.
        mean: The mean.
        deviation: The population standard deviation.
        median: The median.
        distinct: How many different values were met; `None` where they weren't counted.
        shares: The shares of the values that are there in the bins of the column's scale; of text,
            those of the categories that are drawn.
        unseen: Categories that training doesn't have, each with its share of the rows, the
            commonest first; at most `TOP`.
        unseen_share: The share of rows that hold any of them.
    """

    rows: int
    missing: float
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    median: float | None = None
    distinct: int | None = None
    shares: tuple[float, ...] = ()
    unseen: tuple[tuple[str, float], ...] = ()
    unseen_share: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON, without what isn't known or no number of JSON's."""
        return {key: value for key, value in dc.asdict(self).items() if _is_told(value)}


def _is_told(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def of_numbers(values: Array, *, missing: float | None = None) -> Summary:
    """The summary of numbers, its shares still to come.

    Args:
        values: float64 of any shape; NaN is missing, an infinity is a value like any other, but
            has no part in mean and deviation.
        missing: The share of missing values, where it is known of more rows than these.

    >>> of_numbers(np.array([1.0, 3.0, np.nan, np.nan])).missing
    0.5
    """
    rows, flat = len(values), values.ravel()
    there = flat[~np.isnan(flat)]
    gone = 1 - there.size / max(flat.size, 1) if missing is None else missing
    if not there.size:
        return Summary(rows, gone, distinct=0)
    finite = there[np.isfinite(there)]
    mean, deviation = _moments(finite)
    ordered = np.sort(there)
    low, middle, high = (float(ordered[place]) for place in (0, there.size // 2, -1))
    distinct = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
    return Summary(rows, gone, low, high, mean, deviation, middle, distinct)


def _moments(finite: Array) -> tuple[float | None, float | None]:
    if not finite.size:
        return None, None
    # Divided first: squares of honest extremes leave float64.
    size = float(np.abs(finite).max()) or 1.0
    small = finite / size
    return float(small.mean()) * size, float(small.std()) * size
