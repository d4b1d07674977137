"""The density of one column, from a sample of it."""

from __future__ import annotations

import dataclasses as dc
import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.evidence._lattice import heap_of, lattice_of

if TYPE_CHECKING:
    from samescale.ir.types import Array

GRID: Final = 129
FEW: Final = 12
"""A column of no more values is a category or a flag: callers leave it as it is, it may stand
still, and it has no unit."""

MOST_ATOMS: Final = 40
EDGES: Final = np.array(
    [-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, -0.15, 0.15, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
)
"""Between the bins of scores that drift is told by."""

SCORE: Final = 3.5
"""The greatest normal score: beyond it ranks among training rows say nothing."""

_FINE: Final = 8  # bins of the histogram for each step of the grid
_ENOUGH: Final = 512  # values that have no lattice together: others change nothing
_MANY: Final = 3  # from so often on a value of a continuous column is an atom
_NORMAL = NormalDist()


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is kept of one column; `Densities` says what most fields are.

    Attributes:
        bandwidth: Of the kernel that spreads the atoms, where they drift, in y.
    """

    centre: float
    width: float
    start: float
    step: float
    low: float
    high: float
    least: float
    greatest: float
    smooth: float
    missing: float
    tick: float
    beside: float
    distinct: float
    bandwidth: float
    log_smooth: Array
    atoms: Array
    atom_shares: Array
    shares: Array
    heap: Array
    heap_beyond: Array


def shape_of(sample: Array, *, rows: int, low: float, high: float) -> Shape:
    """The density of a column.

    Args:
        sample: float64 of shape (k,), NaN where missing.
        rows: How many rows the training had.
        low: The least value of training, NaN if there is none.
        high: The greatest.
    """
    there = sample[np.isfinite(sample)]
    missing = (len(sample) - len(there) + 0.5) / (len(sample) + 1.0)
    if not len(there):
        there = np.zeros(1)
    low = float(there.min()) if math.isnan(low) else min(low, float(there.min()))
    high = float(there.max()) if math.isnan(high) else max(high, float(there.max()))
    values, counts = np.unique(there, return_counts=True)
    tick, beside = _lattice(there, values, counts)
    centre, width = _scale(values, counts)
    ends = np.arcsinh((np.array([low, high]) - centre) / width)
    pad = 0.02 * max(ends[1] - ends[0], 0.1)
    start, step = float(ends[0] - pad), float((ends[1] - ends[0] + 2 * pad) / (GRID - 1))
    y = np.arcsinh((values - centre) / width)
    grid = _Grid(start, step, rows, 0.4 * tick / width)
    is_atom = _atoms(values, counts, tick, (y, width * np.cosh(y), grid))
    rest = counts * ~is_atom
    bandwidth = grid.bandwidth(y, counts)
    known = None if is_atom.any() else bandwidth
    alone = (rest.sum() if len(values) > MOST_ATOMS else counts[counts == 1].sum()) + 0.5
    ranks = (np.cumsum(counts) - 0.5 * counts) / len(there)
    return Shape(
        centre, width, start, step, float(ends[0]), float(ends[1]), low, high,
        float(min(1.0, alone / (len(there) + 1.0))), missing, tick, beside, float(len(values)),
        bandwidth, grid.smooth(y, rest if rest.sum() else counts, known),
        values[is_atom], counts[is_atom] / (len(there) + 1.0),
        _shares(ranks, counts, missing, rows), heap_of(values, counts * ~is_atom, tick),
        heap_of(values, counts, tick),
    )  # fmt: skip


def _lattice(there: Array, values: Array, counts: Array) -> tuple[float, float]:
    """The lattice of values in random order, which are these, so often."""
    if len(there) > 2 * _ENOUGH:
        few, met = np.unique(there[:_ENOUGH], return_counts=True)
        if not lattice_of(few, met)[0]:
            return 0.0, 1.0
    return lattice_of(values, counts)


def _scale(values: Array, counts: Array) -> tuple[float, float]:
    """The centre and the width of the scale: median and quartiles, of what is no atom."""
    # What half of the rows share says nothing of how the others spread.
    common = counts > 0.2 * counts.sum()
    kept = ~common if (~common).sum() > 1 else np.ones(len(values), bool)
    ranks = np.cumsum(counts * kept) / max(1, (counts * kept).sum())
    at = np.minimum(np.searchsorted(ranks, (0.25, 0.5, 0.75)), len(values) - 1)
    # Between two values: a value of training that was met once isn't kept.
    quartiles = (values[at] + values[np.maximum(at - 1, 0)]) / 2
    width = (quartiles[2] - quartiles[0]) / 1.349
    if width <= 0:
        width = float(values[-1] - values[0]) / 4
    # Of a constant nothing is known of how far another value would be: of its own size, say.
    return float(quartiles[1]), float(width) if width > 0 else float(abs(values[0]) or 1.0)


def _atoms(values: Array, counts: Array, tick: float, scale: tuple[Array, Array, _Grid]) -> Array:
    """Which values are met far oftener than their neighbours; never one that was met once."""
    if len(values) <= MOST_ATOMS:
        return np.asarray(counts > 1)
    if counts.max() < _MANY:
        return np.zeros(len(values), bool)
    y, slope, grid = scale
    total = counts.sum()
    even = np.minimum(counts, np.median(counts) * 3)
    log_density = np.interp(y, grid.points, grid.smooth(y, even))
    expected = np.exp(log_density) / slope * tick * total if tick else np.zeros(len(values))
    found = (counts >= _MANY) & (counts > 2.5 * expected + 2)
    if found.sum() > MOST_ATOMS:
        excess = np.where(found, counts - expected, -np.inf)
        found &= excess >= np.sort(excess)[-MOST_ATOMS]
        found &= np.cumsum(found) <= MOST_ATOMS
    return np.asarray(found)


def _shares(ranks: Array, counts: Array, missing: float, rows: int) -> Array:
    """The shares of bins of scores, of missing values, and of what lies outside the extent."""
    below = np.searchsorted(ranks, _EDGES, side="right")
    found = np.diff(np.append(0, np.cumsum(counts))[[0, *below, len(counts)]]) + 0.5
    out = 2.0 / (rows + 2.0)
    found *= (1 - missing) * (1 - out) / found.sum()
    return np.concatenate([found, [missing, out * (1 - missing)]])


@final
@dc.dataclass(frozen=True, slots=True)
class _Grid:
    """The points at which a density is kept."""

    start: float
    step: float
    rows: int
    least: float

    @property
    def points(self) -> Array:
        return self.start + self.step * np.arange(GRID)

    def bandwidth(self, y: Array, weights: Array) -> float:
        """Silverman's, but no narrower than the grid can hold, or the lattice's step."""
        total = float(weights.sum())
        mean = float((y * weights).sum()) / total
        deviation = math.sqrt(float(((y - mean) ** 2 * weights).sum()) / total)
        ranks = np.cumsum(weights) / total
        middle = y[np.minimum(np.searchsorted(ranks, (0.25, 0.75)), len(y) - 1)]
        spread = min(deviation, (middle[1] - middle[0]) / 1.349 or deviation)
        return float(max(0.9 * spread * total**-0.2, 0.75 * self.step, self.least))

    def smooth(self, y: Array, weights: Array, bandwidth: float | None = None) -> Array:
        """Log of a kernel density at the points, with a floor for what was never met."""
        fine, bins = self.step / _FINE, (GRID - 1) * _FINE + 1
        at = np.clip(np.round((y - self.start) / fine), 0, bins - 1).astype(np.intp)
        histogram = np.bincount(at, weights, bins) / weights.sum()
        width = (bandwidth or self.bandwidth(y, weights)) / fine
        # What reaches past both ends of the grid is never seen: a constant's kernel is very wide.
        reach = min(int(4 * width) + 1, bins)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
        total = kernel.sum() if reach < bins else max(kernel.sum(), width * math.sqrt(2 * math.pi))
        padded = np.convolve(histogram, kernel / total)[reach : reach + bins] / fine
        floor = 2.0 / (self.rows + 1.0)
        return np.log((1 - floor) * padded[::_FINE] + floor / (self.step * (GRID - 1)))


def score_of(ranks: Array) -> Array:
    """Normal scores of ranks in (0, 1), `SCORE` at most."""
    return np.asarray(np.clip(np.interp(ranks, _RANKS, _TABLE), -SCORE, SCORE))


_RANKS = np.linspace(0.0002, 0.9998, 5000)
_TABLE = np.array([_NORMAL.inv_cdf(float(p)) for p in _RANKS])
_EDGES = np.interp(EDGES, _TABLE, _RANKS)
