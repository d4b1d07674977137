"""Nodes of two or three tensors, as ONNX: rows of two ranks are aligned as the reference does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from samescale.ir import nodes as n
from samescale.targets._onnx import MISSING_TEXT
from samescale.targets.onnx.where import opposite, where, where_constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import TensorType
    from samescale.targets.onnx.writer import Value, Writer


def value(
    node: n.Sub | n.Mul | n.Equal | n.Less | n.Where,
    of: Sequence[Value],
    types_: Sequence[TensorType],
    result: TensorType,
    write: Writer,
) -> Value:
    """The value of `node`, whose arguments are `of`."""
    if isinstance(node, n.Equal) and types_[0].dtype == "string":
        return _equal_text(node, of, write)
    args = [
        x if isinstance(argument, n.Const) else _ranked(x, type_, result, write)
        for x, type_, argument in zip(of, types_, n.arguments(node), strict=True)
    ]
    match node:
        case n.Sub():
            return write.node("Sub", *args)
        case n.Mul():
            return _product(node, args, result, write)
        case n.Equal():
            return write.node("Equal", *args)
        case n.Less():
            return write.node("Less", *args)
        case n.Where():
            return _where(node, args, types_, result, write)


def _product(node: n.Mul, args: Sequence[Value], result: TensorType, write: Writer) -> Value:
    """The product, with no single factor where a network follows.

    ONNX Runtime draws one into a MatMul behind it, and rounds otherwise: so it is written once for
    each number of a row, and of a row of one its sign is turned, and turned back.
    """
    constant = node.x if isinstance(node.x, n.Const) else node.y
    if not (write.feeds_network and isinstance(constant, n.Const) and constant.value.size == 1):
        return write.node("Mul", *args)
    other = args[1] if constant is node.x else args[0]
    row = result.shape or (1,)
    if math.prod(row) > 1:
        return write.node("Mul", other, write.constant(np.broadcast_to(constant.value, row)))
    turned = write.node("Mul", other, write.constant(-constant.value))
    return write.node("Neg", turned)


def _where(
    node: n.Where,
    args: Sequence[Value],
    types_: Sequence[TensorType],
    result: TensorType,
    write: Writer,
) -> Value:
    condition, x, y = args
    if isinstance(node.y, n.Const) and not isinstance(node.x, n.Const):
        turned = n.Where(node.condition, node.y, node.x)
        swapped = (types_[0], types_[2], types_[1])
        return _where(turned, (opposite(condition, write), y, x), swapped, result, write)
    if not isinstance(node.x, n.Const):
        return where(condition, x, y, result.dtype, write)
    condition = _as_wide(condition, types_, result, write)
    return where_constant(condition, node.x.value, y, result.dtype, write)


def _as_wide(
    condition: Value, types_: Sequence[TensorType], result: TensorType, write: Writer
) -> Value:
    """The condition, widened where only a constant is as wide as the result (see `where.py`)."""
    wide = [place for place, size in enumerate(reversed(result.shape), 1) if size > 1]
    given = (types_[0].shape, types_[2].shape)
    if not wide or any(len(shape) >= wide[0] and shape[-wide[0]] > 1 for shape in given):
        return condition
    return write.node("Or", condition, write.constant(np.zeros(result.shape, np.bool_)))


def _equal_text(node: n.Equal, of: Sequence[Value], write: Writer) -> Value:
    """ONNX compares no texts before opset 19; a table of one key does."""
    told, other = (node.x, of[1]) if isinstance(node.x, n.Const) else (node.y, of[0])
    keys = told.value.ravel().tolist() if isinstance(told, n.Const) else []
    return is_text(other, MISSING_TEXT if keys[0] is None else keys[0], write)


def is_text(x: Value, key: str, write: Writer) -> Value:
    """Whether each text of `x` is `key`."""
    found = write.learned("LabelEncoder", x, keys_strings=[key], values_int64s=[1], default_int64=0)
    return write.cast(found, "bool")


def _ranked(x: Value, of: TensorType, result: TensorType, write: Writer) -> Value:
    """`x` with axes of length 1 put after the rows, as many as the result has more."""
    shape = of.shape or (1,)
    missing = len(result.shape) - len(shape)
    if missing <= 0:
        return x
    return write.node("Reshape", x, write.integers(0, *(1,) * missing, *shape))
