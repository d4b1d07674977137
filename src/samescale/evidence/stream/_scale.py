"""What a table's columns are scaled by, as the hypotheses of a stream need it."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

import numpy as np

if TYPE_CHECKING:
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Facts of a training, each of shape (d,), in the raw unit.

    Attributes:
        low: The least values, NaN where there is none.
        high: The greatest.
        mean: By which values are centred when they are normalised.
        deviation: By which they are then divided.
        is_scaled: Whether callers normalise before they send; what arrives is made raw by
            `values * deviation + mean` then.
    """

    low: Array
    high: Array
    mean: Array
    deviation: Array
    is_scaled: bool = False

    @classmethod
    def of(cls, reference: Reference) -> Self:
        """The scale of a reference."""
        mean, deviation = reference.mean, reference.deviation
        if reference.is_scaled:
            mean, deviation = reference.scaling
        safe = np.where(np.isfinite(deviation) & (deviation > 0), deviation, 1.0)
        centre = np.where(np.isfinite(mean), mean, 0.0)
        return cls(reference.low, reference.high, centre, safe, reference.is_scaled)

    def raw(self, values: Array) -> Array:
        """What arrived, of shape (n, d), in the raw unit."""
        if not self.is_scaled:
            return values
        with np.errstate(all="ignore"):
            return values * self.deviation + self.mean
