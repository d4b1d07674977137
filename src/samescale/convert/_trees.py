"""Trees in ONNX, exactly.

Two things are lost where trees are carried over carelessly. A float64 threshold that is rounded
to float32 sends values near it to the other side: here it's rounded *down*, and for a float32
`x` then `x <= t` holds just when it held before. And ONNX Runtime gives the sum of the leaves in
float32: here every leaf is taken apart into whole numbers of a few powers of two, small enough
that float32 adds them without an error in any order, and the sums are put together in float64.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final, Literal, final

import numpy as np
from onnx import helper, numpy_helper

from samescale.errors import UnsupportedError
from samescale.targets._onnx import ML

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samescale.convert._graph import Builder
    from samescale.ir.types import Array

_WHOLE: Final = 24
"""Up to two to this power float32 has every whole number."""
_KEPT: Final = 2.0**-52
"""What is left of the largest leaf when the taking apart ends."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One tree. Its nodes are numbered from 0, the root; arrays have an entry a node.

    Attributes:
        feature: Which feature an inner node asks for; anything in a leaf.
        threshold: What it compares it with, float32 or float64.
        left: The node for which the comparison is true; -1 in a leaf.
        right: The other one.
        missing_left: Whether a NaN goes left.
        value: What a leaf gives, float64 nodes × outputs.
        output: The first output that it adds to.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    missing_left: Array
    value: Array
    output: int = 0


@final
@dc.dataclass(frozen=True, slots=True)
class Compared:
    """How inner nodes compare.

    Attributes:
        mode: `BRANCH_LEQ` or `BRANCH_LT`.
        dtype: Of the matrix and the thresholds: `float32` or `float64`.
    """

    mode: Literal["BRANCH_LEQ", "BRANCH_LT"] = "BRANCH_LEQ"
    dtype: Literal["float32", "float64"] = "float32"


def sums(
    build: Builder,
    matrix: str,
    trees: Sequence[Tree],
    outputs: int,
    compared: Compared = Compared(),
) -> str:
    """The sums of the leaves, float64 `[rows, outputs]`, as exact as float64 can say them.

    Args:
        build: The graph.
        matrix: What the trees ask, `[rows, width]` of `compared.dtype`.
        trees: At least one.
        outputs: How many sums there are.
        compared: How inner nodes compare.

    Raises:
        UnsupportedError: If a threshold or a leaf isn't finite.
    """
    units = _units(trees, outputs)
    taken = [dc.replace(tree, value=_apart(tree.value, units)) for tree in trees]
    moved = [dc.replace(tree, output=tree.output * len(units)) for tree in taken]
    found = _ensemble(build, matrix, moved, outputs * len(units), compared)
    weights = np.kron(np.eye(outputs), np.array(units)[:, None])
    wide = build.node("Cast", [found], to=helper.np_dtype_to_tensor_dtype(np.dtype(np.float64)))
    return build.node("MatMul", [wide, build.constant(weights, "units")])


def sums_in_order(
    build: Builder,
    matrix: str,
    trees: Sequence[Tree],
    start: Array,
    compared: Compared = Compared(),
) -> str:
    """The float32 sums of float32 leaves, from `start` on in the trees' order, `[rows, outputs]`.

    ONNX Runtime adds in that order on one thread. A constant of its own it would add last, so
    `start` goes in front as trees of one leaf.

    Raises:
        UnsupportedError: If a threshold or a leaf isn't finite.
    """
    first = [_constant_tree(value, output) for output, value in enumerate(start)]
    return _ensemble(build, matrix, [*first, *trees], len(start), compared)


def rounded_down(thresholds: Array) -> Array:
    """The largest float32 up to each: what `x <= threshold` means to a float32 `x`.

    >>> rounded_down(np.array([0.1, 0.5, -1e300])).tolist()
    [0.09999999403953552, 0.5, -inf]
    """
    with np.errstate(over="ignore"):
        near = thresholds.astype(np.float32)
        below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > thresholds, below, near)


def _constant_tree(value: Any, output: int) -> Tree:
    zero, leaf = np.zeros(1), np.full(1, -1)
    leaf_value = np.array([[value]], np.float64)
    return Tree(leaf, zero, leaf, leaf, zero.astype(bool), leaf_value, output)


def _units(trees: Sequence[Tree], outputs: int) -> list[float]:
    """Powers of two: each leaf is a sum of whole multiples of them, small enough to be added up."""
    adding = np.zeros(outputs, int)
    largest = 0.0
    for tree in trees:
        leaves = tree.value[tree.left < 0]
        adding[tree.output : tree.output + leaves.shape[1]] += 1
        largest = max(largest, float(np.abs(leaves).max(initial=0.0)))
    if not math.isfinite(largest):
        raise _not_finite("leaf")
    bits = _WHOLE - math.ceil(math.log2(max(1, adding.max())))
    exponent = (math.frexp(largest)[1] if largest else 0) - bits
    units = [math.ldexp(1.0, max(exponent, -1074))]
    # What is left is at most half a unit, so the next one may be smaller by one bit more.
    while units[-1] > largest * _KEPT and units[-1] > 2.0**-1000:
        units.append(math.ldexp(units[-1], -(bits + 1)))
    return units


def _apart(values: Array, units: Sequence[float]) -> Array:
    """`values` in units, `[nodes, outputs × units]`."""
    left, parts = values.astype(np.float64), []
    for unit in units:
        whole = np.rint(left / unit)
        left = left - whole * unit
        parts.append(whole)
    return np.stack(parts, 2).reshape(len(values), -1)


def _ensemble(
    build: Builder, matrix: str, trees: Sequence[Tree], outputs: int, compared: Compared
) -> str:
    sizes = [len(tree.left) for tree in trees]
    inner = _joined(tree.left for tree in trees) >= 0
    nodes = {
        "nodes_treeids": np.repeat(np.arange(len(trees)), sizes),
        "nodes_nodeids": _joined(np.arange(size) for size in sizes),
        "nodes_featureids": np.where(inner, _joined(tree.feature for tree in trees), 0),
        "nodes_truenodeids": np.where(inner, _joined(tree.left for tree in trees), 0),
        "nodes_falsenodeids": np.where(inner, _joined(tree.right for tree in trees), 0),
        "nodes_missing_value_tracks_true": _joined(tree.missing_left for tree in trees) & inner,
    }
    thresholds = np.where(inner, _joined(tree.threshold for tree in trees), 0.0)
    if np.isnan(thresholds).any():
        raise _not_finite("threshold")
    return build.node(
        "TreeEnsembleRegressor",
        [matrix],
        domain=ML,
        n_targets=outputs,
        aggregate_function="SUM",
        post_transform="NONE",
        nodes_modes=np.where(inner, compared.mode, "LEAF").tolist(),
        **{name: array.astype(np.int64).tolist() for name, array in nodes.items()},
        **_numbers("nodes_values", thresholds, compared),
        **_leaves(trees, compared),
    )


def _leaves(trees: Sequence[Tree], compared: Compared) -> dict[str, Any]:
    places, values, ids, outputs = [], [], [], []
    for number, tree in enumerate(trees):
        leaves = np.flatnonzero(tree.left < 0)
        width = tree.value.shape[1]
        ids.append(np.full(len(leaves) * width, number))
        places.append(np.repeat(leaves, width))
        outputs.append(np.tile(np.arange(tree.output, tree.output + width), len(leaves)))
        values.append(tree.value[leaves].ravel())
    weights = _joined(values)
    if not np.isfinite(weights).all():
        raise _not_finite("leaf")
    return {
        "target_treeids": _joined(ids).tolist(),
        "target_nodeids": _joined(places).tolist(),
        "target_ids": _joined(outputs).tolist(),
        **_numbers("target_weights", weights, compared),
    }


def _numbers(name: str, values: Array, compared: Compared) -> dict[str, Any]:
    """An attribute of numbers: float64 ones are a tensor."""
    if compared.dtype == "float64":
        return {f"{name}_as_tensor": numpy_helper.from_array(values.astype(np.float64), name)}
    return {name: rounded_down(values).tolist()}


def _joined(arrays: Iterable[Array]) -> Array:
    return np.concatenate(list(arrays))


def _not_finite(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"A tree has a {what} that is no finite number.",
        remedy="Train the model again on finite numbers.",
    )
