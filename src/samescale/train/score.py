"""How good the answers are, in the target's own units, beside those of who knows no column.

The naive answer is the training rows' mean, or their most frequent class with the classes' shares
as probabilities. A model that isn't better has learned nothing.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

import numpy as np

from samescale.train.admitted import admit
from samescale.train.told import work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.errors import SchemaError
    from samescale.ir.types import Array
    from samescale.predictor import Predictor
    from samescale.progress import Progress
    from samescale.train.parts import Part

Scores: TypeAlias = "Mapping[str, float]"

# scikit-learn clips probabilities at the float's own precision, and so do we: log(0) ends a mean.
_LEAST: Final = float(np.finfo(np.float64).eps)
_DIGITS: Final = 4


@final
@dc.dataclass(frozen=True, slots=True)
class Score:
    """What a model is worth on rows that nothing was learned from.

    Attributes:
        rows: How many rows.
        model: The model's figures by name, in the target's units: `RMSE`, `MAE`, `R²`; or
            `accuracy` and `log loss`.
        naive: The same figures of the naive answer.
        naive_name: What the naive answer is.
        unknown: How many rows are of a class that the training rows don't have. They count as
            wrong, and have no part in the log loss.
        refused: How many validation rows break the contract that the training rows set, and so
            have no answer and no part in the figures.
        reason: What the contract says of the first of them.
    """

    rows: int
    model: Scores
    naive: Scores
    naive_name: str
    unknown: int = 0
    refused: int = 0
    reason: str = ""

    def __getitem__(self, name: str) -> float:
        return self.model[name]

    def to_json(self) -> dict[str, Any]:
        """The score as JSON; a figure that can't be computed is null."""
        fields = dc.asdict(self)
        figures = {
            name: {key: _finite(value) for key, value in fields[name].items()}
            for name in ("model", "naive")
        }
        return {**fields, **figures}

    def text(self) -> str:
        """The score as a small table."""
        lines = [f"{'':10}{'model':>12}  {self.naive_name}"]
        lines += [
            f"{name:10}{_figure(value):>12}  {_figure(self.naive[name]):>{len(self.naive_name)}}"
            for name, value in self.model.items()
        ]
        if self.unknown:
            of = "row is" if self.unknown == 1 else "rows are"
            lines.append(f"{self.unknown} {of} of a class that the training rows don't have.")
        if self.refused:
            have = "row has" if self.refused == 1 else "rows have"
            lines.append(f"{self.refused} more {have} no answer, such as: {self.reason}")
        return "\n".join(lines)


def score(predictor: Predictor, training: Part, validation: Part, progress: Progress) -> Score:
    """Ask the predictor for every validation row and compare.

    Args:
        predictor: What is scored, as it will be served.
        training: The rows that it has learned from, for the naive answer.
        validation: The rows that it hasn't.
        progress: Who is told of rows.

    Raises:
        SchemaError: If every validation row breaks the contract.
    """
    refused: list[tuple[int, SchemaError]] = []
    answered = _answered(predictor, validation, progress, refused)
    measure = _regression if predictor.classes is None else _classification
    found = measure(predictor, training, answered)
    if found.rows == 0:
        raise refused[0][1]
    reason = str(refused[0][1]) if refused else ""
    return dc.replace(found, refused=sum(count for count, _ in refused), reason=reason)


def _answered(
    predictor: Predictor,
    part: Part,
    progress: Progress,
    refused: list[tuple[int, SchemaError]],
) -> Iterator[tuple[Array, Array]]:
    """The target and the model's answer, chunk by chunk: predictions, or probabilities."""
    names = predictor.schema.names
    with work(progress, "score", part.rows):
        for chunk in part.chunks((*names, part.target)):
            kept, error = admit(predictor.fitted, chunk.columns, chunk.rows)
            if error is not None:
                refused.append((int((~kept).sum()), error))
            answer = predictor.answer({name: chunk.columns[name][kept] for name in names})
            given = answer.predictions if answer.probabilities is None else answer.probabilities
            yield chunk.columns[part.target][kept], given
            progress.step(chunk.rows)


def _regression(
    predictor: Predictor, training: Part, answered: Iterator[tuple[Array, Array]]
) -> Score:
    del predictor
    mean = _mean(training)
    model, naive = _Errors(), _Errors()
    for target, given in answered:
        y = target.astype(np.float64)
        model = model.of(y, given, mean)
        naive = naive.of(y, np.full_like(y, mean), mean)
    return Score(model.rows, model.scores(), naive.scores(), "mean of training")


@final
@dc.dataclass(frozen=True, slots=True)
class _Errors:
    """Sums over the rows so far: enough for the figures of a number."""

    rows: int = 0
    squares: float = 0.0
    sizes: float = 0.0
    shifted: float = 0.0
    shifted_squares: float = 0.0

    def of(self, target: Array, given: Array, shift: float) -> _Errors:
        error, moved = given - target, target - shift
        return _Errors(
            self.rows + len(target),
            self.squares + float(error @ error),
            self.sizes + float(np.abs(error).sum()),
            self.shifted + float(moved.sum()),
            self.shifted_squares + float(moved @ moved),
        )

    def scores(self) -> dict[str, float]:
        if not self.rows:
            return {}
        spread = self.shifted_squares - self.shifted**2 / self.rows
        return {
            "RMSE": math.sqrt(self.squares / self.rows),
            "MAE": self.sizes / self.rows,
            "R²": 1 - self.squares / spread if spread > 0 else math.nan,
        }


def _mean(training: Part) -> float:
    sums = [
        (float(chunk.columns[training.target].astype(np.float64).sum()), chunk.rows)
        for chunk in training.chunks((training.target,))
    ]
    return math.fsum(total for total, _ in sums) / sum(rows for _, rows in sums)


def _classification(
    predictor: Predictor, training: Part, answered: Iterator[tuple[Array, Array]]
) -> Score:
    codes = {name: code for code, name in enumerate(predictor.classes or ())}
    shares = _shares(training, codes)
    model, naive = _Hits(), _Hits()
    for target, given in answered:
        labels = np.array([codes.get(value, -1) for value in target.tolist()], np.int64)
        model = model.of(labels, given)
        naive = naive.of(labels, np.broadcast_to(shares, given.shape))
    majority = (predictor.classes or ("?",))[int(shares.argmax())]
    return Score(model.rows, model.scores(), naive.scores(), f"always '{majority}'", model.unknown)


@final
@dc.dataclass(frozen=True, slots=True)
class _Hits:
    """Sums over the rows so far: enough for the figures of a class."""

    rows: int = 0
    right: int = 0
    surprise: float = 0.0
    unknown: int = 0

    def of(self, labels: Array, chances: Array) -> _Hits:
        known = labels >= 0
        of_label = chances[known, labels[known]]
        return _Hits(
            self.rows + len(labels),
            self.right + int((chances.argmax(axis=1) == labels).sum()),
            self.surprise - float(np.log(np.clip(of_label, _LEAST, 1.0)).sum()),
            self.unknown + int((~known).sum()),
        )

    def scores(self) -> dict[str, float]:
        if not self.rows:
            return {}
        known = self.rows - self.unknown
        return {
            "accuracy": self.right / self.rows,
            "log loss": self.surprise / known if known else math.nan,
        }


def _shares(training: Part, codes: Mapping[object, int]) -> Array:
    counts = np.zeros(len(codes))
    for chunk in training.chunks((training.target,)):
        labels = [codes[value] for value in chunk.columns[training.target].tolist()]
        counts += np.bincount(labels, minlength=len(codes))
    shares: Array = counts / counts.sum()
    return shares


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _figure(value: float) -> str:
    """Four significant digits, and no exponent where a person wouldn't write one."""
    whole = abs(value) >= 10**_DIGITS
    return f"{value:,.0f}" if whole else f"{value:.{_DIGITS}g}"
