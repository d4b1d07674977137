"""LightGBM's boosted trees as an ONNX graph: float64 thresholds and float64 sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.convert._graph import Builder, Value
from samescale.convert._links import both, in_order, sigmoid
from samescale.convert._trees import Tree, sums
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import onnx

    from samescale.ir.types import Array

_PLAIN: Final = frozenset(
    {
        *("", "regression", "regression_l1", "huber", "fair", "quantile", "mape"),
        *("lambdarank", "rank_xendcg"),
    }
)
_ZERO: Final = np.float32(1e-35)
"""LightGBM takes every value up to here for zero, on either side."""
_BY_CATEGORY, _LEFT, _KIND = 1, 2, 2
_AS_ZERO, _AS_NAN = 1, 2


def to_onnx(given: Any, classes: Sequence[int] = (), count: int | None = None) -> onnx.ModelProto:
    """Trees as a network.

    It takes `features`, float32 `[rows, width]`, and gives `answers`, float64, as
    `LightgbmRuntime.predict` does.

    Args:
        given: A text model, as `models.lightgbm.stored` reads it.
        classes: The class codes in the order of its probabilities.
        count: How many classes the target has; `None` for a number.

    Raises:
        UnsupportedError: If it splits by categories, or for its objective; names it.
    """
    build = Builder([Value("features", "float32", ("rows", given.width))])
    trees = [_tree(one, place % given.groups) for place, one in enumerate(given.trees)]
    raw = sums(build, _given(build, given), trees, given.groups)
    if given.averages:
        rounds = np.float64(len(trees) // given.groups)
        raw = build.node("Div", [raw, build.constant(rounds)])
    found = _answers(build, raw, given.objective)
    if count is not None:
        chances = both(build, found) if given.groups == 1 else found
        made = in_order(build, chances, classes, count)
        return build.model([(made, Value("answers", "float64", ("rows", count)))])
    if given.groups > 1:
        return build.model([(found, Value("answers", "float64", ("rows", given.groups)))])
    flat = build.node("Squeeze", [found, build.constant(np.array([1], np.int64))])
    return build.model([(flat, Value("answers", "float64", ("rows",)))])


def _answers(build: Builder, raw: str, objective: str) -> str:
    name, *settings = objective.split(" ")
    if name in _PLAIN and "sqrt" not in settings:
        return raw
    match name:
        case "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape":
            return build.node("Mul", [raw, build.node("Abs", [raw])])
        case "poisson" | "gamma" | "tweedie":
            return build.node("Exp", [raw])
        case "binary" | "multiclassova":
            slope = next((float(s[8:]) for s in settings if s.startswith("sigmoid:")), 1.0)
            steep = build.node("Mul", [raw, build.constant(np.float64(slope))])
            return sigmoid(build, steep)
        case "cross_entropy":
            return sigmoid(build, raw)
        case "cross_entropy_lambda":
            return build.node("Softplus", [raw])
        case "multiclass":
            return build.node("Softmax", [raw], axis=1)
    raise UnsupportedError(
        f"LightGBM's objective '{objective}' isn't written as ONNX.",
        remedy="LightGBM serves the model.",
        value=objective,
    )


def _given(build: Builder, given: Any) -> str:
    """The features, with NaN for zeros where LightGBM takes these for missing."""
    kinds: dict[int, set[int]] = {}
    for tree in given.trees:
        for asked, kind in zip(tree.get("split_feature", ()), _kinds(tree), strict=True):
            kinds.setdefault(int(asked), set()).add(int(kind))
    zeros = {feature for feature, found in kinds.items() if _AS_ZERO in found}
    if any(len(kinds[feature]) > 1 for feature in zeros):
        raise UnsupportedError(
            "A feature's zeros are missing values in one split and none in another.",
            remedy="LightGBM serves the model.",
        )
    if not zeros:
        return "features"
    marked = np.isin(np.arange(given.width), list(zeros)).reshape(1, -1)
    near = build.node("LessOrEqual", [build.node("Abs", ["features"]), build.constant(_ZERO)])
    gone = build.node("And", [near, build.constant(marked)])
    return build.node("Where", [gone, build.constant(np.float32(np.nan)), "features"])


def _tree(given: Mapping[str, Sequence[str]], group: int) -> Tree:
    leaves = int(given["num_leaves"][0])
    values = np.array(given["leaf_value"], np.float64)
    if leaves == 1:
        none, zero = np.array([-1]), np.zeros(1)
        return Tree(none, zero, none, none, zero.astype(bool), values[:, None], group)
    told = np.array(given["decision_type"], np.int64)
    if np.any(told & _BY_CATEGORY):
        raise UnsupportedError(
            "LightGBM's splits by categories aren't written as ONNX.",
            remedy="Train it without categorical_feature, on one-hot features.",
        )
    thresholds, kinds = _away_from_zero(np.array(given["threshold"], np.float64)), _kinds(given)
    # Where NaN isn't missing, LightGBM takes it for a zero.
    left = np.where(kinds == 0, thresholds >= 0, (told & _LEFT) != 0)
    return Tree(
        _behind(np.array(given["split_feature"], np.int64), leaves),
        _behind(thresholds, leaves),
        _children(given["left_child"], leaves),
        _children(given["right_child"], leaves),
        _behind(left, leaves),
        np.concatenate([np.zeros(leaves - 1), values])[:, None],
        group,
    )


def _away_from_zero(thresholds: Array) -> Array:
    """Thresholds that send every value that LightGBM takes for zero where it sends zero."""
    below = np.nextafter(-_ZERO, np.float32(-np.inf)).astype(np.float64)
    near = np.abs(thresholds) <= _ZERO
    return np.where(near, np.where(thresholds < 0, below, np.float64(_ZERO)), thresholds)


def _kinds(given: Mapping[str, Sequence[str]]) -> Array:
    """What is missing, for each inner node: nothing, zeros or NaN."""
    return np.array(given.get("decision_type", ()), np.int64) >> _KIND


def _children(given: Sequence[str], leaves: int) -> Array:
    """Leaves, which LightGBM counts from -1 down, come behind the inner nodes."""
    told = np.array(given, np.int64)
    return _behind(np.where(told >= 0, told, leaves - 1 + ~told), leaves, -1)


def _behind(inner: Array, leaves: int, value: float = 0) -> Array:
    return np.concatenate([inner, np.full(leaves, value)]).astype(inner.dtype)
