"""SG309: raw values where training held their logarithms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence._shape import FEW
from samescale.evidence.changes import Change
from samescale.evidence.hypotheses._one_column import one_column
from samescale.evidence.hypotheses._whole import changed
from samescale.evidence.hypotheses.base import Candidate, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

CHANGES: Final = (
    Change("the log is missing", math.log(0.5), kind="log"),
    Change("the log1p is missing", math.log(0.5), kind="log1p"),
)
MOST: Final = 25.0
"""A column of greater values holds no logarithms: e²⁵ is 72 billion."""


@final
class LogMissing(Hypothesis):
    """`u` arrives for `log(u)` or `log1p(u)`."""

    mistake: ClassVar[str] = "log-missing"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """The exponential of a column."""
        able = np.flatnonzero(_able(reference.densities.distinct, reference.high))
        if len(able):
            yield "", changed(right, reference, int(random.choice(able)), np.exp)

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """The likeliest columns."""
        able = _able(arrived.densities.distinct, arrived.high)
        able &= np.nan_to_num(np.nanmin(arrived.raw, axis=0, initial=np.inf), nan=-1.0) > 0
        yield from one_column(arrived, self.mistake, CHANGES, able, math.log(0.002))


def _able(distinct: Array, high: Array) -> Array:
    return np.asarray((distinct > FEW) & (high <= MOST))
