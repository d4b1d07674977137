"""Points that stand for a column's distribution, with their chances, and what becomes of them."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.evidence.density import SPECIAL, TAIL

if TYPE_CHECKING:
    from samescale.evidence.density import Densities
    from samescale.evidence.stream._cells import Cells
    from samescale.ir.types import Array

LEAST: Final = 1e-4
"""Spread over all bins: no bin is impossible under any claim."""

_LEAST_MISSING: Final = 1e-6
_FINE: Final = 2  # points for one step of the density's grid
_TAIL: Final = 0.4  # between points of the tails, in y
_TAILS: Final = 24
_KERNEL: Final = np.array([0.1, 0.2, 0.4, 0.2, 0.1])


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The distribution of one column.

    Attributes:
        values: Raw values, NaN for what is missing, shape (k,).
        weights: Their chances; they add up to 1.
    """

    values: Array
    weights: Array


def points_of(densities: Densities, j: int) -> Points:
    """The points of column j."""
    y, share = _smooth(densities, j)
    smooth = densities.centre[j] + densities.width[j] * np.sinh(y)
    share = share * densities.smooth[j]
    tick, beside = float(densities.tick[j]), float(densities.beside[j])
    there = densities.atom_shares[j] > 0
    special = np.array(list(SPECIAL.items()))
    parts = [
        (densities.atoms[j][there], densities.atom_shares[j][there]),
        (special[:, 0], special[:, 1] / (densities.rows + 1.0)),
    ]
    if tick > 0:
        parts.append((np.round(smooth / tick) * tick, share * (1 - beside)))
        parts.append((smooth[::4], share[::4] * beside * 4))
    else:
        parts.append((smooth, share))
    values = np.concatenate([part[0] for part in parts])
    weights = np.concatenate([part[1] for part in parts])
    missing = float(densities.missing[j])
    weights *= (1 - missing) / weights.sum()
    return Points(np.append(values, np.nan), np.append(weights, missing))


def _smooth(densities: Densities, j: int) -> tuple[Array, Array]:
    """Points in y, and their chances, of the smooth part and the tails."""
    log_smooth = densities.log_smooth[j]
    low, high = float(densities.low[j]), float(densities.high[j])
    y = (
        densities.start[j]
        + densities.step[j] * (np.arange((len(log_smooth) - 1) * _FINE) + 0.5) / _FINE
    )
    place = (y - densities.start[j]) / densities.step[j]
    inside = np.exp(np.interp(place, np.arange(len(log_smooth)), log_smooth))
    inside *= (y >= low - densities.step[j]) & (y <= high + densities.step[j])
    outside = 2.0 / (densities.rows + 1.0)
    inside *= (1 - outside) / inside.sum()
    beyond = _TAIL * (np.arange(_TAILS) + 0.5)
    tail = np.exp(-beyond / TAIL)
    tail *= outside / 2 / tail.sum()
    return (
        np.concatenate((low - beyond, y, high + beyond)),
        np.concatenate((tail, inside, tail)),
    )


def masses(cells: Cells, j: int, found: Array, weights: Array) -> Array:
    """The chance of each bin, upon the lattice and beside it, and of what is missing.

    Args:
        cells: The cells.
        j: The column.
        found: The cell of each point, for some ways in which they arrive, (ways, points).
        weights: The chance of each point.

    Returns:
        Shape (ways, 2 `cells.many` + 1).
    """
    ways, width, many = len(found), cells.bins.shape[1], cells.many
    gone = found == cells.missing
    beside = (found >= width) & ~gone
    at = cells.bins[j][np.where(gone, 0, found - width * beside)] + many * beside
    at = np.where(gone, 2 * many, at) + np.arange(ways)[:, None] * (2 * many + 1)
    every = np.broadcast_to(weights, at.shape).ravel()
    mass = np.bincount(at.ravel(), every, ways * (2 * many + 1)).reshape(ways, -1)
    for first in (0, many) if cells.ticks[j] > 0 else (0,):
        line = mass[:, first : first + cells.plain]
        padded = np.concatenate((line[:, 1::-1], line, line[:, :-3:-1]), axis=1)
        parts = (padded[:, k : k + cells.plain] * part for k, part in enumerate(_KERNEL))
        mass[:, first : first + cells.plain] = sum(parts)
    least = np.full(2 * many + 1, LEAST / many / (2 if cells.ticks[j] > 0 else 1))
    least[-1] = _LEAST_MISSING
    return np.asarray(mass + least, np.float64)
