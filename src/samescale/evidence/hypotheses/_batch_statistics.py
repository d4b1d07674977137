"""What hypotheses about a batch's own statistics share: its columns, and rows of zeros."""

from __future__ import annotations

import dataclasses as dc
import warnings
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.hypotheses._whole import whole
from samescale.evidence.verdict import Undo

if TYPE_CHECKING:
    from samescale.evidence.arrived import Arrived
    from samescale.ir.types import Array

CAP: Final = 60.0
"""Nats: beyond, columns that depend on each other would be counted as if they didn't."""

_PEAK: Final = 0.4  # of the normal density, rounded up


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of a batch, as they arrived.

    Attributes:
        count: How many values are there, (d,), as all others.
        least: The least value; NaN where none is there.
        greatest: The greatest.
        mean: Their mean.
        deviation: Their population standard deviation.
        varies: Whether there are two different values.
    """

    count: Array
    least: Array
    greatest: Array
    mean: Array
    deviation: Array
    varies: Array

    @classmethod
    def of(cls, batch: Array) -> Self:
        """Those of rows (n, d)."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)  # a column that is missing altogether
            least, greatest = np.nanmin(batch, axis=0), np.nanmax(batch, axis=0)
            mean, deviation = np.nanmean(batch, axis=0), np.nanstd(batch, axis=0)
        count = np.isfinite(batch).sum(axis=0)
        return cls(count, least, greatest, mean, deviation, greatest > least)


def zeros(arrived: Arrived) -> float | None:
    """Returns log of 1 / the chance of a row of zeros under training; `None` where it is none.

    It is what a batch of one becomes, whether its own mean or its own minimum is subtracted.
    """
    there = np.isfinite(arrived.values)
    if not there.any() or arrived.values[there].any():
        return None
    chance = arrived.mass.sum(axis=1) + arrived.relation
    # Under the hypothesis a batch of one can be nothing else: this is all of the evidence.
    return float(max(0.0, -chance.max()))


def scaled_by_training(arrived: Arrived) -> tuple[float, float]:
    """What scaling by training's own numbers would gain, where something exact is seen as well.

    The batch's own mean, deviation and extent are near those of training, so that what a scaler
    of training explains, a batch's own explains too, and the exact numbers besides.

    Returns:
        The gain of z-scores, or of none where they are expected, and that of training's extent.
    """
    scale = np.where(arrived.deviation > 0, arrived.deviation, 1.0)
    spread = np.where(arrived.high > arrived.low, arrived.high - arrived.low, 1.0)
    low = np.nan_to_num(arrived.low)
    back = {place: Undo(str(place)) for place in range(len(scale))}
    found = []
    for start, factor, shift in (
        (arrived.raw, scale, arrived.mean),
        (arrived.values, np.ones_like(scale), np.zeros_like(scale)),
        (arrived.values, spread, low),
    ):
        right = start * factor + shift
        tolerance = arrived.exact * (np.abs(right - shift) + np.abs(shift))
        gains = [one.gain for one in whole(arrived, "", right, tolerance, back, 0.0)]
        found.append(max([0.0, *gains]))
    return max(found[:2]), found[2]


def near(window: Array, count: Array) -> Array:
    """The least −log of the chance that a mean of values of spread 1 falls into a window.

    Wherever the distribution is, so that drift isn't taken for a signature.
    """
    return -np.log(np.minimum(1.0, window * _PEAK * np.sqrt(count)))
