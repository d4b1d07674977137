"""A channel that is one constant while the others hold a picture, or a picture that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.images._measure import contrast_of, deadness_of
from samescale.evidence.images._scale import TOLERANCE
from samescale.evidence.images._tail import bet
from samescale.evidence.images.base import Hypothesis
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.scene import Scene
    from samescale.ir.types import Array

_ONE: Final = 6.0  # log10, the most that one image says
_MOST: Final = 12.0
_SEVERAL: Final = 4.0  # images, all of which light hardly runs out of
_BLACK, _DARK, _BRIGHT, _WHITE = 0.5, 40.0, 110.0, 254.5  # levels
_ALIEN: Final = 4.0  # log10, for a constant that is no level of training's lattice


@final
class StuckColumn(Hypothesis):
    """A channel of one constant value; or, where all channels are constant, a dead feed."""

    mistake: ClassVar[str] = "stuck-column"
    first: ClassVar[int] = 5

    def weigh(self, scene: Scene) -> Weighed | None:
        """How rarely training's images have so dead a channel beside such lively others."""
        learned = scene.learned
        deviation = scene.sums.deviation / np.abs(learned.scale.step)
        if not scene.alive.any():
            rare = learned.flat.chance(-contrast_of(deviation[:1]))
            return Weighed(self.mistake, evidence=bet(float(rare[0])))
        stuck = ~scene.alive
        if not stuck.any():
            return None
        rare = learned.dead.chance(deadness_of(deviation)[:, stuck].max(axis=1))
        evidence = float(np.minimum(-np.log10(rare), _ONE).mean()) * scene.apart
        if scene.apart <= 1:
            evidence = bet(float(rare.min()))
        if scene.apart < _SEVERAL and _clipped(scene, stuck):
            evidence = 0.0
        evidence += _ALIEN * _alien(scene, stuck)
        names = tuple(name for name, on in zip(learned.channels, stuck, strict=True) if on)
        return Weighed(self.mistake, names, min(evidence, _MOST), _values(scene, stuck))


def _clipped(scene: Scene, stuck: Array) -> bool:
    """Whether a channel may be constant because light ran out, or over, in these pictures."""
    levels = scene.learned.scale.levels(scene.sums.mean).mean(axis=0)
    dark = (levels[stuck] < _BLACK).any() and levels[~stuck].min() < _DARK
    return bool(dark or ((levels[stuck] > _WHITE).any() and levels[~stuck].max() > _BRIGHT))


def _alien(scene: Scene, stuck: Array) -> bool:
    """Whether the constant is no level that a picture has."""
    scale = scene.learned.scale
    levels = scale.levels(scene.sums.low[0])[stuck]
    off = np.abs(levels - np.rint(levels)) > TOLERANCE * 5
    return bool(scale.lattice and scale.exact and off.all())


def _values(scene: Scene, stuck: Array) -> str:
    return ", ".join(f"= {value:.6g}" for value in scene.sums.low[0][stuck])
