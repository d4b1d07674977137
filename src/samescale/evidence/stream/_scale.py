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
        known = reference.low, reference.high, reference.mean, reference.deviation
        return cls.made(*known, reference.scaling)

    @classmethod
    def made(
        cls,
        low: Array,
        high: Array,
        mean: Array,
        deviation: Array,
        scaling: tuple[Array, Array] | Array,
    ) -> Self:
        """The scale of a reference that has these; 0 and 1 in `scaling` where callers send raw."""
        shift, factor = scaling
        is_scaled = bool(shift.any() or (factor != 1.0).any())
        if is_scaled:
            mean, deviation = shift, factor
        safe = np.where(np.isfinite(deviation) & (deviation > 0), deviation, 1.0)
        return cls(low, high, np.where(np.isfinite(mean), mean, 0.0), safe, is_scaled)

    def raw(self, values: Array) -> Array:
        """What arrived, of shape (n, d), in the raw unit."""
        if not self.is_scaled:
            return values
        with np.errstate(all="ignore"):
            return values * self.deviation + self.mean
