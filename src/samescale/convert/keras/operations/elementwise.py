"""Operations that work entry by entry, on one tensor or on two that are broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import keras
import numpy as np

from samescale.convert.keras.tensors import Call, Tensor, array

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from samescale.ir.types import Array

_UNARY = {
    "Absolute": "Abs",
    "Abs": "Abs",
    "Arccos": "Acos",
    "Arcsin": "Asin",
    "Arctan": "Atan",
    "Ceil": "Ceil",
    "Cos": "Cos",
    "Cosh": "Cosh",
    "Erf": "Erf",
    "Exp": "Exp",
    "Floor": "Floor",
    "Log": "Log",
    "Negative": "Neg",
    "Reciprocal": "Reciprocal",
    "Sign": "Sign",
    "Sin": "Sin",
    "Sinh": "Sinh",
    "Sqrt": "Sqrt",
    "Tan": "Tan",
    "Tanh": "Tanh",
}
_ARITHMETIC = {
    "Add": "Add",
    "Subtract": "Sub",
    "Multiply": "Mul",
    "Divide": "Div",
    "TrueDivide": "Div",
    "Power": "Pow",
}
_COMPARISON = {
    "Equal": ("Equal", False),
    "NotEqual": ("Equal", True),
    "Greater": ("Greater", False),
    "GreaterEqual": ("GreaterOrEqual", False),
    "Less": ("Less", False),
    "LessEqual": ("LessOrEqual", False),
}
_LOGIC = {"LogicalAnd": "And", "LogicalOr": "Or", "LogicalXor": "Xor"}


def pair(call: Call, op: str, a: Tensor, b: Tensor, dtype: str | None = None) -> Tensor:
    """`op` on two tensors that are broadcast; beside a convolution, where the channels stand."""
    dtype = dtype or call.dtype
    if a.first is not None and b.first is not None and len(a.shape) == len(b.shape):
        made = call.build.node(op, [a.first, b.first])
        return call.channels_back(made, call.shape, dtype)
    return Tensor(call.build.node(op, [a.name, b.name]), call.shape, dtype)


def with_constant(call: Call, op: str, x: Tensor, value: Array, *, swapped: bool = False) -> Tensor:
    """`op` on a tensor and a constant, in this order or `swapped`."""
    moved = _moved(value, len(x.shape)) if x.first is not None else None
    if moved is None or call.shape != x.shape:
        names = [x.name, call.build.constant(value)]
        return call.emit(op, names[::-1] if swapped else names)
    names = [x.first or "", call.build.constant(moved)]
    made = call.build.node(op, names[::-1] if swapped else names)
    return call.channels_back(made, call.shape, call.dtype)


def _moved(value: Array, rank: int) -> Array | None:
    """A constant that is broadcast to channels last, for channels behind the rows."""
    if value.ndim > rank:
        return None
    full = value.reshape((1,) * (rank - value.ndim) + value.shape) if value.ndim else value
    return np.moveaxis(full, -1, 1) if value.ndim else value


def _unary(op: str) -> Callable[[Call], Tensor]:
    return lambda call: call.through(call.tensor(call.get("x"), call.dtype), op)


def _arithmetic(op: str) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        return two(call, op, call.get("x1"), call.get("x2"))

    return convert


def two(call: Call, op: str, a: Any, b: Any, dtype: str | None = None) -> Tensor:
    """`op` on two values, of which one may be a constant, in `dtype`, or the call's."""
    dtype = dtype or call.dtype
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return pair(call, op, call.tensor(a, dtype), call.tensor(b, dtype))
    swapped = isinstance(b, Tensor)
    given, constant = (b, a) if swapped else (a, b)
    value = array(constant).astype(dtype)
    if op == "Add" and given.biased is not None and given.dtype == dtype:
        made: Tensor | None = given.biased(value)
        if made is not None:
            return made
    return with_constant(call, op, call.tensor(given, dtype), value, swapped=swapped)


def _comparison(op: str, negated: bool) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        a, b = call.get("x1"), call.get("x2")
        dtype = common(a, b)
        a, b = call.tensor(a, dtype), call.tensor(b, dtype)
        made = call.build.node(op, [a.name, b.name])
        made = call.build.node("Not", [made]) if negated else made
        return Tensor(made, call.shape, "bool")

    return convert


def common(*values: Any) -> str:
    """The dtype that Keras brings values to before it works on them."""
    kinds = [type(x) if isinstance(x, bool | int | float) else _dtype(x) for x in values]
    return str(keras.backend.result_type(*kinds))


def _dtype(x: Any) -> str:
    return x.dtype if isinstance(x, Tensor) else array(x).dtype.name


def _extreme(op: str) -> Callable[[Call], Tensor]:
    return lambda call: two(call, op, call.get("x1"), call.get("x2"))


def _logic(op: str) -> Callable[[Call], Tensor]:
    return lambda call: pair(
        call, op, call.tensor(call.get("x1"), "bool"), call.tensor(call.get("x2"), "bool")
    )


def _square(call: Call) -> Tensor:
    x = call.tensor(call.get("x"), call.dtype)
    return pair(call, "Mul", x, x)


def _rsqrt(call: Call) -> Tensor:
    root = call.through(call.tensor(call.get("x"), call.dtype), "Sqrt")
    return call.through(root, "Reciprocal")


def _scaled_log(base: float) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        log = call.through(call.tensor(call.get("x"), call.dtype), "Log")
        return call.through(log, "Mul", call.number(1 / np.log(base), call.dtype))

    return convert


def _log1p(call: Call) -> Tensor:
    """log(u)·x/(u-1) for u = 1+x, which is as exact as log(u) is (Higham, 2002, p. 30)."""
    x = call.tensor(call.get("x"), call.dtype)
    one = call.number(1, call.dtype)
    u = call.build.node("Add", [x.name, one])
    ratio = call.build.node("Div", [x.name, call.build.node("Sub", [u, one])])
    product = call.build.node("Mul", [call.build.node("Log", [u]), ratio])
    small = call.build.node("Equal", [u, one])
    infinite = call.build.node("IsInf", [u])
    straight = call.build.node("Or", [small, infinite])
    return call.emit("Where", [straight, x.name, product])


def _expm1(call: Call) -> Tensor:
    """2·tanh(x/2)·exp(x/2)·cosh(x/2) has no difference of near numbers: sinh(x/2)·2·exp(x/2)."""
    x = call.tensor(call.get("x"), call.dtype)
    half = call.build.node("Mul", [x.name, call.number(0.5, call.dtype)])
    parts = [call.build.node(op, [half]) for op in ("Sinh", "Exp")]
    product = call.build.node("Mul", parts)
    return call.emit("Mul", [product, call.number(2, call.dtype)])


def _clip(call: Call) -> Tensor:
    x = call.tensor(call.get("x"), call.dtype)
    low, high = (array(v).astype(call.dtype) for v in (call.operation.x_min, call.operation.x_max))
    if low.ndim or high.ndim:
        raised = Tensor(
            call.build.node("Max", [x.name, call.build.constant(low)]), x.shape, x.dtype
        )
        return call.emit("Min", [raised.name, call.build.constant(high)])
    return call.through(x, "Clip", call.build.constant(low), call.build.constant(high))


def _cast(call: Call) -> Tensor:
    return call.tensor(call.get("x"), call.dtype)


def _same(call: Call) -> Tensor:
    x = call.args[0] if call.args else next(iter(call.kwargs.values()))
    return call.tensor(x, call.dtype)


def _round(call: Call) -> Tensor:
    if call.operation.decimals:
        call.refuse(f"it rounds to {call.operation.decimals} decimals")
    return call.through(call.tensor(call.get("x"), call.dtype), "Round")


def _is(op: str) -> Callable[[Call], Tensor]:
    return lambda call: call.through(call.get("x"), op, dtype="bool")


def _isfinite(call: Call) -> Tensor:
    x = call.get("x")
    size = call.build.node("Abs", [x.name])
    return call.emit("Less", [size, call.number(np.inf, x.dtype)])


def _divide_no_nan(call: Call) -> Tensor:
    a, b = (call.tensor(call.get(name), call.dtype) for name in ("x1", "x2"))
    zero = call.number(0, call.dtype)
    none = call.build.node("Equal", [b.name, zero])
    return call.emit("Where", [none, zero, call.build.node("Div", [a.name, b.name])])


TABLE: Final = {
    **{name: _unary(op) for name, op in _UNARY.items()},
    **{name: _arithmetic(op) for name, op in _ARITHMETIC.items()},
    **{name: _comparison(op, negated) for name, (op, negated) in _COMPARISON.items()},
    **{name: _logic(op) for name, op in _LOGIC.items()},
    "LogicalNot": lambda call: call.through(call.tensor(call.get("x"), "bool"), "Not"),
    "Maximum": _extreme("Max"),
    "Minimum": _extreme("Min"),
    "Square": _square,
    "Rsqrt": _rsqrt,
    "Log10": _scaled_log(10),
    "Log2": _scaled_log(2),
    "Log1p": _log1p,
    "Expm1": _expm1,
    "Clip": _clip,
    "Cast": _cast,
    "Copy": _same,
    "StopGradient": _same,
    "ConvertToTensor": _same,
    "Round": _round,
    "Isnan": _is("IsNaN"),
    "Isinf": _is("IsInf"),
    "Isfinite": _isfinite,
    "DivideNoNan": _divide_no_nan,
}
