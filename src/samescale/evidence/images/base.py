"""What a hypothesis about images is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from samescale.errors import NotInvertibleError

if TYPE_CHECKING:
    from samescale.evidence.images.learned import Learned
    from samescale.evidence.images.scene import Scene
    from samescale.evidence.verdict import Weighed
    from samescale.ir.types import Array


class Hypothesis(ABC):
    """A mistake that may have happened to all images of a batch.

    Attributes:
        mistake: Its name in the catalogue; the file's, with hyphens.
        first: Which are asked first, the smallest: a signature that no other mistake leaves comes
            before one that others may leave by chance. The first that is sure is told.
    """

    mistake: ClassVar[str]
    first: ClassVar[int]

    @abstractmethod
    def weigh(self, scene: Scene) -> Weighed | None:
        """What speaks for it, of any amount; `None` where nothing does."""

    def undo(self, learned: Learned, batch: Array) -> Array:
        """The right values, (n, H, W, C) float64, of a batch with this mistake.

        Raises:
            NotInvertibleError: If what was lost can't be known.
        """
        raise NotInvertibleError(
            f"What '{self.mistake}' did to {len(batch)} images of {learned.shape} can't be undone.",
            remedy="Drop that step in the caller, and send the images as they were.",
            mistake=self.mistake,
        )
