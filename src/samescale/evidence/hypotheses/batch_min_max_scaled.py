"""SG305: scaled to 0…1 by the extent of the batch itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.hypotheses._batch_statistics import (
    CAP,
    Columns,
    scaled_by_training,
    zeros,
)
from samescale.evidence.hypotheses.base import Candidate, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

PRIOR: Final = math.log(0.05)
SHARE: Final = 0.95
SAME: Final = 3.0
"""Nats by which it has to be likelier than training's extent."""

FLAG: Final = 2
"""A column of so many values is a flag, which has its extremes in most batches anyhow."""

EXACT: Final = 2e-6
"""How near to 1 the greatest value is: a float32 division, a small number in the denominator."""


@final
class BatchMinMaxScaled(Hypothesis):
    """Each column is `(x - min(batch)) / (max(batch) - min(batch))`: from 0 to 1 exactly.

    By training's extent a batch reaches 0 and 1 only in columns whose extremes are common; the
    chance that it does so in all of them tells the two apart.
    """

    mistake: ClassVar[str] = "batch-min-max-scaled"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """As NumPy does it, missing values left alone."""
        low, high = np.fmin.reduce(right, axis=0), np.fmax.reduce(right, axis=0)
        yield "", (right - low) / np.where(high > low, high - low, 1.0)

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """One, where the extremes are exact; zeros are told as a standardised batch of one."""
        columns = Columns.of(arrived.everything)
        if not columns.varies.any() or zeros(arrived) is not None or not _exact(arrived, columns):
            return
        width = len(columns.count)
        by_chance = -_reached(arrived, columns, np.zeros(width), np.ones(width))
        shift, scale = arrived.scaled
        by_training = -_reached(
            arrived, columns, (arrived.low - shift) / scale, (arrived.high - shift) / scale
        )
        by_training += _beside(arrived)
        other, extent = scaled_by_training(arrived)
        own = max(by_chance, 0.0), extent + by_training, other + _exactly(arrived, columns)
        gain = max(min(CAP, own[0]), min(extent + CAP, own[1]), min(other + CAP, own[2]))
        # Where a batch would reach all of training's extremes anyhow, nothing tells the two apart,
        # and training's extent is what more callers scale by.
        if gain > extent + SAME:
            yield Candidate(self.mistake, (), gain, PRIOR, signature=True)


def _beside(arrived: Arrived) -> float:
    """Returns log of 1 / the chance that training's extent brings columns beside their lattice.

    Their batch had another extent: were it training's, they would stand on it again.
    """
    spread = arrived.high - arrived.low
    right = arrived.values * spread + arrived.low
    tolerance = arrived.exact * (np.abs(right) + 2 * np.abs(arrived.low) + spread)
    stands = arrived.densities.on_lattice(right, tolerance)
    off = (stands < 0).sum(axis=0) > (stands > 0).sum(axis=0)
    return float(-np.log(arrived.densities.beside[off]).sum())


def _exactly(arrived: Arrived, columns: Columns) -> float:
    """Returns log of 1 / the chance that another kind of scaler made 0 and 1 the extremes."""
    window = 4 * EXACT * columns.count
    told = columns.varies & (arrived.densities.distinct > FLAG)
    return float(2 * np.maximum(0, -np.log(window[told])).sum())


def _exact(arrived: Arrived, columns: Columns) -> bool:
    """Whether all columns run from 0 to 1, but for a few that were left as they are."""
    holds = (np.abs(columns.least) <= EXACT) & (np.abs(columns.greatest - 1) <= EXACT)
    within = (columns.least >= 0) & (columns.greatest <= 1) & (arrived.densities.distinct > FLAG)
    # What lies within 0…1 and doesn't reach both, or stands still above 0, was scaled by others.
    against = within & np.where(columns.varies, ~holds, columns.greatest > EXACT)
    varies = columns.varies
    return bool(not against.any() and holds[varies].sum() >= SHARE * varies.sum())


def _reached(arrived: Arrived, columns: Columns, low: Array, high: Array) -> float:
    """Returns log of the chance that honest rows have just these extremes, where they vary.

    Args:
        arrived: What arrived.
        columns: Its columns.
        low: The least value, as it would arrive honestly.
        high: The greatest.
    """
    shift, scale = arrived.scaled
    ends = np.stack([low, high]) * scale + shift
    size = np.abs(np.stack([low, high]) * scale) + np.abs(shift)
    mass, scores = arrived.densities.look(ends, arrived.exact * size + EXACT * scale)
    count = np.maximum(columns.count, 1)
    met = np.log(-np.expm1(count * np.log1p(-np.minimum(np.exp(mass), 1 - 1e-12))))
    # All others lie between: of a share that is known by the scores of both.
    below, above = _normal(scores[0]), _normal(scores[1])
    whole = (ends[0] <= arrived.low) & (ends[1] >= arrived.high)
    ends_too = np.exp(mass).sum(axis=0)
    between = np.where(whole, 1.0, np.clip(above - below + ends_too, 1e-3, 1.0))
    # A batch that was picked has other shares: they count for eight rows at most.
    told = np.maximum(met.sum(axis=0), -CAP) + np.minimum(count, 8) * np.log(between)
    return float(told[columns.varies].sum())


def _normal(scores: Array) -> Array:
    return np.array([0.5 * math.erfc(-score / math.sqrt(2)) for score in scores.tolist()])
