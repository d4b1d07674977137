"""How a training went: how many epochs or rounds of how many, and which was the best."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final, Self, final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


KEPT: Final[Mapping[str, str]] = {
    "epoch": "the weights are those of epoch",
    "round": "the trees are those up to round",
}
"""What a training goes by, and what is kept of it."""


@final
@dc.dataclass(frozen=True, slots=True)
class Course:
    """How a training in epochs or in rounds went.

    Attributes:
        epochs: How many epochs, or rounds of boosting, it took.
        planned: How many it might have taken.
        best: The one whose model was kept, counted from 1.
        unit: What they are: `epoch` or `round`.
    """

    epochs: int
    planned: int
    best: int
    unit: str = "epoch"

    @classmethod
    def of(
        cls, history: Mapping[str, Sequence[float]], planned: int, unit: str = "epoch"
    ) -> Self | None:
        """The course that a history tells; `None` if the training goes by nothing of the kind.

        >>> Course.of({"val_loss": [3.0, 1.0, 2.0]}, planned=9)
        Course(epochs=3, planned=9, best=2, unit='epoch')
        """
        losses = history.get("val_loss") or history.get("loss") or ()
        known = [loss for loss in losses if not math.isnan(loss)]
        if planned <= 1 or not known:
            return None
        return cls(len(losses), planned, list(losses).index(min(known)) + 1, unit)

    @property
    def text(self) -> str:
        """It in a sentence."""
        if self.epochs < self.planned:
            how = f"stopped early, after {self.unit} {self.epochs} of at most {self.planned}"
        else:
            how = f"took all of its {self.epochs} {self.unit}s"
        return f"Training {how}; {KEPT[self.unit]} {self.best}, the best."

    def to_json(self) -> dict[str, Any]:
        """The course as JSON."""
        return dc.asdict(self)
