"""How likely values are in each column of the training: all columns in one vectorised look-up.

A column is its repeated values (atoms), the share of missing ones, and a smooth density of the
rest, on the scale `y = asinh((x - centre) / width)`, where heavy tails and other units stay on one
grid. A value's chance is that of a small window around it, `2 * tolerance` wide, so that atoms,
whole numbers and continuous columns are compared without a case of their own: a density alone is
infinite at an atom. Values of training that stand on a lattice (two decimals, whole numbers) have
the chance of their lattice point; a value beside the lattice is as rare as training says.

What lies outside the extent of m training rows has a chance of 2 / (m + 1), as exchangeability has
it, spread by a Laplace law in y, a power law in x.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, Self, final

import numpy as np

from samescale.evidence._lattice import LEVELS, level_of
from samescale.evidence._packed import PACKED, pack, unpack
from samescale.evidence._shape import GRID, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

TAIL: Final = 1.0
"""By how much y grows, outside the extent, while the chance falls by e."""

SPECIAL: Final[Mapping[float, float]] = {0.0: 3e-3, -1.0: 1e-4}
"""What an honest value that training never held tends to be, and how often."""

FINEST: Final = 1e-10
"""Of a column's width: no window is smaller."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Densities:
    """The densities of d columns, side by side.

    Attributes:
        rows: How many rows the training had.
        sampled: Of how many of them the densities were made.
        packed: What is stored of them, by name.
        centre: Of the scale, shape (d,); float64, as all others.
        width: Of the scale, above 0.
        start: y of the grid's first point.
        step: Between two points of the grid.
        low: The least value of training, in y.
        high: The greatest.
        least: The least value of training.
        greatest: The greatest.
        log_smooth: log of the density in y at the grid's points, shape (d, GRID).
        log_whole: The same, of atoms and others together: how a column that drifts is spread.
        smooth: The share of values that are no atom.
        missing: The share of missing values.
        tick: The lattice that all values of training stand on; 0 where there is none.
        beside: The share of values beside the lattice.
        atoms: Repeated values, ascending, shape (d, a); NaN behind the last.
        atom_shares: Their shares of the values that are there; 0 behind the last.
        atom_scores: Their normal scores.
        grid_scores: Normal scores at the grid's points, shape (d, GRID).
        distinct: How many different values the sample had, shape (d,).
        heap: How much oftener than by chance a value is a round one: 10ⁱ steps of the lattice,
            shape (d, LEVELS).
        heap_beyond: The same of all values, atoms too: as round is what lies outside the extent.
        shares: The shares of the bins of scores that `drift.py` counts by, shape (d, bins).
    """

    rows: int
    sampled: int
    packed: Mapping[str, Array]
    centre: Array
    width: Array
    start: Array
    step: Array
    low: Array
    high: Array
    least: Array
    greatest: Array
    log_smooth: Array
    log_whole: Array
    smooth: Array
    missing: Array
    tick: Array
    beside: Array
    atoms: Array
    atom_shares: Array
    atom_scores: Array
    grid_scores: Array
    distinct: Array
    shares: Array
    heap: Array
    heap_beyond: Array

    @classmethod
    def learn(cls, sample: Array, *, rows: int, low: Array, high: Array) -> Self:
        """The densities of a sample.

        Args:
            sample: float64 of shape (k, d), NaN where missing.
            rows: How many rows the training had.
            low: The least value of each column, NaN where there is none.
            high: The greatest.
        """
        shapes = [
            shape_of(sample[:, j], rows=rows, low=low[j], high=high[j])
            for j in range(sample.shape[1])
        ]
        return cls.from_arrays(pack(shapes), rows=rows, sampled=len(sample))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], *, rows: int, sampled: int) -> Self:
        """The densities that `_packed.pack` gave as arrays; the same whether stored or not."""
        return cls(rows, sampled, {name: arrays[name] for name in PACKED}, **unpack(arrays))

    @property
    def had_missing(self) -> Array:
        """Which columns had missing values in training, (d,)."""
        return np.asarray(self.missing > 1.0 / (self.sampled + 1.0))

    def only(self, columns: Array) -> Densities:
        """Those of some columns."""
        own: dict[str, Any] = {f.name: getattr(self, f.name) for f in dc.fields(self)}
        own |= {name: a[columns] for name, a in own.items() if isinstance(a, np.ndarray)}
        return Densities(**own)

    def smooth_look(self, values: Array) -> tuple[Array, Array]:
        """Log of the density, atoms spread over it, and scores, of values that drifted.

        Args:
            values: What they were before they drifted, shape (…, d).
        """
        y = self.to_y(values)
        with np.errstate(all="ignore"):
            found = self._log_in_y(y, self.log_whole) - self._log_slope(values)
            rank = self._between(self.grid_scores, (y - self.start) / self.step)
        found = np.maximum(np.nan_to_num(found, nan=-700.0), -700.0)
        return found, np.where(np.isnan(values), np.nan, rank)

    def to_y(self, values: Array) -> Array:
        """Values of shape (…, d) on the scale of the grid."""
        with np.errstate(all="ignore"):
            return np.arcsinh((values - self.centre) / self.width)

    def log_density(self, values: Array) -> Array:
        """Log of the smooth density in x, tails included, of values of shape (…, d)."""
        y = self.to_y(values)
        return self._log_in_y(y) - self._log_slope(values)

    def look(self, values: Array, tolerance: Array) -> tuple[Array, Array]:
        """`log_mass` and `scores` together, in one look-up.

        Args:
            values: Shape (…, d), NaN where missing.
            tolerance: Half the window, of the same shape.
        """
        y = self.to_y(values)
        share, score = self._atom(values, tolerance)
        with np.errstate(all="ignore"):
            found = self._log_in_y(y, share=self.smooth) - self._log_slope(values)
            found = found + self._log_window(values, tolerance)
            found = np.logaddexp(found, np.log(share)) if share.any() else found
            found = np.logaddexp(found, self._log_special(values, tolerance)) + np.log1p(
                -self.missing
            )
            rank = self._between(self.grid_scores, (y - self.start) / self.step)
        found = np.where(np.isnan(values), np.log(self.missing), found)
        rank = np.where(np.isnan(values), np.nan, np.where(share > 0, score, rank))
        return np.maximum(np.nan_to_num(found, nan=-700.0), -700.0), rank

    def log_mass(self, values: Array, tolerance: Array) -> Array:
        """Log of the chance that a value falls within `tolerance` of each.

        Args:
            values: Shape (…, d), NaN where missing.
            tolerance: Half the window, of the same shape: how exactly the value is known.

        Returns:
            Shape (…, d), finite.
        """
        return self.look(values, tolerance)[0]

    def scores(self, values: Array, tolerance: Array) -> Array:
        """Normal scores of values of shape (…, d), by their rank in training; NaN where missing."""
        share, score = self._atom(values, tolerance)
        with np.errstate(all="ignore"):
            rank = self._between(self.grid_scores, (self.to_y(values) - self.start) / self.step)
        return np.where(np.isnan(values), np.nan, np.where(share > 0, score, rank))

    def on_lattice(self, values: Array, tolerance: Array) -> Array:
        """Whether values stand on their column's lattice, where it is fine enough to tell.

        Returns:
            1 on it, −1 beside it, 0 where there is no lattice or the tolerance is too wide.
        """
        tick = np.where(self.tick > 0, self.tick, 1.0)
        with np.errstate(all="ignore"):
            off = np.abs(values - np.round(values / tick) * tick)
            told = (self.tick > 0) & (tolerance < tick / 8) & np.isfinite(values)
        return np.where(told, np.where(off <= tolerance, 1, -1), 0)

    def log_lattice(self, values: Array, tolerance: Array) -> Array:
        """Log of the window of each value: its lattice's step, or what its exactness leaves."""
        with np.errstate(all="ignore"):
            stands = self.on_lattice(values, tolerance) > 0
            window = np.log(2 * np.maximum(tolerance, FINEST * self.width))
            return np.where(stands, np.log(np.where(self.tick > 0, self.tick, 1.0)), window)

    def spared(self, values: Array, tolerance: Array, window: Array) -> Array:
        """What `log_mass` lacks where right values stand on no lattice, in nats.

        The caller's constants may not be ours to the last digit, 2.2 for 2.20462, and what was
        converted or measured elsewhere was rounded there. Then the right values, taken back, stand
        anywhere, and their window is the step of what arrived, taken back with them.

        Args:
            values: What should have arrived, shape (…, d).
            tolerance: How exactly it is known.
            window: log of the step of what arrived, taken back.
        """
        stands = self.on_lattice(values, tolerance)
        beside = np.where(stands < 0, np.log(self.beside), 0.0)
        used = self.log_lattice(values, tolerance) + beside
        return np.where(stands == 0, 0.0, window - used)

    def heaping(self, values: Array) -> Array:
        """How much oftener than by chance training held values as round as each."""
        tick = np.where(self.tick > 0, self.tick, 1.0)
        place = level_of(values, tick) + np.arange(len(tick)) * LEVELS
        beyond = (values < self.least) | (values > self.greatest)
        inside, outside = self.heap.ravel()[place], self.heap_beyond.ravel()[place]
        return np.where(beyond, outside, inside)

    def atom_share(self, values: Array, tolerance: Array) -> Array:
        """The share of the atom that each value is; 0 where it is none."""
        return self._atom(values, tolerance)[0]

    def _log_window(self, values: Array, tolerance: Array) -> Array:
        if not self.tick.any():
            return np.asarray(np.log(2 * np.maximum(tolerance, FINEST * self.width)))
        stands = self.on_lattice(values, tolerance)
        heap = np.log(self.heaping(values))
        side = np.where(stands > 0, heap, np.where(stands < 0, np.log(self.beside), 0.0))
        return self.log_lattice(values, tolerance) + side

    def _log_in_y(self, y: Array, table: Array | None = None, share: Array | float = 1.0) -> Array:
        place = (y - self.start) / self.step
        inside = self._between(self.log_smooth if table is None else table, place) + np.log(share)
        edge = -np.log(self.rows + 1.0) - np.log(TAIL)
        out = np.maximum(self.low - y, y - self.high)
        return np.where(out > 0, edge - out / TAIL, inside)

    def _log_slope(self, values: Array) -> Array:
        """Log dx/dy."""
        with np.errstate(all="ignore"):
            t = (values - self.centre) / self.width
            return np.log(self.width) + 0.5 * np.log1p(np.minimum(t * t, 1e300))

    def _log_special(self, values: Array, tolerance: Array) -> Array:
        found = np.full(np.shape(values), 1e-300)
        for value, share in SPECIAL.items():
            found = np.where(values == value, share / (self.rows + 1.0), found)
        # An end of the extent was met at least once.
        end = np.minimum(np.abs(values - self.least), np.abs(values - self.greatest)) <= tolerance
        return np.log(np.where(end, 1.0 / (self.sampled + 1.0), found))

    def _between(self, table: Array, place: Array) -> Array:
        place = np.clip(np.where(np.isnan(place), 0.0, place), 0.0, GRID - 1.001)
        left = place.astype(np.intp)
        part = place - left
        flat = table.ravel()
        at = left + np.arange(table.shape[0]) * GRID
        return np.asarray(flat[at] * (1 - part) + flat[at + 1] * part)

    def _atom(self, values: Array, tolerance: Array) -> tuple[Array, Array]:
        """The share and the score of the atom that each value is; 0 where it is none."""
        share, score = np.zeros(np.shape(values)), np.zeros(np.shape(values))
        for j, count in enumerate((self.atom_shares > 0).sum(axis=1).tolist()):
            if count:
                own, near = self.atoms[j, :count], values[..., j]
                after = np.minimum(np.searchsorted(own, near), count - 1)
                before = np.maximum(after - 1, 0)
                at = np.where(np.abs(near - own[before]) < np.abs(own[after] - near), before, after)
                hit = np.abs(near - own[at]) <= tolerance[..., j]
                share[..., j] = np.where(hit, self.atom_shares[j, at], 0.0)
                score[..., j] = np.where(hit, self.atom_scores[j, at], 0.0)
        return share, score
