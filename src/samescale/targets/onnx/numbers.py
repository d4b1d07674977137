"""Nodes of one number after the other, as ONNX.

Where ONNX Runtime's float32 operation is further off than need be, or there is none, float64
computes and the result is rounded once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.types import FLOATS, numpy_dtype
from samescale.targets._onnx import MISSING_TEXT
from samescale.targets.onnx.together import is_text
from samescale.targets.onnx.where import opposite, where, where_constant

if TYPE_CHECKING:
    from samescale.ir.types import Array, DType, TensorType
    from samescale.targets.onnx.writer import Value, Writer

_HALF = 0.5


def value(
    node: n.Exp | n.Expm1 | n.Log | n.Log1p | n.Power | n.Floor,
    x: Value,
    of: TensorType,
    write: Writer,
) -> Value:
    """The value of `node`, whose argument is `x`."""
    match node:
        case n.Floor():
            return write.node("Floor", x)
        case n.Exp():
            return write.node("Exp", x)
        case n.Log():
            return write.node("Log", x)
        case n.Power(_, exponent):
            return _power(x, exponent, of, write)
        case n.Log1p():
            return _narrow(_log1p(_wide(x, of, write), write), of, write)
        case n.Expm1():
            return _narrow(_expm1(_wide(x, of, write), write), of, write)


def _wide(x: Value, of: TensorType, write: Writer) -> Value:
    return x if of.dtype == "float64" else write.cast(x, "float64")


def _narrow(x: Value, of: TensorType, write: Writer) -> Value:
    return x if of.dtype == "float64" else write.cast(x, of.dtype)


def _double(number: float, write: Writer) -> Value:
    return write.constant(np.array(number, np.float64))


def _power(x: Value, exponent: float, of: TensorType, write: Writer) -> Value:
    if exponent == _HALF:  # as NumPy does, which tells at -inf
        return write.node("Sqrt", x)
    rounded = float(of.numpy.type(exponent))  # as the definition rounds it
    return _narrow(write.node("Pow", _wide(x, of, write), _double(rounded, write)), of, write)


def _log1p(x: Value, write: Writer) -> Value:
    """log(u) x / (u - 1), with u = 1 + x as rounded; x where u is 1 (W. Kahan).

    Its error is that of the logarithm: what u lost by rounding, the quotient gives back.
    """
    one = _double(1.0, write)
    u = write.node("Add", x, one)
    log = write.node("Log", u)
    given_back = write.node("Div", x, write.node("Sub", u, one))
    found = write.node("Mul", log, given_back)
    infinite = write.node("Equal", u, _double(np.inf, write))
    found = write.node("Where", infinite, u, found)  # inf / inf is NaN
    return _unless(write.node("Equal", u, one), x, found, write)


def _unless(condition: Value, x: Value, y: Value, write: Writer) -> Value:
    """`x` where the condition holds, else `y`, which is no zero: x keeps the sign of its."""
    return write.node("Where", opposite(condition, write), y, x)


def _expm1(x: Value, write: Writer) -> Value:
    """(u - 1) x / log(u), with u = exp(x) as rounded; x where u is 1, u - 1 at the ends."""
    one = _double(1.0, write)
    u = write.node("Exp", x)
    less = write.node("Sub", u, one)
    found = write.node("Mul", less, write.node("Div", x, write.node("Log", u)))
    # Below 2**-60, u - 1 is -1 to the bit; where u is infinite, so is the result.
    far = write.node("Less", u, _double(2.0**-60, write))
    infinite = write.node("Equal", u, _double(np.inf, write))
    found = write.node("Where", write.node("Or", far, infinite), less, found)
    return _unless(write.node("Equal", u, one), x, found, write)


def chosen(node: n.Cast | n.Clip | n.IsNan, x: Value, of: TensorType, write: Writer) -> Value:
    """The value of a node that chooses or converts, whose argument is `x`."""
    match node:
        case n.Cast(_, dtype):
            saturates = of.dtype in FLOATS and dtype not in FLOATS | {"bool"}
            return _whole(x, of, dtype, write) if saturates else write.cast(x, dtype)
        case n.Clip(_, low, high):
            return _clip(x, low, high, of, write)
        case n.IsNan():
            return is_text(x, MISSING_TEXT, write) if of.dtype == "string" else _is_nan(x, write)


def _is_nan(x: Value, write: Writer) -> Value:
    return write.node("IsNaN", x)


def _clip(x: Value, low: Array, high: Array, of: TensorType, write: Writer) -> Value:
    """By comparison, as the definition: Max and Min leave the sign of zero open."""
    if not _never(low, -np.inf):
        x = where_constant(write.node("Less", x, write.constant(low)), low, x, of.dtype, write)
    if not _never(high, np.inf):
        x = where_constant(write.node("Less", write.constant(high), x), high, x, of.dtype, write)
    return x


def _never(bound: Array, end: float) -> bool:
    """Whether nothing is beyond a bound."""
    return bound.dtype.kind == "f" and bool(np.all(bound == end))


def _whole(x: Value, of: TensorType, dtype: DType, write: Writer) -> Value:
    """A float as an integer: towards zero, and at an integer's ends where it is outside.

    A cast of what is outside is undefined in ONNX; what it gives is replaced.
    """
    limits = np.iinfo(numpy_dtype(dtype))
    wide = _wide(x, of, write)
    inner: DType = dtype if dtype == "uint64" else "int64"
    low, high = float(limits.min), float(limits.max)
    above = write.node("GreaterOrEqual", wide, _double(high, write))
    below = write.node("LessOrEqual", wide, _double(low, write))
    outside = write.node("Or", above, below)
    inside = write.cast(where(outside, _double(0.0, write), wide, "float64", write), inner)
    kind = numpy_dtype(inner)
    found = where(above, write.constant(np.array(limits.max, kind)), inside, inner, write)
    found = where(below, write.constant(np.array(limits.min, kind)), found, inner, write)
    return found if inner == dtype else write.cast(found, dtype)
