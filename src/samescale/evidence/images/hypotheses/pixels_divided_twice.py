"""Pixels that were put on a small scale twice, by the caller and by the model's door."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from samescale.errors import NotInvertibleError
from samescale.evidence.images._scale import ranges
from samescale.evidence.images._scaled import best, rescaled
from samescale.evidence.images.base import Hypothesis

if TYPE_CHECKING:
    from samescale.evidence.images._scale import Scale
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.evidence.verdict import Weighed
    from samescale.ir.types import Array


@final
class PixelsDividedTwice(Hypothesis):
    """Pixels that were put on a small scale twice: `x / 255 / 255`, or `x / 127.5 - 1` twice."""

    mistake: ClassVar[str] = "pixels-divided-twice"
    first: ClassVar[int] = 2

    def weigh(self, scene: Scene) -> Weighed | None:
        """By the lattice of whole levels, else by extent and contrast."""
        return best(self.mistake, scene, _twice(scene.learned.shape[-1]))

    def undo(self, learned: Learned, batch: Array) -> Array:
        """The same pixels on training's scale.

        Raises:
            NotInvertibleError: If no pair of scales gives pixels of 0…255 back.
        """
        for scale in _twice(learned.shape[-1]):
            levels = scale.levels(batch)
            if levels.size and levels.min() > -1 and levels.max() < 256 and levels.max() > 1:  # noqa: PLR2004
                return rescaled(learned, batch, scale)
        raise NotInvertibleError(
            "The pixels weren't put on 0…1 or -1…1 twice.",
            remedy="Ask for the inverse only of batches for which the mistake is named.",
        )


def _twice(channels: int) -> list[Scale]:
    named = ranges(channels)
    small = [named["pixels-0-1"], named["pixels-minus-1-1"]]
    return [
        outer.within(inner, f"{outer.name.replace('x', f'({inner.name})')}")
        for inner in small
        for outer in small
    ]
