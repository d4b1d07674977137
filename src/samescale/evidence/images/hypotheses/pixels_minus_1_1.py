"""Pixels of -1…1 where training had others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from samescale.evidence.images._scale import ranges
from samescale.evidence.images._scaled import best, rescaled
from samescale.evidence.images.base import Hypothesis

if TYPE_CHECKING:
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.evidence.verdict import Weighed
    from samescale.ir.types import Array


@final
class PixelsMinus1To1(Hypothesis):
    """Pixels of -1…1 where training had others."""

    mistake: ClassVar[str] = "pixels-minus-1-1"
    first: ClassVar[int] = 2

    def weigh(self, scene: Scene) -> Weighed | None:
        """By the lattice of whole levels, else by extent and contrast."""
        return best(self.mistake, scene, [ranges(scene.learned.shape[-1])[self.mistake]])

    def undo(self, learned: Learned, batch: Array) -> Array:
        """The same pixels on training's scale."""
        return rescaled(learned, batch, ranges(learned.shape[-1])[self.mistake])
