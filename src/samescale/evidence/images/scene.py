"""Images that arrived, measured once for all hypotheses."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.images._measure import Sums, kinds, numbers_of, rounding_of, spaced, sums
from samescale.evidence.images._numbers import moments
from samescale.evidence.images._scale import whole

if TYPE_CHECKING:
    from samescale.evidence.images._numbers import Moments
    from samescale.evidence.images._scale import Scale
    from samescale.evidence.images.learned import Learned
    from samescale.ir.types import Array

MOST: Final = 128
"""Images that are looked at closely, evenly chosen."""

_VALUES: Final = 1 << 23  # of the images that are looked at closely: 64 MiB

PER_VALUE: Final = 2.4
"""log10 of how rarely a value lies as near a lattice as `TOLERANCE` by chance."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What hypotheses look at.

    Attributes:
        learned: What is known of training.
        rows: How many images arrived.
        images: (k, H, W, C) some of them, at most 128, float64.
        sums: Mean, deviation, least and greatest value by image and channel, of all.
        alive: (C,) which channels aren't one constant over all images.
        seen: The different values of each channel that is alive; none for the others.
        rounding: Relative, of the values.
        home: The levels of `seen`, where all are whole on training's scale.
        evidence_home: log10 for their being so, less what a comb in them costs.
        moments: Of the levels of `images`, as training's scale reads them.
        apart: How many of `images` are different, weighed by how little they resemble another.
        loose: Whether scales may be told by extent and contrast: no lattice tells one.
    """

    learned: Learned
    rows: int
    images: Array
    sums: Sums
    alive: Array
    seen: tuple[Array, ...]
    rounding: float
    home: tuple[Array, ...] | None
    evidence_home: float
    moments: Moments
    apart: float
    loose: bool = False

    @classmethod
    def of(cls, learned: Learned, batch: Array) -> Self:
        """The scene of a batch (n, H, W, C), finite, of training's shape, n ≥ 1."""
        found, rounding = sums(batch), rounding_of(batch)
        images = batch[spaced(len(batch), min(MOST, max(8, _VALUES // batch[0].size)))].astype(
            np.float64
        )
        alive = found.low.min(axis=0) < found.high.max(axis=0)
        seen = kinds(images, alive if alive.any() else ~alive)
        home = whole(learned.scale, seen, rounding, trust=True)
        told = moments(learned.scale.levels(images))
        return cls(
            learned,
            len(batch),
            images,
            found,
            alive,
            seen,
            rounding,
            home,
            -np.inf if home is None or not any(map(len, seen)) else worth(home, seen),
            told,
            apart(learned, told),
        )

    @property
    def at_home(self) -> bool:
        """Whether values are those of training, as far as a lattice or extents can say."""
        if self.learned.scale.lattice and self.home is None:
            return False
        low, high = self.level_extents(self.learned.scale)
        room = 0.05 * (self.learned.high - self.learned.low)
        inside = low >= self.learned.low - room, high <= self.learned.high + room
        return bool(self.learned.scale.lattice or (inside[0] & inside[1]).all())

    def level_extents(self, scale: Scale) -> tuple[Array, Array]:
        """(n,) the least and the greatest level of each image, channels that are stuck left out."""
        low, high = scale.levels(self.sums.low), scale.levels(self.sums.high)
        if not self.alive.any():
            return low.min(axis=1), high.max(axis=1)
        return low[:, self.alive].min(axis=1), high[:, self.alive].max(axis=1)

    def on_lattice(self, scale: Scale) -> float:
        """log10 of evidence that pixels stand in another scale than training's, by its lattice."""
        if not any(len(values) for values in self.seen):
            return -np.inf
        levels = whole(scale, self.seen, self.rounding)
        if levels is None:
            return -np.inf
        other = max(self.evidence_home, 0.0)
        return worth(levels, self.seen) - other


def worth(levels: tuple[Array, ...], seen: tuple[Array, ...]) -> float:
    """log10 of how rarely such values are whole levels by chance.

    Each different level counts once, and 0 not at all: it lies on many lattices. A lattice of which
    only every other level is used is worth less: a coarser scale explains it as well.
    """
    pure = [one[values != 0] for one, values in zip(levels, seen, strict=True) if len(one)]
    used = np.unique(np.concatenate(pure)) if pure else np.zeros(0)
    every = np.unique(np.concatenate([one for one in levels if len(one)]))
    steps = np.diff(every).astype(np.int64)
    comb = int(np.gcd.reduce(steps)) if steps.size else 1
    return float(len(used) * (PER_VALUE - np.log10(max(comb, 1))))


def apart(learned: Learned, told: Moments) -> float:
    """How many independent images these are worth.

    Images whose summary numbers vary less than a quarter as much as training's are taken for alike:
    the share that is missing is their correlation, and n such images say as much as
    n / (1 + (n - 1) · correlation).

    Args:
        learned: What is known of training.
        told: The moments of the images' levels, as they should be under the mistake in question.
    """
    distinct = np.unique(np.round(numbers_of(told), 6), axis=0)
    count = len(distinct)
    if count == 1:
        return 1.0
    ratio = np.mean(distinct.var(axis=0, ddof=1) / np.maximum(learned.spread, 1e-3) ** 2)
    alike = float(np.clip(1 - 4 * ratio, 0, 1))
    return count / (1 + (count - 1) * alike)
