"""SG304: standardised with the mean and deviation of the batch itself."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.hypotheses._batch_statistics import (
    CAP,
    Columns,
    near,
    scaled_by_training,
    zeros,
)
from samescale.evidence.hypotheses.base import Candidate, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

PRIOR: Final = math.log(0.1)
SHARE: Final = 0.8
"""So many of the columns that vary bear the signature: some callers leave a few alone."""

EPSILON: Final = 1e-5
"""What callers add to a deviation or a variance before they divide, at most."""


@final
class BatchStandardised(Hypothesis):
    """Each column is `(x - mean(batch)) / std(batch)`: mean 0 and deviation 1, to the last digits.

    No honest batch has that, whatever its values and wherever it has drifted: the chance that a
    mean falls within 1e-5 deviations of 0, and the deviation as near to 1, is what counts.
    """

    mistake: ClassVar[str] = "batch-standardised"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """As NumPy does it, missing values left alone."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            mean, deviation = np.nanmean(right, axis=0), np.nanstd(right, axis=0)
        yield "", (right - mean) / np.where(deviation > 0, deviation, 1.0)

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """One, where the numbers are exact; a batch of one becomes zeros."""
        alone = zeros(arrived)
        if alone is not None:
            yield Candidate(
                self.mistake,
                (),
                alone,
                PRIOR,
                "a batch of one is nothing but zeros",
                signature=True,
            )
            return
        columns = Columns.of(arrived.everything)
        if not columns.varies.any():
            return
        gain, ddof = max(_signature(arrived, columns, ddof) for ddof in (0, 1))
        if gain > 0:
            gain = min(CAP, gain) + max(scaled_by_training(arrived))
            yield Candidate(self.mistake, (), gain, PRIOR, f"ddof {ddof}", signature=True)


def _signature(arrived: Arrived, columns: Columns, ddof: int) -> tuple[float, int]:
    """Returns log of 1 / the chance of a batch's own numbers, 0 where they aren't; and ddof."""
    count = np.maximum(columns.count, 2)
    wanted = np.sqrt((count - ddof) / count)
    spread = np.maximum(arrived.deviation, 1e-12)
    # Callers that sum in float32 lose digits where the mean is large.
    rounded = 1e-5 + 5e-7 * np.abs(arrived.mean) / spread
    near_zero = np.abs(columns.mean) <= rounded
    # `s / (s + e)`, `s / sqrt(s² + e)`: s is at least a fifth of training's.
    short = np.minimum(0.5, 5 * EPSILON / spread + 12.5 * EPSILON / spread**2)
    above = columns.deviation / wanted - 1
    near_one = (above <= 2 * rounded) & (above >= -2 * rounded - short)
    holds = near_zero & near_one & columns.varies
    flags = arrived.densities.distinct <= 2  # noqa: PLR2004
    enough = any(
        holds[among].sum() >= SHARE * max(1, among.sum())
        for among in (columns.varies, columns.varies & ~flags)
        if among.any()
    )
    if not enough:
        return 0.0, ddof
    lattice = np.where(arrived.scaled[1] == 1, arrived.densities.tick, 0.0) / count
    told = near(np.maximum(2 * rounded, lattice), count)
    told += near(4 * rounded + short, 2 * count)
    return float(told[holds].sum()), ddof
