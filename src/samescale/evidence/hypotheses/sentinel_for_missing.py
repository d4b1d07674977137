"""SG310: a number stands where training had a missing value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.changes import unknown
from samescale.evidence.hypotheses.base import Candidate, Hypothesis
from samescale.evidence.verdict import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

SENTINELS: Final = {
    0.0: 0.3, -1.0: 0.2, -999.0: 0.2, 9999.0: 0.1, -9999.0: 0.07, 999.0: 0.05, 99.0: 0.03,
    -99.0: 0.02, -9.0: 0.01, 99999.0: 0.01, 999999.0: 0.01,
}  # fmt: skip
"""What stands for a missing value, and how often."""

GONE: Final = 1.0
"""That no value is missing any more says at most so many nats a column: it may be good news."""


@final
class SentinelForMissing(Hypothesis):
    """`v` arrives where nothing should have: in all columns that had missing values, or in one."""

    mistake: ClassVar[str] = "sentinel-for-missing"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """-999 and 0, in every column that had missing values."""
        had = reference.densities.had_missing
        if had.any():
            for value in (-999.0, 0.0):
                sent = (value - reference.scaling[0]) / reference.scaling[1]
                yield f"{value:g}", np.where(had & np.isnan(right), sent, right)

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """Each value that is there, for all columns together and for each alone."""
        had, seen = arrived.densities.had_missing, ~np.isnan(arrived.raw)
        for value, share in SENTINELS.items():
            hit = np.abs(arrived.raw - value) <= arrived.tolerance + 1e-12
            if not hit.any():
                continue
            told = had & ~self._common(arrived, value)
            own = self._gains(arrived, hit & told | hit & ~had, seen)
            some = hit.any(axis=0)
            prior = math.log(0.4) + math.log(share)
            new = (value < arrived.low) | (value > arrived.high)
            prior = prior if (new & hit.any(axis=0)).any() else prior - 1.7
            together = told & (some | (own > 0))
            if (together & some).any():
                gain = float(own[together].sum())
                yield self._candidate(arrived, together & some, value, gain, prior + math.log(0.7))
            for place in np.flatnonzero(some & (told | new)):
                alone = prior + math.log(
                    0.2 / max(1, had.sum()) if had[place] else 0.005 / len(had)
                )
                yield self._candidate(
                    arrived, np.arange(len(had)) == place, value, float(own[place]), alone
                )

    def _common(self, arrived: Arrived, value: float) -> Array:
        """Where training held the value far oftener than nothing: another one proves little."""
        cells = np.full((1, len(arrived.low)), value)
        share = arrived.densities.atom_share(cells, np.full_like(cells, 1e-9))[0]
        return np.asarray(share > 5 * arrived.densities.missing)

    def _gains(self, arrived: Arrived, hit: Array, seen: Array) -> Array:
        """Each column's own gain, (d,)."""
        missing = arrived.densities.missing
        with np.errstate(all="ignore"):
            there = np.logaddexp(arrived.mass, np.log(missing)) - arrived.mass
        absence = -np.log1p(-missing)
        there = there + unknown(arrived)
        cells = np.where(hit, there, np.where(seen, np.minimum(absence, 0.0), -20.0))
        total = np.where(seen & ~hit, absence, 0.0).sum(axis=0)
        return np.asarray(cells.sum(axis=0) + np.minimum(total, GONE))

    def _candidate(
        self, arrived: Arrived, mask: Array, value: float, gain: float, prior: float
    ) -> Candidate:
        places = tuple(np.flatnonzero(mask).tolist())
        shift, factor = arrived.scaled
        undo = {p: Undo(str(p), "missing", float((value - shift[p]) / factor[p])) for p in places}
        return Candidate(self.mistake, places, gain, prior, f"{value:g}", undo)
