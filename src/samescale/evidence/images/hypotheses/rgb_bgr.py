"""Red and blue exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.images._swaps import AS_IS, under_tints
from samescale.evidence.images.base import Hypothesis
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.ir.types import Array

_NATS: Final = float(np.log(10))


@final
class RgbBgr(Hypothesis):
    """The first and the last of three channels exchanged.

    The contrast was learned from training images and the same with their channels exchanged. Any
    common tint of ±15 % and any brightness may explain the colours instead: each is undone, and
    the one that leaves the least evidence counts. Whatever the tint was, the e-value is worth at
    most 1 on average over honest images, for it is no greater than that of the right tint
    (Wasserman, Ramdas and Balakrishnan, *Universal inference*, PNAS 117, 2020).
    """

    mistake: ClassVar[str] = "rgb-bgr"
    first: ClassVar[int] = 6

    def weigh(self, scene: Scene) -> Weighed | None:
        """The product over independent images of their e-values, at the worst tint."""
        suspicion = scene.learned.colour
        if suspicion is None or not scene.at_home or not scene.alive.all():
            return None
        ratios = under_tints(suspicion.contrast, scene.moments)
        several = suspicion.each(ratios).mean(axis=1).min() * scene.apart / _NATS
        found = float(several)
        if scene.apart <= 1:
            found = max(found, suspicion.of_one(float(ratios[AS_IS, 0]), float(ratios[:, 0].min())))
        names = scene.learned.channels
        return Weighed(self.mistake, (names[0], names[2]), found) if found > 0 else None

    def undo(self, learned: Learned, batch: Array) -> Array:
        """The channels exchanged back."""
        order = [2, 1, 0, *range(3, learned.shape[-1])]
        return np.asarray(batch, np.float64)[..., order]
