"""SG303: raw values where the training's arrived normalised."""

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
class NotNormalised(Hypothesis):
    """The raw `u` arrives where `(u - mean) / deviation` is expected."""

    mistake: ClassVar[str] = "not-normalised"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """The raw values."""
        shift, factor = reference.scaling
        if reference.is_scaled:
            yield "", right * factor + shift

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """One for each scope, where callers scale."""
        shift, factor = arrived.scaled
        if not (shift.any() or (factor != 1.0).any()):
            return
        undo = {
            place: Undo(
                str(place), "affine", float(1 / factor[place]), float(-shift[place] / factor[place])
            )
            for place in range(len(shift))
        }
        tolerance = arrived.exact * np.abs(arrived.values)
        yield from whole(arrived, self.mistake, arrived.values, tolerance, undo, math.log(0.03))
