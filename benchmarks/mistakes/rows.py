"""Which live rows come: at random, in bursts, far out, selected by a column, in time's order."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, final

import numpy as np

if TYPE_CHECKING:
    from benchmarks.mistakes.known import Known
    from benchmarks.mistakes.labels import Array

HOW: Final = {
    "clean_burst": "burst",
    "clean_dup": "dup",
    "clean_extreme": "extreme",
    "drift_select": "select",
    "drift_mix": "mix",
    "drift_time": "time",
}
"""How the rows of a benign kind are chosen; at random, if it isn't here."""

FEWEST = 4
FAR = 6.0  # deviations, where a cell that is farther counts no more


@final
class Rows:
    """The live rows, and ways of choosing among them.

    Args:
        live: The raw live rows, in the order that they came in.
        known: What is known of training.
    """

    def __init__(self, live: Array, known: Known) -> None:
        self.live = live
        self.known = known

    def choose(self, rng: np.random.Generator, n: int, how: str = "random") -> Array:
        """So many rows."""
        places: Array = getattr(self, f"_{how}")(rng, n)
        return self.live[places]

    def _random(self, rng: np.random.Generator, n: int) -> Array:
        return rng.choice(len(self.live), n, replace=n > len(self.live))

    def _dup(self, rng: np.random.Generator, n: int) -> Array:
        """One row, again and again."""
        return np.full(n, rng.integers(len(self.live)))

    def _burst(self, rng: np.random.Generator, n: int) -> Array:
        """Neighbours: one user, one site, one photograph."""
        first = int(rng.integers(len(self.live)))
        if self.live.ndim == 4:
            return (first + np.arange(n)) % len(self.live)
        apart = ((self._scores - self._scores[first]) ** 2).sum(1)
        near = np.argsort(apart)[: max(FEWEST, min(n, len(self.live) // 4))]
        return rng.choice(near, n, replace=True)

    def _extreme(self, rng: np.random.Generator, n: int) -> Array:
        """The twentieth that is farthest out; of images, the darkest."""
        table = self.live.ndim == 2
        out = np.abs(self._scores).max(1) if table else -self._scores.sum(1)
        far = np.argsort(-out)[: max(FEWEST, len(self.live) // 20)]
        return rng.choice(far, n, replace=True)

    def _select(self, rng: np.random.Generator, n: int) -> Array:
        """Rows that are large, or small, in one column come more often."""
        column = int(rng.choice(np.flatnonzero(self._scores.std(0) > 0)))
        tilt = rng.choice([-1, 1]) * rng.uniform(0.7, 2.0) * self._scores[:, column]
        weight = np.exp(np.clip(tilt, -8, 8))
        return rng.choice(len(self.live), n, p=weight / weight.sum())

    def _mix(self, rng: np.random.Generator, n: int) -> Array:
        """Half of them at random, half of them neighbours."""
        half = n // 2
        if not half:
            return self._burst(rng, n)
        return np.concatenate([self._random(rng, n - half), self._burst(rng, half)])

    def _time(self, rng: np.random.Generator, n: int) -> Array:
        """Rows in the order that they came in."""
        first = int(rng.integers(max(1, len(self.live) - n + 1)))
        return (first + np.arange(n)) % len(self.live)

    @cached_property
    def _scores(self) -> Array:
        """Each live cell in deviations; of images, each channel's mean."""
        if self.live.ndim == 4:
            means = self.live.mean((1, 2))
            apart: Array = (means - means.mean(0)) / (means.std(0) + 1e-9)
            return apart
        scores = (self.live - self.known.mean) / self.known.std
        return np.clip(np.where(np.isfinite(scores), scores, 0), -FAR, FAR)
