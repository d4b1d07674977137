"""Vectors of codes, as ONNX.

One code is compared with every place; several are scattered over a row of zeros, which takes as
many steps however many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.ir.types import numpy_dtype

if TYPE_CHECKING:
    from samescale.ir import nodes as n
    from samescale.ir.types import DType, TensorType
    from samescale.targets._onnx.hot import Bounds
    from samescale.targets.onnx.writer import Value, Writer


def value(node: n.OneHot, x: Value, of: TensorType, within: Bounds, write: Writer) -> Value:
    """The value of `node`, whose codes are `x`.

    Args:
        node: What is asked for.
        x: Codes.
        of: Their type.
        within: Between which codes all of them are, as far as the graph tells.
        write: Where to.
    """
    # Of uint64, what int64 can't hold becomes negative, and so is out of range.
    codes = x if of.dtype == "int64" else write.cast(x, "int64")
    shape = of.shape or (1,)
    if node.mode != "one_hot":
        return _scattered(node, codes, shape, within, write)
    if of.shape:
        codes = write.node("Unsqueeze", codes, write.integers(len(shape) + 1))
    hits = write.node("Equal", codes, write.constant(np.arange(node.depth, dtype=np.int64)))
    return write.cast(hits, node.dtype)


def _scattered(
    node: n.OneHot, codes: Value, shape: tuple[int, ...], within: Bounds, write: Writer
) -> Value:
    """Each code sets, or adds to, its place in a row of zeros."""
    held: DType = "float32" if node.dtype == "float32" else "int64"
    sure = 0 <= within[0] <= within[1] < node.depth
    if sure:
        one = write.constant(np.ones(1, numpy_dtype(held)))
        updates = write.node("Expand", one, write.node("Shape", codes))
    else:  # a code out of range adds 0 at place 0
        inside = write.node("And", *_ends(codes, node.depth, write))
        updates = write.cast(inside, held)
        codes = write.node("Where", inside, codes, write.integers(0))
    rows = write.node("Shape", codes, start=0, end=1)
    wanted = write.node("Concat", rows, write.integers(*shape[:-1], node.depth), axis=0)
    zeros = write.node("Expand", write.constant(np.zeros(1, numpy_dtype(held))), wanted)
    joins = {} if sure and node.mode == "multi_hot" else {"reduction": _REDUCTION[node.mode]}
    made = write.node("ScatterElements", zeros, codes, updates, axis=len(shape), **joins)
    return made if held == node.dtype else write.cast(made, node.dtype)


_REDUCTION = {"multi_hot": "max", "count": "add"}


def _ends(codes: Value, depth: int, write: Writer) -> tuple[Value, Value]:
    above = write.node("GreaterOrEqual", codes, write.integers(0))
    return above, write.node("Less", codes, write.integers(depth))
