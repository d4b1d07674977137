"""CatBoost's symmetric trees as an ONNX graph in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.convert._graph import Builder, Value
from samescale.convert._links import both, in_order, sigmoid
from samescale.convert._trees import Tree, sums

if TYPE_CHECKING:
    import onnx

_EXPONENT: Final = ("Poisson", "Tweedie")
_SIGMOID: Final = ("Logloss", "CrossEntropy", "MultiClassOneVsAll")


def to_onnx(given: Any, count: int | None = None) -> onnx.ModelProto:
    """Trees as a network.

    It takes `features`, float32 `[rows, width]`, and gives `answers`, float64, as
    `CatboostRuntime.predict` does.

    Args:
        given: A model, as `models.catboost.stored` reads it.
        count: How many classes the target has; `None` for a number.
    """
    width, answers = len(given.features), len(given.bias)
    build = Builder([Value("features", "float32", ("rows", width))])
    trees = [_tree(one, given.features) for one in given.trees]
    total = sums(build, "features", trees, answers)
    scaled = build.node("Mul", [total, build.constant(np.float64(given.scale))])
    raw = build.node("Add", [scaled, build.constant(np.array([given.bias], np.float64))])
    found = _answers(build, raw, given.loss)
    if count is not None:
        chances = both(build, found) if answers == 1 else found
        made = in_order(build, chances, given.classes, count)
        return build.model([(made, Value("answers", "float64", ("rows", count)))])
    if answers > 1:
        return build.model([(found, Value("answers", "float64", ("rows", answers)))])
    flat = build.node("Squeeze", [found, build.constant(np.array([1], np.int64))])
    return build.model([(flat, Value("answers", "float64", ("rows",)))])


def _answers(build: Builder, raw: str, loss: str) -> str:
    if loss in _EXPONENT:
        return build.node("Exp", [raw])
    if loss in _SIGMOID:
        return sigmoid(build, raw)
    return build.node("Softmax", [raw], axis=1) if loss == "MultiClass" else raw


def _tree(given: Any, features: Any) -> Tree:
    """Level by level: the node of level `i` that `yes` answers lead to is `2 ** i - 1 + yes`."""
    levels = len(given.splits)
    inner, leaves = 2**levels - 1, 2**levels
    left, right = np.full(inner + leaves, -1), np.full(inner + leaves, -1)
    feature, threshold = np.zeros(inner + leaves, np.int64), np.zeros(inner + leaves)
    missing = np.zeros(inner + leaves, bool)
    for level, (place, border) in enumerate(given.splits):
        nodes = 2**level - 1 + np.arange(2**level)
        # Above the border is yes, and adds 2 ** level; up to it is no, as NaN is unless told.
        left[nodes] = 2 ** (level + 1) - 1 + np.arange(2**level)
        right[nodes] = left[nodes] + 2**level
        feature[nodes], threshold[nodes] = place, features[place].borders[border]
        missing[nodes] = features[place].missing != "AsTrue"
    value = np.concatenate([np.zeros((inner, given.leaves.shape[1])), given.leaves])
    return Tree(feature, threshold, left, right, missing, value)
