"""Cells: each column's line cut into intervals, so that a value is one look-up.

Bins are even on the scale of the density (asinh), a few dozen inside the extent of training and as
many in the tails; each repeated value and each usual sentinel has an interval of its own, as wide
as float32 is inexact. Where training stands on a lattice, a value beside it has another cell than
one upon it, and what is missing has the last.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.native import evidence as native

if TYPE_CHECKING:
    from samescale.evidence.density import Densities
    from samescale.evidence.stream._scale import Scale
    from samescale.ir.types import Array

EXACT: Final = 3e-7
"""How exactly a value is known, relative to its size: it may have been float32."""

SENTINELS: Final = (-999.0, 9999.0, -1.0)

_EVERY: Final = 2  # points of the density's grid for one bin
_TAILS: Final = 28  # bins of a tail
_STEP: Final = 0.5  # of these, in y


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of d columns.

    Attributes:
        edges: Between two intervals, ascending, shape (d, k), +inf behind the last.
        counts: How many edges each column has, int64 (d,).
        bins: The bin that each interval lies in, int64 (d, k + 1); an atom has a number of its
            own, behind the bins.
        ticks: The lattice, 0 where there is none, (d,).
        centre: |mean| of the scaling that was undone, for how exactly a value is known, (d,).
        plain: How many bins there are; atoms are numbered from there.
        many: How many bins and atoms a column has at most.
    """

    edges: Array
    counts: Array
    bins: Array
    ticks: Array
    centre: Array
    plain: int
    many: int

    @classmethod
    def of(cls, densities: Densities, scale: Scale) -> Self:
        """The cells for some densities."""
        centre = np.abs(scale.mean) if scale.is_scaled else np.zeros(len(densities.centre))
        cut = [
            _cut(densities, j, float(scale.mean[j] * scale.is_scaled)) for j in range(len(centre))
        ]
        widest = max(len(edges) for edges, _ in cut)
        edges = np.full((len(cut), widest), np.inf)
        bins = np.zeros((len(cut), widest + 1), np.int64)
        for j, (own, owned) in enumerate(cut):
            edges[j, : len(own)] = own
            bins[j, : len(owned)] = owned
        counts = np.array([len(own) for own, _ in cut], np.int64)
        ticks = np.ascontiguousarray(densities.tick, np.float64)
        plain = _bins(densities)
        return cls(edges, counts, bins, ticks, centre, plain, int(bins.max()) + 1)

    @property
    def missing(self) -> int:
        """The cell of what is missing, the last one."""
        return 2 * int(self.bins.shape[1])

    def find(self, raw: Array) -> Array:
        """The cells of raw values.

        Args:
            raw: float64 (n, d), NaN where missing.

        Returns:
            int32 (n, d): an interval, that and the number of intervals for a value beside the
            lattice, or `missing`.
        """
        raw = np.ascontiguousarray(raw, np.float64)
        found = native.cells(raw, self.edges, self.counts, self.ticks, self.centre)
        return self.find_column(raw) if found is None else found

    def find_column(self, raw: Array, column: int | None = None) -> Array:
        """The same by NumPy; of one column where it is given, values of any shape then."""
        if column is not None:
            return self._one(raw, column)
        return np.stack([self._one(raw[:, j], j) for j in range(raw.shape[1])], axis=1)

    def _one(self, raw: Array, j: int) -> Array:
        at = np.searchsorted(self.edges[j, : self.counts[j]], raw, side="right")
        if self.ticks[j] > 0:
            with np.errstate(all="ignore"):
                tick = self.ticks[j]
                loose = EXACT * (np.abs(raw) + self.centre[j])
                off = np.abs(raw - np.rint(raw / tick) * tick)
                beside = (loose < tick / 8) & ~(off <= loose)
            at = at + np.where(beside, self.bins.shape[1], 0)
        return np.where(np.isnan(raw), self.missing, at).astype(np.int32)


def _bins(densities: Densities) -> int:
    return len(range(0, densities.log_smooth.shape[1], _EVERY)) + 2 * _TAILS + 1


def _cut(densities: Densities, j: int, mean: float) -> tuple[Array, Array]:
    """The edges of one column, and the bin of each interval between them."""
    centre, width = float(densities.centre[j]), float(densities.width[j])
    start, step = float(densities.start[j]), float(densities.step[j])
    inside = start + step * np.arange(0, densities.log_smooth.shape[1], _EVERY)
    tail = _STEP * (1 + np.arange(_TAILS))
    plain = centre + width * np.sinh(
        np.concatenate((inside[0] - tail[::-1], inside, inside[-1] + tail))
    )
    own = densities.atoms[j]
    # A mean is what arrives where callers normalise and send 0.
    atoms = np.unique(np.concatenate((own[np.isfinite(own)], (0.0, mean, *SENTINELS))))
    loose = np.maximum(1.5 * EXACT * (np.abs(atoms - mean) + abs(mean)), 1e-9 * width)
    low, high = atoms - loose, np.nextafter(atoms + loose, np.inf)
    apart = np.concatenate(([True], low[1:] > high[:-1]))
    atoms, low, high = atoms[apart], low[apart], high[apart]
    swallowed = np.searchsorted(low, plain, side="right") > np.searchsorted(
        high, plain, side="left"
    )
    edges = np.unique(np.concatenate((plain[~swallowed], low, high)))
    # An interval is told by a point within it: its lower edge, and what lies below all of them.
    within = np.concatenate(([-np.inf], edges))
    bins = np.searchsorted(plain, within, side="right")
    which = np.searchsorted(low, within, side="right") - 1
    is_atom = (which >= 0) & (within < high[np.maximum(which, 0)])
    return edges, np.where(is_atom, _bins(densities) + which, bins)
