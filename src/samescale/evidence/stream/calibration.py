"""How clean rows of training score, as few enough numbers to be stored."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.density import Densities
from samescale.evidence.stream._claims import CLAIMS, WHOLES
from samescale.evidence.stream._tables import LEVELS, Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.evidence.stream._scale import Scale
    from samescale.ir.types import Array

HELD: Final = 4_800
"""More rows than these are not scored: one row carries α = 10⁻³ from 4,600 rows on."""

SLACK: Final = 4
"""In parts of a nat, as scores are."""

_LARGE: Final = 9_600  # rows, from which some are held out
_BASE: Final = 1.06
_CODED: Final = np.concatenate(([0.0], np.unique(np.ceil(_BASE ** np.arange(400.0)))))[:256]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How many rows of training reach each level under each hypothesis.

    Rows here are as new to what scores them as traffic is: what it didn't foresee counts. Of a
    large sample, some rows are held out of the densities. Of a small one, each half is scored by
    densities of the other half; all of it is scored by all of it as well, for what is common, where
    the halves stand a little aside of the whole, and the greater count is kept. Scores within
    `SLACK` of a level count for it.

    Attributes:
        rows: How many rows were scored.
        codes: Counts, rounded up to one of 256, uint8 (hypotheses, levels − 1).

    Rounding up makes a row of traffic look less rare than it is, never rarer.
    """

    rows: int
    codes: Array

    @staticmethod
    def held(count: int) -> int:
        """How many rows of a sample are held out of the densities: the last ones, or none."""
        return HELD if count >= _LARGE else 0

    @classmethod
    def new(cls, densities: Densities, held: Array, scale: Scale) -> Self:
        """The calibration of rows that the densities weren't learned from, at least one."""
        counts = _scored(densities, held, scale)
        return cls(len(held), np.searchsorted(_CODED, counts).astype(np.uint8))

    @classmethod
    def learn(cls, densities: Densities, sample: Array, scale: Scale) -> Self:
        """The calibration of a small sample.

        Args:
            densities: Of all of the sample, as they score traffic.
            sample: Raw rows of training, float64 (k, d), NaN where missing, in random order.
            scale: Of the training.
        """
        halves = (sample[0::2], sample[1::2])
        if not len(halves[1]):
            return cls(
                0,
                np.zeros((sample.shape[1] * (len(CLAIMS) + 1) + len(WHOLES), LEVELS - 1), np.uint8),
            )
        across = sum(_scored(_learned(halves[1 - own]), halves[own], scale) for own in (0, 1))
        counts = np.maximum(across, _scored(densities, sample, scale))
        return cls(len(sample), np.searchsorted(_CODED, counts).astype(np.uint8))

    def reached(self) -> Array:
        """How many rows reach each level or more, float64 (hypotheses, levels)."""
        counts = np.minimum(_CODED[self.codes], self.rows)
        everyone = np.full((len(counts), 1), float(self.rows))
        return np.ascontiguousarray(np.concatenate((everyone, counts), axis=1))

    def to_arrays(self) -> dict[str, Array]:
        """As arrays."""
        return {"rows": np.array(self.rows, np.int64), "codes": self.codes}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """From `to_arrays`."""
        return cls(int(arrays["rows"]), np.asarray(arrays["codes"], np.uint8))


def _learned(sample: Array) -> Densities:
    nothing = np.full(sample.shape[1], np.nan)
    return Densities.learn(sample, rows=len(sample), low=nothing, high=nothing)


def _scored(densities: Densities, sample: Array, scale: Scale) -> Array:
    """How many rows of a sample reach each level, by some densities."""
    tables = Tables.of(densities, scale, slack=SLACK)
    found = tables.cells.find(sample)
    every = np.arange(1, LEVELS)
    counts = []
    for j, levels in enumerate(tables.levels):
        met = np.bincount(found[:, j], minlength=len(levels))
        some = np.flatnonzero(met)
        reached = levels[some, :, None] >= every
        counts.append(np.einsum("i,ijk->jk", met[some], reached))
    whole = tables.wholes(found)
    return np.concatenate((*counts, (whole[:, :, None] >= every).sum(axis=0)))
