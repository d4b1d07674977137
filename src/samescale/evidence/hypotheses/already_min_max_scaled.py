"""SG302: scaled to 0…1 by the training's extent before it got here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from samescale.evidence.hypotheses._whole import whole
from samescale.evidence.hypotheses.base import Candidate, Hypothesis
from samescale.evidence.verdict import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array


@final
class AlreadyMinMaxScaled(Hypothesis):
    """`x = (u - low) / (high - low)` arrives."""

    mistake: ClassVar[str] = "already-min-max-scaled"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """By the training's extent, of what is raw."""
        shift, factor = reference.scaling
        spread = reference.high - reference.low
        low = np.nan_to_num(reference.low)
        yield "", (right * factor + shift - low) / np.where(spread > 0, spread, 1.0)

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """One for each scope that a scaler may have had."""
        spread = arrived.high - arrived.low
        spread = np.where(spread > 0, spread, 1.0)
        low = np.nan_to_num(arrived.low)
        right = arrived.values * spread + low
        tolerance = arrived.exact * (np.abs(arrived.values * spread) + np.abs(low))
        shift, factor = arrived.scaled
        undo = {
            place: Undo(
                str(place),
                "affine",
                float(spread[place] / factor[place]),
                float((low[place] - shift[place]) / factor[place]),
            )
            for place in range(len(spread))
        }
        yield from whole(arrived, self.mistake, right, tolerance, undo, math.log(0.02))
