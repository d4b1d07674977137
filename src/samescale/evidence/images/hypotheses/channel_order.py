"""Channels first read as channels last."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.images._numbers import moments, texture, unscrambled
from samescale.evidence.images.base import Hypothesis
from samescale.evidence.images.scene import apart
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.ir.types import Array

_NATS: Final = float(np.log(10))


@final
class ChannelOrder(Hypothesis):
    """Bytes laid out channels first, read as channels last by a reshape.

    What was three neighbours of one channel is read as one pixel's colours. The contrast was
    learned from training images and the same scrambled, with and without noise.
    """

    mistake: ClassVar[str] = "channel-order"
    first: ClassVar[int] = 6

    def weigh(self, scene: Scene) -> Weighed | None:
        """The product over independent images of their e-values; of one image, its rank's."""
        suspicion = scene.learned.layout
        if suspicion is None or not scene.at_home or not scene.alive.all():
            return None
        levels = scene.learned.scale.levels(scene.images)
        ratios = suspicion.contrast(texture(levels))
        several = apart(scene.learned, moments(unscrambled(levels)))
        found = float(suspicion.each(ratios).mean()) * several / _NATS
        if several <= 1:
            found = max(found, suspicion.of_one(float(ratios[0]), float(ratios[0])))
        detail = "channels first, reshaped"
        return Weighed(self.mistake, (), found, detail) if found > 0 else None

    def undo(self, learned: Learned, batch: Array) -> Array:
        """The channels put last: of the same bytes, or of an array that has them first."""
        values = np.asarray(batch, np.float64)
        height, width, channels = learned.shape
        if values.shape[1:] == (channels, height, width):
            return np.moveaxis(values, 1, -1)
        return unscrambled(values)
