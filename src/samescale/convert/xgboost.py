"""XGBoost's boosted trees as an ONNX graph: the same float32 numbers added in the same order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from onnx import TensorProto

from samescale.convert._graph import Builder, Value
from samescale.convert._links import both, sigmoid
from samescale.convert._trees import Compared, Tree, sums_in_order
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnx

    from samescale.ir.types import Array

_PLAIN: Final = (
    *("reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror"),
    *("reg:quantileerror", "reg:linear", "rank:ndcg", "rank:map", "rank:pairwise"),
    "binary:logitraw",
)
_EXP: Final = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")
_SIGMOID: Final = ("binary:logistic", "reg:logistic")


def to_onnx(learner: Mapping[str, Any], classes: int | None = None) -> onnx.ModelProto:
    """Trees as a network.

    It takes `features`, float32 `[rows, width]`, and gives `answers`, float32, as
    `XgboostRuntime.predict` does. The sums of the leaves are XGBoost's own bits; a logistic or an
    exponential of them is taken in float64.

    Args:
        learner: The `learner` of XGBoost's JSON, its trees sound and without categories.
        classes: How many classes the target has; `None` for a number.

    Raises:
        UnsupportedError: If its objective can't be written; names it.
    """
    width = int(learner["learner_model_param"]["num_feature"])
    objective = str(learner["objective"]["name"])
    build = Builder([Value("features", "float32", ("rows", width))])
    start = _start(learner, objective)
    trees = _trees(learner["gradient_booster"])
    raw = sums_in_order(build, "features", trees, start, Compared("BRANCH_LT"))
    found = _answers(build, raw, objective)
    if classes is not None:
        found = both(build, found) if len(start) == 1 else found
    narrow = build.node("Cast", [found], to=TensorProto.FLOAT) if found != raw else raw
    if classes is None and len(start) == 1:
        flat = build.node("Squeeze", [narrow, build.constant(np.array([1], np.int64))])
        return build.model([(flat, Value("answers", "float32", ("rows",)))])
    return build.model([(narrow, Value("answers", "float32", ("rows", classes or len(start))))])


def _answers(build: Builder, raw: str, objective: str) -> str:
    if objective in _PLAIN:
        return raw
    wide = build.node("Cast", [raw], to=TensorProto.DOUBLE)
    if objective in _EXP:
        return build.node("Exp", [wide])
    if objective in _SIGMOID:
        return sigmoid(build, wide)
    if objective == "multi:softprob":
        return build.node("Softmax", [wide], axis=1)
    raise UnsupportedError(
        f"XGBoost's objective '{objective}' isn't written as ONNX.",
        remedy="XGBoost serves the model.",
        value=objective,
    )


def _start(learner: Mapping[str, Any], objective: str) -> Array:
    """What the sums begin with: the base score on the scale of the margins."""
    param = learner["learner_model_param"]
    groups = max(int(param["num_class"]), int(param.get("num_target", "1")), 1)
    base = np.float32(1) * np.array(json.loads(param["base_score"]), np.float32).reshape(-1)
    if objective in _SIGMOID:
        base = -np.log(np.float32(1) / base - np.float32(1))
    elif objective in _EXP:
        base = np.log(base)
    return np.broadcast_to(base.astype(np.float32), groups)


def _trees(booster: Mapping[str, Any]) -> list[Tree]:
    model = booster["gbtree"]["model"] if booster["name"] == "dart" else booster["model"]
    trees, groups = model["trees"], model["tree_info"]
    weights = booster.get("weight_drop", [1.0] * len(trees))
    return [
        _tree(one, group, np.float32(weight))
        for one, group, weight in zip(trees, groups, weights, strict=True)
    ]


def _tree(given: Mapping[str, Any], group: int, weight: np.float32) -> Tree:
    # In a leaf, what would be the threshold is its value.
    values = np.array(given["split_conditions"], np.float32)
    return Tree(
        np.array(given["split_indices"], np.int64),
        values.astype(np.float64),
        np.array(given["left_children"], np.int64),
        np.array(given["right_children"], np.int64),
        np.array(given["default_left"], bool),
        (values * weight).astype(np.float64)[:, None],
        group,
    )
