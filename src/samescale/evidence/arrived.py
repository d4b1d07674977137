"""Rows that arrived, with what every hypothesis asks of them computed once."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence._lattice import decimal_of
from samescale.evidence.density import FINEST

if TYPE_CHECKING:
    from samescale.evidence.copula import Copula
    from samescale.evidence.density import Densities
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

MOST: Final = 96
"""Of more distinct rows, an even subset is weighed: evidence is overwhelming before."""

FARTHEST: Final = 1e30

SINGLE: Final = 3e-7
DOUBLE: Final = 2e-10
"""How exactly a value is known, relative to its size: float32 after a sum or two, or float64."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """Some rows, brought to the scale of the profile.

    Attributes:
        densities: Of the training.
        copula: Of the training.
        scaled: Mean and deviation that callers scale by, each (d,); 0 and 1 where they send raw.
        low: The exact least values of training, in the profile's unit, (d,).
        high: The greatest.
        mean: The exact means.
        deviation: The exact deviations.
        everything: All rows as they arrived, float64 (rows, d), NaN where missing.
        values: Distinct rows of them, (n, d).
        raw: `values` in the profile's unit: `values * deviation + mean`.
        tolerance: How exactly each of `raw` is known, (n, d).
        mass: log of each cell's chance under training, (n, d).
        scores: Normal scores, what is missing filled by its expectation, (n, d).
        relation: log of the copula's density, (n,).
        shown: log of the step that each cell was rounded to, (n, d): its column's lattice, the
            decimals that the column shows, or how exactly it is known.
        trust: How far exchanges of two columns may be told by their likelihood, (d, d).
        shifts: The most that an honest row gains if all columns are shifted by one.
        exact: The relative exactness, `SINGLE` or `DOUBLE`.
    """

    densities: Densities
    copula: Copula
    scaled: tuple[Array, Array]
    low: Array
    high: Array
    mean: Array
    deviation: Array
    everything: Array
    values: Array
    raw: Array
    tolerance: Array
    mass: Array
    scores: Array
    relation: Array
    exact: float
    shown: Array
    trust: Array
    shifts: float

    @classmethod
    def of(cls, batch: Array, reference: Reference) -> Self:
        """What arrived, ready to be weighed.

        Args:
            batch: float64 (n, d), NaN where missing.
            reference: A Reference.
        """
        # Beyond any unit of anything; infinities too, for a float32 may have come to be one.
        batch = np.clip(batch, -FARTHEST, FARTHEST)
        values = _distinct(batch)
        densities, copula = reference.densities, reference.copula
        mean, deviation = reference.scaling
        exact = exactness(values)
        raw = values * deviation + mean
        tolerance = exact * (np.abs(values * deviation) + np.abs(mean))
        mass, scores = densities.look(raw, tolerance)
        scores = copula.filled(scores)
        return cls(
            densities, copula, (mean, deviation), reference.low, reference.high, reference.mean,
            reference.deviation, batch, values, raw, tolerance, mass, scores,
            copula.log_density(scores), exact, _shown(raw, tolerance, densities),
            reference.trust, reference.shifts,
        )  # fmt: skip

    def gain(self, right: Array, tolerance: Array) -> Array:
        """For each row, log of how much likelier it is if `right` is what should have arrived.

        Args:
            right: The right values under a hypothesis, in the profile's unit, shape (…, n, d).
            tolerance: How exactly they are known: that of what arrived through the inverse.

        Returns:
            Shape (…, n).
        """
        mass, scores = self.densities.look(right, tolerance)
        scores = np.where(np.isnan(scores), self.scores, scores)
        relation = self.copula.log_density(scores)
        return np.asarray((mass - self.mass).sum(axis=-1) + relation - self.relation)


def exactness(values: Array) -> float:
    """How exactly values are known: were they ever float32?"""
    there = values[np.isfinite(values)]
    with np.errstate(all="ignore"):
        same = there.astype(np.float32) == there
    return SINGLE if same.all() else DOUBLE


def _distinct(batch: Array) -> Array:
    if len(batch) == 1:
        return batch
    # Compared as bytes: NaN is equal to NaN, and −0 was made 0 by the sum.
    keys = np.ascontiguousarray(batch + 0.0).view(f"V{batch.shape[1] * 8}").ravel()
    first = np.sort(np.unique(keys, return_index=True)[1])
    if len(first) > MOST:
        first = first[np.linspace(0, len(first) - 1, MOST).astype(np.intp)]
    return batch[first]


def _shown(raw: Array, tolerance: Array, densities: Densities) -> Array:
    stands = densities.on_lattice(raw, tolerance)
    # Callers round what they have converted, to the decimals that they are used to.
    ticks = np.where(stands > 0, densities.tick, 0.0)
    for place in np.flatnonzero((stands < 0).any(axis=0)):
        values = raw[:, place]
        own = decimal_of(values[np.isfinite(values)])
        ticks[:, place] = np.where(stands[:, place] < 0, own, ticks[:, place])
    return np.asarray(
        np.log(np.maximum(ticks, 2 * np.maximum(tolerance, FINEST * densities.width)))
    )
