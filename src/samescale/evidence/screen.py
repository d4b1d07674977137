"""Whether rows are worth a diagnosis: one look-up a cell, microseconds a row.

A single row is worth one if a cell is rarer than nearly all of training, stands beside its
column's lattice, or if the row breaks the columns' relations. Of several rows, it is their number
that tells, the columns' mean scores and the relations of all rows together; each limit is what
training's own rows reach, so that clean traffic passes.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence._shape import FEW, GRID
from samescale.evidence.arrived import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.evidence.copula import Copula
    from samescale.evidence.density import Densities
    from samescale.ir.types import Array

RARE: Final = 0.01
"""The share of clean rows that are diagnosed for each of three reasons."""

SIGNS: Final = (0.0, -1.0, -999.0, 9999.0)
"""What most often stands for a missing value."""

MOST: Final = 256
"""Of more rows, an even subset is screened."""

_FAR = 3.3  # deviations
_STILL = 7.0  # nats against a column that stands still
_ONE = 0.5  # of a value that training never held, one is enough


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """What `fires` looks at.

    Attributes:
        centre: Of the columns' scale, with the callers' scaling in it, (d,).
        factor: 1 / its width.
        start: Of the grid, in steps.
        per_step: 1 / the grid's step.
        surprise: Nats of rank against a cell, (d * (GRID + 2),), with one beyond each end.
        scores: Normal scores, alike.
        offset: Where each column begins in them.
        lattice: 1 / the lattice's step, 0 where there is none or odd values are usual.
        scaling: The callers' mean and deviation.
        precision: Of the copula.
        limits: What training's rows reach: see `Limits`.
        usual: log of the share of each column's commonest value; 0 where it may stand still.
        signs: What stands for missing values, as callers send it, (values, d).
        known: How often each of them was met in training, or 1 where it says nothing.
    """

    centre: Array
    factor: Array
    start: Array
    per_step: Array
    surprise: Array
    scores: Array
    offset: Array
    lattice: Array
    scaling: tuple[Array, Array]
    correlation: Array
    precision: Array
    limits: Limits
    usual: Array
    signs: Array
    known: Array

    @classmethod
    def of(
        cls, densities: Densities, copula: Copula, scaling: tuple[Array, Array], limits: Limits
    ) -> Self:
        """The screen of a training."""
        width = len(densities.centre)
        surprise = np.stack([_ranks(densities, j) for j in range(width)])
        scores = np.pad(densities.grid_scores, ((0, 0), (1, 1)), mode="edge")
        tick = np.where(densities.beside < RARE, densities.tick, 0)
        shift, factor = scaling
        return cls(
            (densities.centre - shift) / factor, factor / densities.width,
            densities.start, 1 / densities.step, surprise.ravel(), scores.ravel(),
            np.arange(width) * (GRID + 2) + 1,
            np.where(tick > 0, 1 / np.where(tick > 0, tick, 1), 0),
            scaling, copula.correlation, copula.precision, limits, _usual(densities),
            (np.array(SIGNS)[:, None] - shift) / factor, _known(densities),
        )  # fmt: skip

    @classmethod
    def learn(
        cls, densities: Densities, copula: Copula, scaling: tuple[Array, Array], sample: Array
    ) -> Limits:
        """The limits that training's rows reach; `sample` as callers send it, (k, d)."""
        none = np.zeros(len(densities.centre))
        free = Limits(math.inf, 1.0, 0.0, 0.0, 1.0, len(sample), none, none + 1.0)
        found, beside, bound, z = cls.of(densities, copula, scaling, free).looked(sample[:2500])
        limit, most = (float(np.quantile(x, 1 - RARE)) for x in (found, bound))
        # Learned from the same rows: others reach a little farther.
        slack = 1.0 + 3.0 / math.sqrt(len(sample))
        found_limits = Limits(
            limit + 0.5, float(beside.mean()), float(bound.mean()),
            float(bound.std()), most * slack, len(sample),
            z.mean(axis=0), np.maximum(z.std(axis=0), 1e-3),
        )  # fmt: skip
        return Limits.from_arrays(found_limits.to_arrays())

    def fires(self, batch: Array) -> bool:
        """Whether some rows are worth a diagnosis.

        Args:
            batch: float64 (n, d), NaN where missing.
        """
        if len(batch) > MOST:
            batch = batch[:: len(batch) // MOST]
        found, beside, bound, z = self.looked(batch)
        limits, count = self.limits, len(batch)
        if count == 1:
            return bool(
                found[0] > limits.cell or bound[0] > limits.bound
                or (beside[0] and limits.beside < RARE)
            )  # fmt: skip
        return bool(
            _many((found > limits.cell).sum(), count, RARE)
            or _many((bound > limits.bound).sum(), count, RARE)
            or _many(beside.sum(), count, limits.beside)
            or abs(bound.mean() - limits.mean) > _FAR * limits.spread * self.root(count)
            or self._moved(z)
            or self._stands(batch)
        )

    def _stands(self, batch: Array) -> bool:
        """Whether a column stands still that shouldn't, or what stands for missing is common."""
        count = len(batch)
        if (self.usual * count < -_STILL).any():
            still = (batch == batch[0]).all(axis=0)
            if (still & (self.usual * count < -_STILL)).any():
                return True
        for sign, share in zip(self.signs, self.known, strict=True):
            hits = (np.abs(batch - sign) <= 1e-6 * (1 + np.abs(sign))).sum(axis=0)
            expected = share * count
            if (hits > expected + 3.2 * np.sqrt(expected) + _ONE).any():
                return True
        return False

    def standard(self, batch: Array) -> Array:
        """The scores of rows, of mean 0 and deviation 1 in training, (n, d)."""
        return (self.looked(batch)[3] - self.limits.centre) / self.limits.deviation

    def root(self, count: int) -> float:
        """How far a mean of so many scores strays, training's own error included."""
        return math.sqrt(1.0 / count + 1.0 / self.limits.sampled)

    def _moved(self, z: Array) -> bool:
        """Whether means or relations of the columns are others than training's."""
        count, width = z.shape
        root = self.root(count)
        z = (z - self.limits.centre) / self.limits.deviation
        if np.abs(z.mean(axis=0)).max() > (_FAR + 0.2 * math.log(width)) * root:
            return True
        off = np.abs(z.T @ z / count - self.correlation) - 0.15 * np.abs(self.correlation)
        most = (_FAR + 0.4 * math.log(width)) * root * 1.3
        np.fill_diagonal(off, 0.0)
        return bool(off.max() > most)

    def looked(self, batch: Array) -> tuple[Array, Array, Array, Array]:
        """Each row's rarest cell in nats, whether one is beside its lattice, z'Pz, and z."""
        batch = np.clip(batch, -FARTHEST, FARTHEST)
        with np.errstate(all="ignore"):
            y = np.arcsinh((batch - self.centre) * self.factor)
            place = (y - self.start) * self.per_step
            gone = np.isnan(place)
            at = (
                np.clip(np.where(gone, 0.0, place), -1.0, float(GRID)).astype(np.intp) + self.offset
            )
        found = self.surprise[at]
        found[gone] = 0.0
        z = self.scores[at]
        z[gone] = 0.0
        bound = np.einsum("ni,ni->n", z @ self.precision, z)
        return found.max(axis=1), self._beside(batch), bound, z

    def _beside(self, batch: Array) -> Array:
        steps = batch * self.scaling[1] + self.scaling[0] if self.scaling[0].any() else batch
        steps = steps * self.lattice
        with np.errstate(all="ignore"):
            off = np.abs(steps - np.rint(steps))
            told = off > 1e-3 + 1e-6 * np.abs(steps)
        return np.asarray(told.any(axis=1))


def _usual(densities: Densities) -> Array:
    """Log of the share of each continuous column's commonest value; 0 for categories."""
    most = densities.atom_shares.max(axis=1, initial=1e-3)
    return np.where(densities.distinct > FEW, np.log(most), 0.0)


def _known(densities: Densities) -> Array:
    """How often training held each of the signs: 1 where one more says nothing, (signs, d)."""
    cells = np.repeat(np.array(SIGNS)[:, None], len(densities.centre), axis=1)
    share = densities.atom_share(cells, np.full_like(cells, 1e-9))
    inside = (cells >= densities.least) & (cells <= densities.greatest)
    # Inside the extent a new value is one of many, unless the column had missing ones.
    return np.where(inside & ~densities.had_missing, 1.0, share)


def _many(hits: int, count: int, share: float) -> bool:
    """Whether there are more hits than a share gives by chance, once in hundreds of batches."""
    expected = share * count
    return hits > expected + 3.2 * math.sqrt(expected) + 1.5


@final
@dc.dataclass(frozen=True, slots=True)
class Limits:
    """What training's own rows reach.

    Attributes:
        cell: Nats of rank of a row's rarest cell, at the share `RARE`.
        beside: The share of rows with a value beside its column's lattice.
        mean: Of z'Pz.
        spread: Its deviation.
        bound: z'Pz at the share `RARE`.
        sampled: Of how many rows this was learned.
        centre: The columns' mean scores, (d,).
        deviation: Their deviations.
    """

    cell: float
    beside: float
    mean: float
    spread: float
    bound: float
    sampled: int
    centre: Array
    deviation: Array

    def to_arrays(self) -> dict[str, Array]:
        """As arrays."""
        one = (self.cell, self.beside, self.mean, self.spread, self.bound, self.sampled)
        each = np.stack([self.centre, self.deviation]).astype(np.float32)
        return {"limits": np.array(one, np.float64), "score_limits": each}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Of what `to_arrays` gave."""
        cell, beside, mean, spread, bound, count = arrays["limits"].tolist()
        centre, deviation = arrays["score_limits"].astype(np.float64)
        return cls(cell, beside, mean, spread, bound, int(count), centre, deviation)


def _ranks(densities: Densities, j: int) -> Array:
    """Nats of rank of a cell at each point of the grid: log 1 / the chance of one as rare."""
    log_density = densities.log_whole[j]
    share = np.exp(log_density)
    share = share / share.sum()
    order = np.argsort(log_density)
    rank = np.empty(GRID)
    rank[order] = np.cumsum(share[order])
    nats = -np.log(np.maximum(rank, 1.0 / (densities.rows + 1.0)))
    return np.pad(nats, 1, constant_values=math.inf)
