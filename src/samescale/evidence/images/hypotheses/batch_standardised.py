"""Pixels standardised by the batch's own mean and standard deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from samescale.evidence.images._own import centred, of_own
from samescale.evidence.images.base import Hypothesis
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.scene import Scene


@final
class BatchStandardised(Hypothesis):
    """Pixels standardised by the batch's own mean and deviation, by channel or over all."""

    mistake: ClassVar[str] = "batch-standardised"
    first: ClassVar[int] = 1

    def weigh(self, scene: Scene) -> Weighed | None:
        """Means of exactly 0 and deviations of exactly 1 that honest batches don't have."""
        if scene.home is not None or not scene.alive.any():
            return None
        mean, deviation = _channels(scene)
        found = of_own(mean[scene.alive], deviation[scene.alive], rows=scene.rows)
        detail = "by channel" if scene.learned.shape[-1] > 1 else ""
        if not found and scene.rows > 1:
            over = np.sqrt((deviation**2 + mean**2).mean() - mean.mean() ** 2)
            detail = "over all channels"
            found = of_own(mean.mean(keepdims=True), over[None], rows=scene.rows)
        if not found or _by_image(scene):
            return None
        return Weighed(self.mistake, evidence=found, detail=detail)


def _channels(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """(C,) mean and deviation over the batch."""
    mean = scene.sums.mean.mean(axis=0)
    square = (scene.sums.deviation**2 + (scene.sums.mean - mean) ** 2).mean(axis=0)
    return mean, np.sqrt(square)


def _by_image(scene: Scene) -> bool:
    """Whether each image has mean 0 by itself: several images, or a single channel."""
    return (scene.rows > 1 or scene.learned.shape[-1] == 1) and centred(scene)
