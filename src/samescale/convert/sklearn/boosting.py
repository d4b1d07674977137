"""Gradient-boosted trees, of both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor

from samescale.convert._links import both
from samescale.convert._trees import Compared, Tree, sums
from samescale.convert.sklearn.forests import written
from samescale.convert.sklearn.links import inverse
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from samescale.convert._graph import Builder
    from samescale.convert.sklearn.matrix import Matrix
    from samescale.ir.types import Array


def gradient(build: Builder, model: Any, matrix: Matrix) -> str:
    """`GradientBoostingRegressor` and `GradientBoostingClassifier`.

    Raises:
        UnsupportedError: If it begins with an estimator of one's own.
    """
    if model.init_ != "zero" and type(model.init_) not in (DummyRegressor, DummyClassifier):
        raise UnsupportedError(
            f"{type(model).__name__} begins with a {type(model.init_).__name__}.",
            remedy="Train it without init=…, or with init='zero'.",
        )
    trees = [
        written(one, model.learning_rate, output)
        for stage in model.estimators_
        for output, one in enumerate(stage)
    ]
    start = model._raw_predict_init(np.zeros((1, matrix.width), np.float32))  # noqa: SLF001 - constant
    raw = sums(build, matrix.rounded(build), trees, start.shape[1])
    return _answers(build, model, raw, start)


def histogram(build: Builder, model: Any, matrix: Matrix) -> str:
    """`HistGradientBoostingRegressor` and `HistGradientBoostingClassifier`.

    Raises:
        UnsupportedError: If it splits by categories.
    """
    if model.is_categorical_ is not None and np.any(model.is_categorical_):
        raise UnsupportedError(
            f"{type(model).__name__} splits by categories.",
            remedy="Train it with categorical_features=None on one-hot features.",
        )
    start = model._baseline_prediction  # noqa: SLF001 - fitted there
    trees = [
        _tree(one.nodes, output)
        for stage in model._predictors  # noqa: SLF001 - fitted there
        for output, one in enumerate(stage)
    ]
    # What isn't float32 is compared in float64, as scikit-learn does.
    compared = Compared(dtype="float64" if matrix.narrow is None else "float32")
    raw = sums(build, matrix.narrow or matrix.wide, trees, start.shape[1], compared)
    return _answers(build, model, raw, start)


def _tree(nodes: Array, output: int) -> Tree:
    leaf = nodes["is_leaf"] != 0
    return Tree(
        nodes["feature_idx"],
        nodes["num_threshold"],
        np.where(leaf, -1, nodes["left"].astype(np.int64)),
        np.where(leaf, -1, nodes["right"].astype(np.int64)),
        nodes["missing_go_to_left"].astype(bool),
        nodes["value"][:, None],
        output,
    )


def _answers(build: Builder, model: Any, raw: str, start: Array) -> str:
    total = build.node("Add", [raw, build.constant(np.asarray(start, np.float64).reshape(1, -1))])
    found = inverse(build, total, model._loss.link)  # noqa: SLF001 - fitted there
    two_classes = hasattr(model, "classes_") and start.shape[1] == 1
    return both(build, found) if two_classes else found
