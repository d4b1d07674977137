"""What `fit` gives back, and what it says."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

from samescale.train.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.bundle import Bundle
    from samescale.predictor import Predictor
    from samescale.train.course import Course
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
        course: How many epochs or rounds it took and which was the best, if it goes by them.
        caveat: From what the statistics were learned, if they weren't from the training rows.
    """

    bundle: Bundle
    predictor: Predictor
    score: Score
    history: Mapping[str, list[float]]
    decisions: str
    split: str
    course: Course | None = None
    caveat: str = ""

    @property
    def text(self) -> str:
        """What was decided, how the rows were split, how the training went, and the score."""
        target = self.bundle.fitted.target
        unit = f", in the units of '{target.name}'" if target and target.classes is None else ""
        rows = counted(self.score.rows, "validation row")
        what = "no weight" if self.caveat else "nothing"
        scored = f"On {rows}, which {what} was learned from{unit}:\n{self.score.text()}"
        course = self.course.text if self.course else ""
        statistics = f"The statistics were {self.caveat}." if self.caveat else ""
        said = (self.decisions, self.split, statistics, course, scored)
        return "\n\n".join(part for part in said if part)

    def __repr__(self) -> str:
        figures = ", ".join(f"{name} {value:.4g}" for name, value in self.score.model.items())
        rows = counted(self.score.rows, "validation row")
        return f"<FitResult: {figures} on {rows}, {self.predictor!r}>"

    def __str__(self) -> str:
        return self.text


def split_text(parts: Parts, share: float, seed: int, caveat: str) -> str:
    """How the rows were split, in words; the caveat of `FitResult`."""
    stopping = f", {parts.stopping.count} to know when to stop" if parts.stopping.count else ""
    gone = counted(parts.dropped, "row")
    were = f"without '{parts.training.target}' {'was' if parts.dropped == 1 else 'were'}"
    dropped = f"; {gone} {were} left out" if parts.dropped else ""
    what = "a weight" if caveat else "anything"
    return (
        f"{counted(parts.rows, 'row')} of {parts.training.table.description}, split before "
        f"{what} was learned: {parts.training.count} to learn from{stopping}, "
        f"{parts.validation.count} to validate with ({share:.0%}, drawn by row number with seed "
        f"{seed}){dropped}."
    )


def provenance(parts: Parts, share: float, seed: int, score: Score, caveat: str) -> dict[str, Any]:
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
        **({"statistics": caveat} if caveat else {}),
    }
