"""Pixels as another pretrained backbone takes them."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.errors import NotInvertibleError
from samescale.evidence.images._scale import backbones
from samescale.evidence.images._scaled import best, rescaled
from samescale.evidence.images.base import Hypothesis

if TYPE_CHECKING:
    from samescale.evidence.images._scale import Scale
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.evidence.verdict import Weighed
    from samescale.ir.types import Array


_RARER: Final = 1.5  # log10


@final
class OtherBackboneConvention(Hypothesis):
    """Pixels as another pretrained backbone takes them: caffe, torch, CLIP and their like.

    `tf` is -1…1, and told as that.
    """

    mistake: ClassVar[str] = "other-backbone-convention"
    first: ClassVar[int] = 3

    def weigh(self, scene: Scene) -> Weighed | None:
        """By the lattice of whole levels, else by extent and contrast."""
        found = best(self.mistake, scene, backbones(scene.learned.shape[-1]))
        if found and scene.loose:
            # Without a lattice these look like the plain ranges, which are commoner.
            return dc.replace(found, evidence=found.evidence - _RARER)
        return found

    def undo(self, learned: Learned, batch: Array) -> Array:
        """The same pixels on training's scale, by the convention whose levels are whole.

        Raises:
            NotInvertibleError: If none gives pixels of 0…255 back.
        """
        off = [(_off(scale, batch), scale) for scale in backbones(learned.shape[-1])]
        least, scale = min(off, key=lambda one: one[0])
        if least > 0.01:  # noqa: PLR2004 - of a level
            raise NotInvertibleError(
                "The pixels follow no backbone's convention exactly.",
                remedy="Drop that step in the caller, and send the images as they were.",
            )
        return rescaled(learned, batch, scale)


def _off(scale: Scale, batch: Array) -> float:
    """How far the worst pixel lies from a whole level of 0…255."""
    levels = scale.levels(np.asarray(batch, np.float64))
    near = np.rint(levels).clip(0, 255)
    return float(np.abs(levels - near).max(initial=0.0))
