"""Dummies: the same answer for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from samescale.convert._graph import Builder
    from samescale.convert.sklearn.matrix import Matrix


def dummy(build: Builder, model: Any, matrix: Matrix) -> str:
    """`DummyRegressor`, and `DummyClassifier` unless it draws.

    Raises:
        UnsupportedError: If its answers are drawn.
    """
    if getattr(model, "strategy", "") in {"stratified", "uniform"}:
        raise UnsupportedError(
            f"DummyClassifier(strategy={model.strategy!r}) may draw its answers.",
            remedy="Train it with strategy='prior'.",
            value=model.strategy,
        )
    row = np.zeros((1, matrix.width))
    given = model.predict_proba(row) if hasattr(model, "classes_") else model.predict(row)
    answer = np.asarray(given, np.float64).reshape(1, -1)
    # A dummy looks at no value, so nothing in a row may matter: a NaN or an infinity neither.
    zero, low, high = (build.constant(np.float64(number)) for number in (0, -1, 1))
    there = build.node("Where", [build.node("IsNaN", [matrix.wide]), zero, matrix.wide])
    bounded = build.node("Clip", [there, low, high])
    zeros = build.constant(np.zeros((matrix.width, answer.shape[1])), "zeros")
    nothing = build.node("MatMul", [bounded, zeros])
    return build.node("Add", [nothing, build.constant(answer)])
