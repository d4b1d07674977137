"""A choice between two tensors that keeps every bit in ONNX Runtime too.

ONNX Runtime's Where (1.32, CPU) fills the places that aren't chosen with 0 and then takes what is
not 0: of two zeros, the sign of the one on the left is lost, or the one on the right where only the
left has more than one number. What is written here says the same by the standard, and nothing is
lost: what may be -0 stands on the right, or is chosen with its sign turned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.ir.types import FLOATS, numpy_dtype
from samescale.targets._onnx import MISSING_TEXT

if TYPE_CHECKING:
    from samescale.ir.types import Array, DType
    from samescale.targets.onnx.writer import Value, Writer

# What holds a dtype where ONNX Runtime has no kernel that chooses between two of it.
_CHOSEN_AS: dict[DType, DType] = {
    "bool": "uint8",
    "int16": "int32",
    "uint16": "int32",
    "uint64": "int64",
    "float16": "float32",
}


def where(condition: Value, x: Value, y: Value, dtype: DType, write: Writer) -> Value:
    """`x` where the condition holds, else `y`; both of `dtype`, and either may be -0."""
    if dtype in _CHOSEN_AS:
        wider = _CHOSEN_AS[dtype]
        x, y = write.cast(x, wider), write.cast(y, wider)
        return write.cast(where(condition, x, y, wider, write), dtype)
    if dtype not in FLOATS:
        return write.node("Where", condition, x, y)
    # 0 - (0 or -y) and -(0 or -x): a sum to which the side that isn't chosen adds a zero that
    # changes nothing, not even the sign of another.
    zero = write.constant(np.zeros((), numpy_dtype(dtype)))
    turned = [write.node("Neg", value) for value in (x, y)]
    left = write.node("Where", opposite(condition, write), zero, turned[0])
    right = write.node("Where", condition, zero, turned[1])
    return write.node("Sub", write.node("Neg", left), right)


def opposite(condition: Value, write: Writer) -> Value:
    """Where the condition doesn't hold. No Not: ONNX Runtime would turn the choice around it."""
    return write.node("Xor", condition, write.constant(np.ones((), np.bool_)))


def where_constant(condition: Value, value: Array, y: Value, dtype: DType, write: Writer) -> Value:
    """The constant `value` where the condition holds, else `y`.

    Args:
        condition: As wide as `y`, or as the result.
        value: A constant of `dtype`.
        y: Of `dtype`; may be -0.
        dtype: Of both.
        write: Where to.
    """
    if dtype in _CHOSEN_AS:
        wider = _CHOSEN_AS[dtype]
        y, value = write.cast(y, wider), value.astype(numpy_dtype(wider))
        return write.cast(where_constant(condition, value, y, wider, write), dtype)
    if dtype not in FLOATS or not (lost := (value == 0) & np.signbit(value)).any():
        return write.node("Where", condition, constant(value, write), y)
    signs = np.where(lost, -1, 1).astype(value.dtype)
    sign = write.constant(signs)
    turned = write.node("Mul", y, sign)
    chosen = write.node("Where", condition, write.constant(value * signs), turned)
    return write.node("Mul", chosen, sign)


def constant(value: Array, write: Writer) -> Value:
    """A constant; of text, what is missing is `MISSING_TEXT`."""
    if value.dtype != object:
        return write.constant(value)
    made: Array = np.empty(value.shape, object)
    for place in np.ndindex(value.shape):
        made[place] = MISSING_TEXT if value[place] is None else value[place]
    return write.constant(made)
