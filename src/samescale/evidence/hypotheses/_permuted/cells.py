"""What every column that arrived would be in every other column's place.

An arrangement is an array `source`: column k's values are those that arrived in column
`source[k]`. Hence all arrangements are sums over one tensor.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

if TYPE_CHECKING:
    from samescale.evidence.copula import Copula
    from samescale.evidence.density import Densities
    from samescale.ir.types import Array

ROUND: Final = -3.0
"""log of the share of values, in any column, that are rounder than its lattice asks."""

FINEST: Final = 1e-12  # no window is smaller


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """Sees numbers as values of columns.

    Attributes:
        densities: Of d columns.
        mean: What callers subtract from each, (d,); 0 where they send raw.
        deviation: By what they divide; 1 where they send raw.
        exact: How exactly a number is known, relative to its size.
    """

    densities: Densities
    mean: Array
    deviation: Array
    exact: float

    def only(self, columns: Array) -> Self:
        """For some of the columns."""
        return dc.replace(
            self,
            densities=self.densities.only(columns),
            mean=self.mean[columns],
            deviation=self.deviation[columns],
        )

    def seen(self, values: Array) -> tuple[Array, Array]:
        """Log chances and scores of what arrived, shape (…, d) or (…, 1), in each column.

        Every column's window is as wide as that of the number: how exactly it is known doesn't
        depend on the column that it is taken for. Any column holds, now and then, a value that is
        rounder than its lattice asks.
        """
        if not self.mean.any() and (self.deviation == 1).all():
            raw, tolerance = values, self.exact * np.abs(values)
        else:
            raw = values * self.deviation + self.mean
            size = np.maximum(np.abs(values), 1.0)
            tolerance = self.exact * (size * self.deviation + np.abs(self.mean))
        # Raw numbers are as round in every column: found once, before they are spread over all.
        step = np.log(roundness(raw, tolerance)) + ROUND
        shape = np.broadcast_shapes(values.shape, self.mean.shape)
        raw, tolerance = np.broadcast_to(raw, shape), np.broadcast_to(tolerance, shape)
        mass, scores = self.densities.look(raw, tolerance)
        return np.fmax(mass, self.densities.log_density(raw) + step), scores


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows, and each of their cells seen as each column's.

    Attributes:
        mass: log of the chance of what arrived in column j as a value of column k, (n, j, k).
        scores: Its normal score there, 0 where it is missing.
        copula: Of the training.
    """

    mass: Array
    scores: Array
    copula: Copula

    @classmethod
    def of(cls, lens: Lens, copula: Copula, values: Array) -> Self:
        """The cells of rows that arrived, (n, d)."""
        mass, scores = lens.seen(values[:, :, None])
        return cls(mass, np.nan_to_num(scores), copula)

    def arranged(self, source: Array) -> Self:
        """The same rows as if `source` were how they arrived."""
        return dc.replace(self, mass=self.mass[:, source], scores=self.scores[:, source])

    def gains(self, sources: Array) -> Array:
        """For arrangements (c, d), log of how much likelier all rows are, (c,)."""
        places = np.arange(sources.shape[1])
        every = np.concatenate([places[None], sources])
        mass = self.mass[:, every, places].sum(axis=-1)
        scores = self.scores[:, every, places]
        bound = ((scores @ self.copula.precision) * scores).sum(axis=-1)
        total = (mass + self.copula.of_forms(bound, (scores * scores).sum(axis=-1))).sum(axis=0)
        return np.asarray(total[1:] - total[0])


def roundness(raw: Array, tolerance: Array) -> Array:
    """The greatest power of ten, 10⁻⁴ to 10⁴, that a value is a multiple of; else its window."""
    step = np.where(np.isfinite(raw), np.maximum(2 * tolerance, FINEST), FINEST)
    for power in range(-4, 5):
        tick = 10.0**power
        with np.errstate(all="ignore"):
            hit = np.abs(raw - np.round(raw / tick) * tick) <= tolerance
        step = np.where(hit, np.maximum(tick, step), step)
    return np.asarray(step)
