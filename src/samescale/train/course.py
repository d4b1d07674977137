"""How a training went: how many steps of how many, and which was the best."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Self, final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@final
@dc.dataclass(frozen=True, slots=True)
class Course:
    """How a training in epochs went.

    Attributes:
        epochs: How many epochs it took.
        planned: How many it might have taken.
        best: The epoch whose weights were kept, counted from 1.
    """

    epochs: int
    planned: int
    best: int

    @classmethod
    def of(cls, history: Mapping[str, Sequence[float]], planned: int) -> Self | None:
        """The course that a history tells; `None` if the training knows no epochs.

        >>> Course.of({"val_loss": [3.0, 1.0, 2.0]}, planned=9)
        Course(epochs=3, planned=9, best=2)
        """
        losses = history.get("val_loss") or history.get("loss") or ()
        known = [loss for loss in losses if not math.isnan(loss)]
        if planned <= 1 or not known:
            return None
        return cls(len(losses), planned, list(losses).index(min(known)) + 1)

    @property
    def text(self) -> str:
        """It in a sentence."""
        if self.epochs < self.planned:
            how = f"stopped early, after epoch {self.epochs} of at most {self.planned}"
        else:
            how = f"took all of its {self.epochs} epochs"
        return f"Training {how}; the weights are those of epoch {self.best}, the best."

    def to_json(self) -> dict[str, Any]:
        """The course as JSON."""
        return dc.asdict(self)
