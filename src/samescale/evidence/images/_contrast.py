"""Two simulated worlds told apart by summary numbers: a small kernel logistic regression."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

FEWEST: Final = 64
"""Images from which a contrast can be learned."""

_WIDTH: Final = 0.28  # of a bump, squared, for each summary number, in standard deviations
RIDGE: Final = 0.03
"""How much heights of bumps cost, squared, in nats."""

_ROUNDS: Final = 8
_STEPS: Final = 12


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """log of how much likelier summary numbers are under a mistake than without it.

    A sum of bumps in the space of summary numbers, fitted by ridge-penalised logistic regression,
    whose log odds are the log of the density ratio (Sugiyama, Suzuki and Kanamori, *Density Ratio
    Estimation in Machine Learning*, 2012, chapter 4). Far from everything seen it is about 0: what
    is unlike training speaks for nothing.

    Attributes:
        centres: (m, d) where the bumps stand, in standard deviations; float16.
        weights: (m,) their heights; float32.
        middle: (d,) what is subtracted from summary numbers; float32.
        spread: (d,) what they are divided by; float32.
        bias: What is added.
        mirror: Where each summary number goes under the mistake, if it is its own inverse.
    """

    centres: Array
    weights: Array
    middle: Array
    spread: Array
    bias: float = 0.0
    mirror: tuple[int, ...] = ()

    @classmethod
    def learn(
        cls,
        clean: Array,
        wrong: Array | None,
        *,
        bumps: int,
        mirror: tuple[int, ...] = (),
        ridge: float = RIDGE,
    ) -> Self:
        """The contrast of two samples.

        Args:
            clean: (k, d) summary numbers of images as they should be, float64.
            wrong: (l, d) those of images with the mistake; left out with `mirror`.
            bumps: How many centres at most.
            mirror: The mistake, where it only exchanges summary numbers.
            ridge: The penalty.
        """
        wrong = clean[:, mirror] if wrong is None else wrong
        both = np.concatenate([clean, wrong])
        middle = both.mean(axis=0).astype(np.float32)
        spread = (both.std(axis=0) + 1e-6).astype(np.float32)
        centres = _centres(((clean if mirror else both) - middle) / spread, bumps)
        blank = np.zeros(len(centres), np.float32)
        plain = cls(centres.astype(np.float16), blank, middle, spread, 0.0, mirror)
        label = np.ones(len(clean)) if mirror else np.repeat([1.0, -1.0], [len(clean), len(wrong)])
        found = _logistic(plain.design(clean if mirror else both), -label, ridge, bias=not mirror)
        bias = float(np.float32(found[-1])) if not mirror else 0.0
        weights = found[: len(centres)].astype(np.float32)
        return dc.replace(plain, weights=weights, bias=bias)

    def design(self, numbers: Array) -> Array:
        """(n, m) the bumps' values at summary numbers (n, d)."""
        scaled = (np.asarray(numbers, np.float64) - self.middle) / self.spread
        near = _bumps(scaled, self.centres)
        return near - _bumps(scaled[:, self.mirror], self.centres) if self.mirror else near

    def __call__(self, numbers: Array) -> Array:
        """(…,) the log ratio at summary numbers (…, d), float64."""
        flat = numbers.reshape(-1, numbers.shape[-1])
        found = self.design(flat) @ self.weights.astype(np.float64) + self.bias
        return np.asarray(found.reshape(numbers.shape[:-1]))

    def to_arrays(self) -> dict[str, Array]:
        """The fields as arrays."""
        return {
            "centres": self.centres,
            "weights": self.weights,
            "middle": self.middle,
            "spread": self.spread,
            "bias": np.array([self.bias], np.float32),
            "mirror": np.array(self.mirror, np.uint8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """The contrast that `to_arrays` wrote."""
        return cls(
            centres=arrays["centres"],
            weights=arrays["weights"],
            middle=arrays["middle"],
            spread=arrays["spread"],
            bias=float(arrays["bias"][0]),
            mirror=tuple(int(place) for place in arrays["mirror"]),
        )


def _bumps(scaled: Array, centres: Array) -> Array:
    centres = centres.astype(np.float64)
    square = (scaled * scaled).sum(axis=1)[:, None] + (centres * centres).sum(axis=1)
    reach = 2 * _WIDTH * max(1, scaled.shape[1]) / 2
    return np.asarray(np.exp(np.minimum((2 * scaled @ centres.T - square) / reach, 0.0)))


def _centres(scaled: Array, bumps: int) -> Array:
    """Where summary numbers gather: means of clusters, so that none is an image's own by rule."""
    rng = np.random.default_rng(0)
    centres = scaled[rng.choice(len(scaled), min(bumps, len(scaled) // 2), replace=False)]
    for _ in range(_ROUNDS):
        distance = (centres * centres).sum(axis=1) - 2 * scaled @ centres.T
        nearest = distance.argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(centres))[:, None]
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, scaled)
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
    return np.asarray(centres)


def _logistic(design: Array, label: Array, ridge: float, *, bias: bool) -> Array:
    """Newton's method; `label` is +1 for the mistake and -1 without it."""
    if bias:
        design = np.concatenate([design, np.ones((len(design), 1))], axis=1)
    signed = design * label[:, None]
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        miss = 1 / (1 + np.exp(np.clip(signed @ weights, -50, 50)))
        slope = signed.T @ miss - ridge * weights
        bend = (signed * (miss * (1 - miss))[:, None]).T @ signed
        weights += np.linalg.solve(bend + ridge * np.eye(len(bend)), slope)
    return weights
