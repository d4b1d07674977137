"""SG311: one column holds the same value in every row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence._shape import FEW
from samescale.evidence.changes import trusted, unknown
from samescale.evidence.hypotheses.base import Candidate, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

MOVED: Final = 4.0
"""Nats against a usual value that has moved."""

ALONE: Final = 6.0
"""Nats that relations may add where one row is all there is."""

MANY: Final = 0.3
"""Such a share of other columns collapsed makes a burst."""

ALIKE: Final = 0.35
"""Columns whose scores spread by less than this are collapsed: rows of one user, site or hour."""


@final
class StuckColumn(Hypothesis):
    """A dead feed: 0, or the last value that came, whatever the row."""

    mistake: ClassVar[str] = "stuck-column"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """At a value of its own, and at 0."""
        able = np.flatnonzero(reference.densities.distinct > FEW)
        if len(able):
            place = int(random.choice(able))
            for text, value in (("its last value", right[0, place]), ("0", 0.0)):
                arrived = right.copy()
                arrived[:, place] = value
                yield text, arrived

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """Each continuous column that doesn't vary, where others do."""
        able = arrived.densities.distinct > FEW
        # 0 as the caller sends it: a feed dies behind a scaler as well.
        first = arrived.values[0]
        with np.errstate(all="ignore"):
            same = (arrived.values == first).all(axis=0) & able & ~np.isnan(first)
        if not same.any() or self._burst(arrived, same, able):
            return
        own = self._gains(arrived)
        for place in np.flatnonzero(same):
            value = float(first[place])
            at_end = abs(arrived.raw[0, place] - arrived.low[place]) <= arrived.tolerance[0, place]
            if value and (len(arrived.values) == 1 or (at_end and arrived.low[place])):
                continue  # one row can't tell; at the least value a clip is as likely
            known = float(arrived.mass[0, place]) if value else -math.inf
            prior = math.log(0.3 / able.sum())
            if len(arrived.values) == 1 and arrived.densities.had_missing[place]:
                prior -= 4.0  # 0 for missing is far more common
            chance = np.logaddexp(known, math.log(0.4)) if not value else known
            gain = float(own[place] + chance)
            yield Candidate(
                self.mistake,
                (int(place),),
                gain,
                prior,
                f"{value:g}",
                lone=self._unless_moved(arrived, int(place)),
                free=(gain, math.inf),
            )

    def _unless_moved(self, arrived: Arrived, place: int) -> float:
        """The most it may gain: a column that nearly always holds one value may hold another."""
        usual = arrived.densities.atom_shares[place].max(initial=1e-9)
        rows = len(arrived.raw)
        return math.inf if rows == 1 else float(MOVED - rows * math.log(usual))

    def _gains(self, arrived: Arrived) -> np.ndarray:
        """Log 1 / the chance of what is there, given the other columns, (d,)."""
        relation = unknown(arrived).sum(axis=0)
        own = -arrived.mass.sum(axis=0)
        # A 0 that training never held is trusted more than another odd value.
        alone = len(arrived.raw) == 1
        return (
            own + np.minimum(relation, ALONE) if alone else trusted(own, relation, len(arrived.raw))
        )

    def _burst(self, arrived: Arrived, same: np.ndarray, able: np.ndarray) -> bool:
        """Whether the other columns hardly vary either."""
        if len(arrived.values) == 1:
            return False
        others = ~same & (arrived.densities.distinct > 2)  # noqa: PLR2004 - flags repeat
        others = others if others.any() else ~same
        if not others.any():
            return True
        spread = arrived.scores[:, others].std(axis=0)
        return bool(
            (spread < ALIKE).mean() > MANY or (same & able).sum() > max(1, 0.2 * able.sum())
        )
