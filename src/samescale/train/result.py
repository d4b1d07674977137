"""What `fit` gives back, and what it says."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.bundle import Bundle
    from samescale.predictor import Predictor
    from samescale.train.parts import Parts
    from samescale.train.score import Score


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class FitResult:
    """A trained model with its preprocessing, and how good it is.

    Attributes:
        bundle: Both halves, ready to be saved.
        predictor: The same, ready to answer raw rows.
        score: How good it is on the validation rows.
        history: The scores of the training, one a step, by name.
        decisions: What was decided about each column and why, if the spec was inferred.
        split: How the rows were split.
    """

    bundle: Bundle
    predictor: Predictor
    score: Score
    history: Mapping[str, list[float]]
    decisions: str
    split: str

    @property
    def text(self) -> str:
        """What was decided, how the rows were split, and the score."""
        target = self.bundle.fitted.target
        unit = f", in the units of '{target.name}'" if target and target.classes is None else ""
        scored = f"On {self.score.rows} validation rows, which nothing was learned from{unit}:"
        return "\n\n".join(
            part for part in (self.decisions, self.split, f"{scored}\n{self.score.text()}") if part
        )

    def __str__(self) -> str:
        return self.text


def split_text(parts: Parts, share: float, seed: int) -> str:
    """How the rows were split, in words."""
    stopping = f", {parts.stopping.count} to know when to stop" if parts.stopping.count else ""
    dropped = (
        f"\n{parts.dropped} rows without '{parts.training.target}' were left out."
        if parts.dropped
        else ""
    )
    return (
        f"{parts.rows} rows of {parts.training.table.description}, split before anything was "
        f"learned: {parts.training.count} to learn from{stopping}, {parts.validation.count} to "
        f"validate with ({share:.0%}, drawn by row number with seed {seed}).{dropped}"
    )


def provenance(parts: Parts, share: float, seed: int, score: Score) -> dict[str, Any]:
    """What a reader of the bundle should know about its making, as JSON."""
    return {
        "source": parts.training.table.description,
        "rows": parts.rows,
        "split": {
            "by": "splitmix64 of the row number and the seed",
            "seed": seed,
            "share": share,
            "training": parts.training.count,
            "stopping": parts.stopping.count,
            "validation": parts.validation.count,
            "without target": parts.dropped,
        },
        "score": score.to_json(),
    }
