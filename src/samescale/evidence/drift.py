"""What is no mistake: a column whose distribution moved, spread, or was picked from.

A mistake is named only where it beats these: universal inference has the best explanation of a
composite null in the denominator (Wasserman, Ramdas, Balakrishnan, PNAS 2020); here it is an
average over a prior, a Bayes factor. Two families, for each column:

* moved and stretched: `x = centre + (u - centre) * scale + shift * deviation` over a grid of both;
* reweighted: a Dirichlet prior over bins of the scores, around training, which covers selection,
  mixtures, values that come to be common, and bursts.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence._shape import EDGES
from samescale.evidence.changes import moved, trusted

if TYPE_CHECKING:
    from samescale.evidence.arrived import Arrived
    from samescale.evidence.density import Densities
    from samescale.ir.types import Array

SHIFTS: Final = np.array(
    [0.0, 0.15, -0.15, 0.35, -0.35, 0.6, -0.6, 0.9, -0.9, 1.3, -1.3, 1.8, -1.8, 2.5, -2.5]
)
SCALES: Final = np.exp(np.array([0.0, 0.12, -0.12, 0.25, -0.25, 0.4, -0.4, 0.6, -0.6, 0.85, -0.85]))
_SHIFT_PRIOR = -np.abs(SHIFTS) / 0.45
_SCALE_PRIOR = -np.abs(np.log(SCALES)) / 0.18
_PRIOR = (_SCALE_PRIOR[:, None] + _SHIFT_PRIOR[None, :]).ravel()
PRIOR: Final = _PRIOR - np.log(np.exp(_PRIOR).sum())

_STEP = np.array([-0.75, -0.4, 0.0, 0.4, 0.75])
_NEAR = np.stack(np.meshgrid(0.13 * _STEP, 0.3 * _STEP, indexing="ij"), axis=-1).reshape(-1, 2)

_DEAD = -1.5  # nats a cell where all are 0: a dead feed gives them as well
_STAYS = -0.7  # nats against a repeated value that doesn't move with the others

COST: Final = 3.5
"""Nats against any drift of a column, a priori."""

STRENGTH: Final = 4.0


def drifts(arrived: Arrived, columns: Array, *, lone: bool = False) -> Array:
    """For each of some columns, log of how much likelier drift makes it; about 0 where it doesn't.

    Args:
        arrived: What arrived.
        columns: Places, shape (c,).
        lone: Whether a value that comes again in its column counts once.

    Returns:
        Shape (c,).
    """
    if not len(columns):
        return np.zeros(0)
    drift = _Drift.of(arrived, columns, lone=lone)
    parts = np.logaddexp(drift.moved(), drift.reweighted())
    # More digits than training had, and nothing else.
    parts = np.logaddexp(parts, (drift.window * drift.weights).sum(axis=0))
    return np.asarray(np.logaddexp(math.log1p(-math.exp(-COST)), parts - COST))


def lone_weights(raw: Array) -> Array:
    """1 / how often each value comes in its column, shape (n, c)."""
    found = np.ones(raw.shape)
    for values, weights in zip(raw.T, found.T, strict=True):
        _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
        weights[:] = 1.0 / counts[which.ravel()]
    return found


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class _Drift:
    """Drift of some columns of what arrived.

    Attributes:
        arrived: What arrived.
        columns: Places, (c,).
        densities: Those of these columns.
        raw: Their values, (n, c).
        scores: Their scores.
        weights: What each cell counts for.
        window: log of each cell's chance on the lattice that its column shows, against training's:
            above 0 for values beside training's lattice, on another one of their own.
        lattice: log of the cell's window, less its mass under training.
        atom: Whether the cell holds one of training's repeated values.
        end: −1 where it holds the least value of training, 1 the greatest, else 0.
    """

    arrived: Arrived
    columns: Array
    densities: Densities
    raw: Array
    scores: Array
    weights: Array
    window: Array
    lattice: Array
    atom: Array
    end: Array

    @classmethod
    def of(cls, arrived: Arrived, columns: Array, *, lone: bool) -> Self:
        densities = arrived.densities.only(columns)
        raw, exact = arrived.raw[:, columns], arrived.tolerance[:, columns]
        shown, stands = arrived.shown[:, columns], densities.on_lattice(raw, exact)
        lattice = densities.log_lattice(raw, exact)
        window = np.where(stands < 0, shown - lattice - np.log(densities.beside), 0.0)
        lattice = np.where(stands < 0, shown, lattice)
        weights = lone_weights(raw) if lone else np.ones(raw.shape)
        scores = densities.scores(raw, exact)
        # Round numbers stay as common as they were; a drift may make them rarer.
        heap = np.log(np.maximum(densities.heaping(raw), 1.0))
        lattice += np.where(stands > 0, heap, 0.0)
        lattice += np.log1p(-densities.missing) - arrived.mass[:, columns]
        atom = densities.atom_share(raw, exact) > 0
        least, greatest = densities.least, densities.greatest
        end = (np.abs(raw - greatest) <= exact) * 1 - (np.abs(raw - least) <= exact)
        return cls(arrived, columns, densities, raw, scores, weights, window, lattice, atom, end)

    def moved(self) -> Array:
        """Moved and stretched."""
        grid = np.stack(np.meshgrid(SCALES, SHIFTS, indexing="ij"), axis=-1).reshape(-1, 1, 2)
        total = self._affine(grid) + PRIOR[:, None]
        # The best cell of the grid once more, finely.
        at = total.argmax(axis=0)
        top = grid[at, 0]
        near = top[None] + _NEAR[:, None, :]
        near[..., 0] = top[None, :, 0] * (1 + _NEAR[:, None, 0])
        best = _log_sum(self._affine(near)) - math.log(len(_NEAR)) + PRIOR[at]
        return np.asarray(np.logaddexp(_log_sum(total), best))

    def _affine(self, grid: Array) -> Array:
        """Of `x = centre + (u - centre) * scale + shift * deviation`, (g, c); grid (g, 1|c, 2)."""
        width = np.maximum(self.arrived.deviation[self.columns], 1e-300)
        scale, shift = grid[:, None, :, 0], grid[:, None, :, 1]
        centre = self.densities.centre
        right = (self.raw - centre - shift * width) / scale + centre
        mass, scores = self.densities.smooth_look(right)
        own = mass - np.log(scale) + self.lattice
        # Whatever would lie beyond an end of the extent may have been clipped to it.
        ends = np.where(self.end == 0, 0.0, np.where(self.end < 0, scores, -scores))
        clipped = -np.logaddexp(0.0, -1.702 * ends)
        clipped = clipped + np.where((self.raw == 0).all(axis=0), _DEAD, 0.0)
        clipped = np.where(self.end == 0, -np.inf, clipped - self.arrived.mass[:, self.columns])
        is_clipped = clipped > own
        own = np.maximum(own, clipped)
        # What stands in training stays where it is: only the rest moves.
        stays = self.atom & (own < _STAYS)
        relation = moved(self.arrived, scores, slice(None), self.columns)
        relation = np.where(stays | is_clipped | np.isnan(self.raw), 0.0, relation)
        own = np.where(np.isnan(self.raw), 0.0, np.where(stays, _STAYS, own))
        weights = self.weights
        own, relation = (own * weights).sum(axis=1), (relation * weights).sum(axis=1)
        return trusted(own, relation, len(self.raw))

    def reweighted(self) -> Array:
        """Another share of each bin of scores; within it, as in training."""
        y, shares = self.densities.to_y(self.raw), self.densities.shares
        out = (y < self.densities.low - 1e-9) | (y > self.densities.high + 1e-9)
        bins = len(EDGES) + 1
        place = np.where(
            np.isnan(self.scores), bins, np.searchsorted(EDGES, np.nan_to_num(self.scores))
        )
        place = np.where(out, bins + 1, place)
        counts = np.stack(
            [((place == bin_) * self.weights).sum(axis=0) for bin_ in range(bins + 2)], axis=1
        )
        found = np.full(len(shares), -np.inf)
        for strength in (STRENGTH, STRENGTH * 5):
            prior = strength * (0.85 * shares + 0.15 / shares.shape[1])
            gain = _polya(prior, counts) - (counts * np.log(shares)).sum(axis=1)
            found = np.logaddexp(found, gain - math.log(2.0))
        return np.asarray(found + (self.window * self.weights).sum(axis=0))


def _log_sum(total: Array) -> Array:
    top = total.max(axis=0)
    return np.asarray(top + np.log(np.exp(total - top).sum(axis=0)))


def _polya(prior: Array, counts: Array) -> Array:
    """Log of the Dirichlet-multinomial's chance of a sequence with these counts, by row."""
    lgamma = np.vectorize(math.lgamma, otypes=[np.float64])
    total = prior.sum(axis=1)
    cells = np.where(counts > 0, lgamma(prior + counts) - lgamma(prior), 0.0).sum(axis=1)
    return np.asarray(lgamma(total) - lgamma(total + counts.sum(axis=1)) + cells)
