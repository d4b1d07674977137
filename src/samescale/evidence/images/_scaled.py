"""Pixels on another scale than training's: by their lattice, else by how far they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.errors import NotInvertibleError
from samescale.evidence.images._measure import contrast_of, numbers_of
from samescale.evidence.images._moved import FEWEST
from samescale.evidence.images._numbers import moments
from samescale.evidence.images.scene import apart
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.evidence.images._numbers import Moments
    from samescale.evidence.images._scale import Scale
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.ir.types import Array

_MOST: Final = 12.0  # log10, without a lattice
_GROSS: Final = 20.0  # a factor that no drift has
_FREE: Final = 3.0  # of the summary numbers, how many are worth counting
_OUTSIDE: Final = 0.02  # of training's extent: so far outside are resized images, by ringing


def best(mistake: str, scene: Scene, scales: Iterable[Scale]) -> Weighed | None:
    """The likeliest of some scales that aren't training's own."""
    others = [scale for scale in scales if not scale.same(scene.learned.scale)]
    found = [(weight(scene, scale), scale) for scale in others]
    top = max(found, key=lambda one: one[0], default=(-np.inf, None))
    if top[1] is None or not top[0] > 0:
        return None
    return Weighed(mistake, evidence=float(top[0]), detail=top[1].name)


def weight(scene: Scene, scale: Scale) -> float:
    """log10 of the evidence that pixels stand in `scale`."""
    return by_extent(scene, scale) if scene.loose else scene.on_lattice(scale)


def by_extent(scene: Scene, scale: Scale) -> float:
    """The same without a lattice: as they are they can't be training's, rescaled they can.

    Images within training's extent may have drifted there: of them only a scale that is off by
    far more than light and exposure ever are is told.
    """
    learned = scene.learned
    factor = np.abs(np.log(np.abs(scale.step / learned.scale.step))).min()
    if (scene.at_home and factor < np.log(_GROSS)) or not _plausible(scene, scale):
        return -np.inf
    told = moments(scale.levels(scene.images))
    several = apart(learned, told)
    strange = np.maximum(_contrast(scene, learned.scale), _beyond(scene, learned.scale))
    found = float(np.median(strange)) * min(several, 3.0)
    if several >= FEWEST:
        found = max(found, several * _untypical(scene, scene.moments))
    return min(found, _MOST) - several * _untypical(scene, told)


def _untypical(scene: Scene, told: Moments) -> float:
    """log10 of how much rarer the images' mean summary numbers are than training's, for each."""
    learned = scene.learned
    far = numbers_of(told).mean(axis=0) - learned.middle
    square = (far / np.maximum(learned.spread, 1e-2)) ** 2
    return float(square.mean() * _FREE / 2 / np.log(10))


def _contrast(scene: Scene, scale: Scale) -> Array:
    """(n,) log10 against each image's contrast being training's."""
    contrast = contrast_of(scene.sums.deviation / np.abs(scale.step))
    learned = scene.learned
    rare = np.minimum(learned.dim.chance(-contrast), learned.vivid.chance(contrast))
    return np.asarray(-np.log10(np.maximum(2 * rare, 1e-300)).clip(0, _MOST))


def _outside(scene: Scene, scale: Scale) -> Array:
    """(n,) how far each image goes beyond training's extent, in its widths."""
    low, high = scene.level_extents(scale)
    learned = scene.learned
    beyond = np.maximum(learned.low - low, high - learned.high).clip(0)
    return np.asarray(beyond / max(learned.high - learned.low, 1e-9))


def _beyond(scene: Scene, scale: Scale) -> Array:
    """(n,) log10 against an image that goes so far beyond training's extent.

    The next image goes beyond that of m images with a chance of 2 / (m + 1); each tenth of the
    width further is taken to be ten times rarer still.
    """
    far = _outside(scene, scale)
    found = np.log10((scene.learned.rows + 1) / 2) + 10 * (far - _OUTSIDE)
    return np.where(far > _OUTSIDE, found, 0.0).clip(0, _MOST)


def _plausible(scene: Scene, scale: Scale) -> bool:
    inside = _outside(scene, scale) <= _OUTSIDE
    common = _contrast(scene, scale) < 2.5  # noqa: PLR2004 - once in three hundred images
    return bool(inside.mean() > 0.95 and common.mean() > 0.8)  # noqa: PLR2004


def rescaled(learned: Learned, batch: Array, scale: Scale) -> Array:
    """Values on training's scale, from those on another.

    Raises:
        NotInvertibleError: If training's own scale isn't known but for its steps.
    """
    if not learned.scale.exact:
        raise NotInvertibleError(
            f"Pixels as {scale.name} can't be put on training's scale: its black isn't known.",
            remedy="Drop that step in the caller, and send the images as they were.",
        )
    levels = scale.levels(np.asarray(batch, np.float64))
    if scale.reverse != learned.scale.reverse:
        levels = levels[..., ::-1]
    return learned.scale.values(levels)
