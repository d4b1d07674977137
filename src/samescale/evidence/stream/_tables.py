"""For each cell, how much likelier it is under each claim than under training."""

from __future__ import annotations

import dataclasses as dc
import functools
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.stream._cells import Cells
from samescale.evidence.stream._claims import ANY, CLAIMS, WHOLES, arrives_whole
from samescale.evidence.stream._points import masses, points_of
from samescale.native import evidence as native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samescale.evidence.density import Densities
    from samescale.evidence.stream._scale import Scale
    from samescale.ir.types import Array

UNITS: Final = 64
"""Scores are whole numbers, in this part of a nat."""

BOUNDS: Final = np.array(
    [round(nats * UNITS) for nats in (-0.5, 0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0, 8.0, 14.0)],
    np.int32,
)
"""The least score of each level but the lowest."""

LEVELS: Final = len(BOUNDS) + 1
_MIDDLE: Final = np.array([-2.0, 0.0, 0.5, 1.0, 1.5, 2.1, 3.0, 4.2, 6.5, 11.0, 16.0])
_MOST: Final = 14.0  # nats that one cell speaks for


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Scores by cell, for d columns.

    Attributes:
        cells: The cells.
        scale: Of the training.
        levels: Of each claim on a column, any of them the last, uint8 (d, cells, c).
        whole: Scores of what each column says of the claims on whole rows, int16 (d, cells, w).
        landing: How likely each level is under each claim on a column, (d, c, `LEVELS`).
        priors: Of each claim among those on its column, (d, c); 0 where it makes no sense.
        bounds: The least score of each level but the lowest, int32.
    """

    cells: Cells
    scale: Scale
    levels: Array
    whole: Array
    landing: Array
    priors: Array
    bounds: Array

    @classmethod
    def of(cls, densities: Densities, scale: Scale, *, slack: int = 0) -> Self:
        """The tables for some densities; scores within `slack` of a level reach it."""
        cells = Cells.of(densities, scale)
        columns = [_column(cells, densities, scale, j) for j in range(len(densities.centre))]
        own, whole, landing, priors = (np.stack(each) for each in zip(*columns, strict=True))
        bounds = BOUNDS - np.int32(slack)
        every = np.arange(-round(_MOST * UNITS), round(_MOST * UNITS) + 1)
        reached = np.searchsorted(bounds, every, side="right").astype(np.uint8)
        levels = reached[own.astype(np.intp) - every[0]]
        return cls(cells, scale, levels, whole, landing, priors, bounds)

    def found(self, values: Array) -> Array:
        """The cells of what arrived, float64 (n, d), NaN where missing."""
        return self.cells.find(self.scale.raw(values))

    def rows(self, found: Array) -> Array:
        """The level of each row under each hypothesis.

        Args:
            found: Cells, int32 (n, d).

        Returns:
            uint8 (n, d c + w): each column's claims, then those on whole rows.
        """
        rows = native.levels(found, self.levels, self.whole, self.bounds)
        if rows is not None:
            return rows
        own = self.levels[np.arange(found.shape[1]), found].reshape(len(found), -1)
        return np.ascontiguousarray(np.concatenate((own, self.wholes(found)), axis=1))

    def wholes(self, found: Array) -> Array:
        """The level of each row under the hypotheses on whole rows, uint8 (n, w)."""
        whole = np.zeros((len(found), self.whole.shape[2]), np.int32)
        for j, scores in enumerate(self.whole):
            whole += scores[found[:, j]]
        return np.searchsorted(self.bounds, whole, side="right").astype(np.uint8)

    def rough(self, found: Array, which: int) -> Array:
        """Roughly the score of each row under one hypothesis, in nats, shape (n,)."""
        levels = self.rows(found)[:, which]
        return _MIDDLE[levels]


def _column(
    cells: Cells, densities: Densities, scale: Scale, j: int
) -> tuple[Array, Array, Array, Array]:
    """Scores of the claims on a column and on whole rows; levels under the former; priors."""
    points = points_of(densities, j)
    ways = list(_ways(densities, scale, j))
    with np.errstate(all="ignore"):
        arrived = np.stack([np.asarray(way(points.values), np.float64) for way in ways])
    mass = masses(cells, j, cells.find_column(arrived, j), points.weights)
    base, whole, own = mass[0], mass[1 : 1 + len(WHOLES)], mass[1 + len(WHOLES) :]
    own = np.add.reduceat(own, _FIRST, axis=0) / np.diff([*_FIRST, len(own)])[:, None]
    sense = np.array([each.prior * each.makes_sense(densities, scale, j) for each in CLAIMS])
    prior = sense / max(float(sense.sum()), 1e-300)
    own = np.concatenate((own, [prior @ own if prior.any() else base]))
    scores = _quantised(np.log(own) - np.log(base))
    levels = np.searchsorted(BOUNDS, scores, side="right")
    landing = np.stack(
        [np.bincount(*pair, LEVELS) / pair[1].sum() for pair in zip(levels, own, strict=True)]
    )
    spread = _by_cell(cells, j)
    prior = np.append((1 - ANY) * prior, ANY * prior.any())
    return scores.T[spread], _quantised(np.log(whole) - np.log(base)).T[spread], landing, prior


def _ways(densities: Densities, scale: Scale, j: int) -> Iterator[Callable[[Array], Array]]:
    """What may arrive: the right values, those of the claims on whole rows, of those on columns."""
    yield np.positive
    for which in WHOLES:
        yield functools.partial(arrives_whole, which, densities, scale, j)
    for claim in CLAIMS:
        for way in range(len(claim.arrives)):
            yield functools.partial(claim.arrived, way, scale, j)


_FIRST = np.cumsum([0, *(len(claim.arrives) for claim in CLAIMS[:-1])])


def _quantised(log_ratio: Array) -> Array:
    return np.round(np.clip(log_ratio, -_MOST, _MOST) * UNITS).astype(np.int16)


def _by_cell(cells: Cells, j: int) -> Array:
    """The bin of each cell: upon the lattice, beside it, missing."""
    own = cells.bins[j]
    return np.concatenate((own, own + cells.many, [2 * cells.many]))
