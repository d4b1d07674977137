"""SG308: a logarithm was taken before it got here, of one column or of all that have one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence._shape import FEW
from samescale.evidence.changes import Change, gains, roughly, trusted
from samescale.evidence.hypotheses._one_column import one_column, undo_of
from samescale.evidence.hypotheses._whole import changed
from samescale.evidence.hypotheses.base import Candidate, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

LOG1P: Final = Change("log1p", math.log(0.45), kind="expm1")
LOG: Final = Change("log", math.log(0.45), kind="exp")
LOG10: Final = Change("log10", math.log(0.1), kind="exp10")


@final
class LogApplied(Hypothesis):
    """`log1p(u)`, `log(u)` or `log10(u)` arrives for u."""

    mistake: ClassVar[str] = "log-applied"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """Of one column, and of all that have logarithms."""
        able = np.flatnonzero((reference.densities.distinct > FEW) & (reference.low >= 0))
        if not len(able):
            return
        yield "one column", changed(right, reference, int(random.choice(able)), np.log1p)
        if len(able) > 1:
            for place in able.tolist():
                right = changed(right, reference, place, np.log1p)
            yield "all columns", right

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """The likeliest columns, and all together."""
        continuous = arrived.densities.distinct > FEW
        able = continuous & (arrived.low >= 0)
        yield from one_column(arrived, self.mistake, (LOG1P, LOG, LOG10), able, math.log(0.08))
        yield from self._all(arrived, able, LOG1P)
        yield from self._all(arrived, continuous & (arrived.low > 0), LOG)

    def _all(self, arrived: Arrived, mask: Array, change: Change) -> Iterator[Candidate]:
        right, known = change.back(arrived.raw, arrived.tolerance)
        parts = gains(arrived, [change], slice(None))
        values, relation, spared = (part[0].sum(axis=0) for part in parts)
        own = trusted(roughly(values, spared), relation, len(arrived.raw))
        # A caller takes logarithms of the skewed ones, or of all: each column by itself, even odds.
        chosen = mask & (own > 0)
        if chosen.sum() < 2:  # noqa: PLR2004 - of one alone, there is a candidate already
            return
        right = np.where(chosen, right, arrived.raw)
        gain = arrived.gain(right, np.where(chosen, known, arrived.tolerance)).sum()
        places = tuple(np.flatnonzero(chosen).tolist())
        undo = {place: undo_of(change, place, arrived) for place in places}
        prior = math.log(0.03) - math.log(2.0) * min(4, mask.sum())
        yield Candidate(self.mistake, places, float(gain), prior, change.detail, undo)
