"""Each image standardised by its own mean and standard deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from samescale.evidence.images._own import CLOSE, centred, of_own
from samescale.evidence.images.base import Hypothesis
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.scene import Scene


@final
class ImageStandardised(Hypothesis):
    """Each image standardised by itself, as `tf.image.per_image_standardization` does.

    That divides by the deviation or by one over the root of the number of values, whichever is
    greater: nearly flat images have a smaller deviation than 1.
    """

    mistake: ClassVar[str] = "image-standardised"
    first: ClassVar[int] = 1

    def weigh(self, scene: Scene) -> Weighed | None:
        """Images with a mean of exactly 0 and a deviation of exactly 1, each of them."""
        if scene.home is not None or not scene.alive.any() or not centred(scene):
            return None
        mean = scene.sums.mean.mean(axis=1)
        deviation = np.sqrt((scene.sums.deviation**2 + scene.sums.mean**2).mean(axis=1) - mean**2)
        channels = scene.learned.shape[-1]
        by_channel = channels > 1 and bool((np.abs(scene.sums.mean) < CLOSE).all())
        if by_channel and scene.rows == 1:
            return None
        lively = deviation > CLOSE
        full = np.abs(deviation - 1) < 0.05  # noqa: PLR2004 - with an eps under the root
        if (deviation > 1 + 10 * CLOSE).any() or full.sum() * 2 < lively.sum() or not full.any():
            return None
        evidence = of_own(mean[full], deviation[full])
        detail = "each channel of each image" if by_channel else ""
        return Weighed(self.mistake, evidence=evidence, detail=detail) if evidence else None
