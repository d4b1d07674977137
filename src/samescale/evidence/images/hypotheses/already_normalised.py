"""Pixels that are already normalised by training's mean and standard deviation."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.images._scale import WHITE, Scale, fitted, scanned
from samescale.evidence.images._scaled import best, by_extent, rescaled
from samescale.evidence.images.base import Hypothesis
from samescale.evidence.images.scene import PER_VALUE
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.ir.types import Array

_NEAR: Final = tuple(np.exp(k * 0.03) for k in range(-4, 5))
"""Factors on training's deviation: the caller's may come from other images of the same kind."""

_FEW: Final = 32  # different values, which may have wide gaps
_FEWEST: Final = 4  # different values of a channel that a lattice is fitted to


@final
class AlreadyNormalised(Hypothesis):
    """Pixels that are already `(x - mean) / deviation` of training, by channel or over all."""

    mistake: ClassVar[str] = "already-normalised"
    first: ClassVar[int] = 4

    def weigh(self, scene: Scene) -> Weighed | None:
        """By a lattice whose steps are about one deviation's worth; else by extent."""
        learned = scene.learned
        own = learned.scale
        if learned.scale.lattice and (twice := best(self.mistake, scene, [_again(own)])):
            return twice
        if scene.home is not None:
            return None
        scales = [_by(learned), _by(learned, over_all=True)]
        weight = by_extent if scene.loose else _lattice
        evidence = max(weight(scene, scale) for scale in scales)
        return Weighed(self.mistake, evidence=evidence) if evidence > 0 else None

    def undo(self, learned: Learned, batch: Array) -> Array:
        """The same pixels on training's scale, by training's mean and deviation by channel."""
        scale = _by(learned)
        return rescaled(learned, batch, dc.replace(scale, reverse=learned.scale.reverse))


def _by(learned: Learned, *, over_all: bool = False) -> Scale:
    mean, deviation = learned.mean, np.maximum(learned.deviation, 1e-3)
    if over_all:
        spread = np.sqrt((deviation**2 + (mean - mean.mean()) ** 2).mean())
        mean, deviation = np.full_like(mean, mean.mean()), np.full_like(mean, spread)
    return Scale("(x - mean) / deviation", 1 / deviation, -mean / deviation)


def _again(own: Scale) -> Scale:
    """Training's own normalisation, applied to what it gives."""
    return own.within(own, "normalised twice")


def _lattice(scene: Scene, scale: Scale) -> float:
    """log10 of the evidence of steps near those of `scale`, from the values seen."""
    count = 0
    for place, values in enumerate(scene.seen):
        if len(values) < _FEWEST:
            continue
        step = _step(values, float(scale.step[place]), scene.rounding)
        if step is None:
            return -np.inf
        mean = -float(scale.shift[place] / scale.step[place])
        if scene.at_home and _comb(values, step) > 1:
            return -np.inf  # a coarser lattice, of resized images say, explains it as well
        levels = values / step + mean
        room = 0.25 * float(scene.learned.deviation[place]) + 3  # the caller's mean may differ
        if levels.min() < -room or levels.max() > WHITE + room:
            return -np.inf
        count += len(values) - 3
    return PER_VALUE * count if count else -np.inf


def _comb(values: Array, step: float) -> int:
    return int(np.gcd.reduce(np.rint(np.diff(values) / step).astype(np.int64)))


def _step(values: Array, near: float, rounding: float) -> float | None:
    """The lattice's step, at most 12 % from training's."""
    guesses = [near * factor for factor in _NEAR]
    if len(values) < _FEW:
        guesses.append(scanned(values, near))
    for guess in guesses:
        step = fitted(values, guess, rounding)
        if step is not None and abs(np.log(step / near)) < 0.12:  # noqa: PLR2004
            return step
    return None
