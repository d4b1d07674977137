"""Estimators that ask others: pipelines, votes, stacks, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from samescale.convert.sklearn.matrix import Matrix
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samescale.convert._graph import Builder

Ask: TypeAlias = "Callable[[Builder, Any, Matrix], str]"
"""Writes any estimator."""
Transform: TypeAlias = "Callable[[Builder, Any, Matrix], Matrix]"
"""Writes any step of a pipeline."""


def pipeline(build: Builder, model: Any, matrix: Matrix, ask: Ask, transform: Transform) -> str:
    """Each step of what the step before gave."""
    *steps, last = (step for _, step in model.steps)
    for step in steps:
        if step is not None and step != "passthrough":
            matrix = transform(build, step, matrix)
    return ask(build, last, matrix)


def vote(build: Builder, model: Any, matrix: Matrix, ask: Ask) -> str:
    """`VotingRegressor`, and `VotingClassifier` where it votes by chances: the weighted mean.

    Raises:
        UnsupportedError: If it counts votes.
    """
    if getattr(model, "voting", "soft") != "soft":
        raise UnsupportedError(
            "VotingClassifier(voting='hard') gives no chances.",
            remedy="Train it with voting='soft'.",
        )
    answers = [ask(build, one, matrix) for one in model.estimators_]
    weights = model._weights_not_none  # noqa: SLF001 - of what wasn't dropped
    weights = np.ones(len(answers)) if weights is None else np.asarray(weights, np.float64)
    weighted = [
        build.node("Mul", [answer, build.constant(np.float64(weight))])
        for answer, weight in zip(answers, weights, strict=True)
    ]
    total = build.node("Sum", weighted)
    return build.node("Div", [total, build.constant(np.float64(weights.sum()))])


def stack(build: Builder, model: Any, matrix: Matrix, ask: Ask) -> str:
    """`StackingRegressor` and `StackingClassifier`: the last asks of what the others answered.

    Raises:
        UnsupportedError: If the others are asked for scores or for classes.
    """
    classes = getattr(model, "classes_", None)
    wanted = "predict" if classes is None else "predict_proba"
    if other := set(model.stack_method_) - {wanted}:
        raise UnsupportedError(
            f"{type(model).__name__} asks an estimator for {min(other)}.",
            remedy=f"Train it with stack_method={wanted!r} and estimators that have it.",
        )
    answers = [ask(build, one, matrix) for one in model.estimators_]
    widths = [1 if classes is None else len(classes)] * len(answers)
    if classes is not None and len(classes) == 2:  # noqa: PLR2004 - one says the other
        last = build.constant(np.array([1], np.int64))
        answers = [build.node("Gather", [answer, last], axis=1) for answer in answers]
        widths = [1] * len(answers)
    return ask(build, model.final_estimator_, _beside(build, answers, sum(widths), model, matrix))


def _beside(
    build: Builder, answers: Sequence[str], width: int, model: Any, matrix: Matrix
) -> Matrix:
    if model.passthrough:
        return Matrix(build.node("Concat", [*answers, matrix.wide], axis=1), width + matrix.width)
    return Matrix(build.node("Concat", list(answers), axis=1), width)
