"""SG301: standardised with the training's own mean and deviation before it got here."""

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
class AlreadyNormalised(Hypothesis):
    """`x = (u - mean) / deviation` arrives; where z-scores are expected, they arrive so again."""

    mistake: ClassVar[str] = "already-normalised"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """With the raw mean and deviation of training, once more where callers scale."""
        scale = np.where(reference.deviation > 0, reference.deviation, 1.0)
        yield "", (right - reference.mean) / scale

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """One for each scope that a scaler may have had."""
        scale = np.where(arrived.deviation > 0, arrived.deviation, 1.0)
        right = arrived.raw * scale + arrived.mean
        tolerance = arrived.tolerance * scale + arrived.exact * np.abs(arrived.mean)
        shift, factor = arrived.scaled
        undo = {
            place: Undo(
                str(place),
                "affine",
                float(scale[place]),
                float((arrived.mean[place] + shift[place] * (scale[place] - 1)) / factor[place]),
            )
            for place in range(len(scale))
        }
        yield from whole(arrived, self.mistake, right, tolerance, undo, math.log(0.03))
