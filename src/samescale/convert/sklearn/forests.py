"""Decision trees and forests of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.convert._trees import Tree, sums
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from samescale.convert._graph import Builder
    from samescale.convert.sklearn.matrix import Matrix


def tree(build: Builder, model: Any, matrix: Matrix) -> str:
    """One tree."""
    return _mean(build, [model], matrix)


def forest(build: Builder, model: Any, matrix: Matrix) -> str:
    """The mean of a forest's trees."""
    return _mean(build, model.estimators_, matrix)


def written(one: Any, scale: float = 1.0, output: int | None = None) -> Tree:
    """A `DecisionTree…` as its arrays.

    Args:
        one: The tree.
        scale: Multiplies its leaves.
        output: The one output that it adds to; all of its own if left out.

    Raises:
        UnsupportedError: If it predicts several classes at once.
    """
    inside = one.tree_
    if hasattr(one, "classes_") and inside.n_outputs > 1:
        raise UnsupportedError(
            "A tree that predicts several classes at once isn't written as ONNX.",
            remedy="Train one for each target.",
        )
    value = inside.value[:, 0, :] if hasattr(one, "classes_") else inside.value[:, :, 0]
    missing = inside.__getstate__()["nodes"]["missing_go_to_left"]
    return Tree(
        inside.feature,
        inside.threshold,
        inside.children_left,
        inside.children_right,
        missing.astype(bool),
        value * scale,
        output or 0,
    )


def _mean(build: Builder, trees: Any, matrix: Matrix) -> str:
    arrays = [written(one) for one in trees]
    total = sums(build, matrix.rounded(build), arrays, arrays[0].value.shape[1])
    if len(arrays) == 1:
        return total
    return build.node("Div", [total, build.constant(np.float64(len(arrays)))])
