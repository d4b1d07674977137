"""Operations that make one entry of several: over any axes but the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samescale.convert.keras.tensors import Call, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

_REDUCE = {
    "Mean": "ReduceMean",
    "Sum": "ReduceSum",
    "Max": "ReduceMax",
    "Min": "ReduceMin",
    "Amax": "ReduceMax",
    "Amin": "ReduceMin",
    "Prod": "ReduceProd",
    "Logsumexp": "ReduceLogSumExp",
}


def axes_of(call: Call, x: Tensor) -> list[int]:
    """The operation's axes, from 1 on.

    Raises:
        UnsupportedError: If the rows are among them.
    """
    axis, rank = call.operation.axis, len(x.shape)
    given = range(rank) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = sorted(int(i) % rank for i in given)
    if 0 in axes:
        call.refuse(
            "it works over the rows, and a row's answer may not depend on the other rows",
            "Give it axes behind the first.",
        )
    return axes


def reduced(call: Call, op: str, x: Tensor, axes: list[int], *, keep: bool) -> Tensor:
    """`op` over `axes`; beside a convolution, where the channels stand."""
    last = len(x.shape) - 1
    if x.first is not None and last not in axes:
        moved = call.integers(*(axis + 1 for axis in axes))
        made = call.build.node(op, [x.first, moved], keepdims=int(keep))
        if keep:
            return call.channels_back(made, call.shape, x.dtype)
        if len(axes) == last - 1:
            return Tensor(made, call.shape, x.dtype)
    made = call.build.node(op, [x.name, call.integers(*axes)], keepdims=int(keep))
    return Tensor(made, call.shape, x.dtype)


def _reduce(op: str) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        x = call.tensor(call.get("x"), call.dtype)
        if getattr(call.operation, "initial", None) is not None:
            call.refuse("it has an initial value")
        return reduced(call, op, x, axes_of(call, x), keep=bool(call.operation.keepdims))

    return convert


def moments(call: Call, x: Tensor, axes: list[int]) -> tuple[str, str]:
    """Mean and variance over `axes`, kept: the second pass takes the mean away first."""
    over = call.integers(*axes)
    mean = call.build.node("ReduceMean", [x.name, over], keepdims=1)
    away = call.build.node("Sub", [x.name, mean])
    square = call.build.node("Mul", [away, away])
    return mean, call.build.node("ReduceMean", [square, over], keepdims=1)


def _spread(root: bool) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        x = call.tensor(call.get("x"), call.dtype)
        axes = axes_of(call, x)
        _, name = moments(call, x, axes)
        name = call.build.node("Sqrt", [name]) if root else name
        return _unkept(call, name, axes, keep=call.operation.keepdims)

    return convert


def _unkept(call: Call, name: str, axes: list[int], *, keep: bool) -> Tensor:
    if not keep:
        name = call.build.node("Squeeze", [name, call.integers(*axes)])
    return Tensor(name, call.shape, call.dtype)


def _moments(call: Call) -> list[Tensor]:
    x = call.tensor(call.get("x"), call.dtype)
    axes = [int(i) % len(x.shape) for i in call.operation.axes]
    if 0 in axes:
        call.refuse("it works over the rows, and a row's answer may not depend on the other rows")
    keep = bool(call.operation.keepdims)
    return [_unkept(call, name, axes, keep=keep) for name in moments(call, x, axes)]


def _logical(op: str) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        x = call.tensor(call.tensor(call.get("x"), "bool"), "int32")
        made = reduced(call, op, x, axes_of(call, x), keep=bool(call.operation.keepdims))
        return call.tensor(made, "bool")

    return convert


def _arg(op: str) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        x = call.get("x")
        (axis,) = axes_of(call, x)
        keep = int(call.operation.keepdims)
        made = call.build.node(op, [x.name], axis=axis, keepdims=keep)
        return call.tensor(Tensor(made, call.shape, "int64"), call.dtype)

    return convert


def _cumsum(call: Call) -> Tensor:
    x = call.tensor(call.get("x"), call.dtype)
    (axis,) = axes_of(call, x)
    return call.emit("CumSum", [x.name, call.number(axis, "int64")])


TABLE: Final[dict[str, Any]] = {
    **{name: _reduce(op) for name, op in _REDUCE.items()},
    "Var": _spread(root=False),
    "Std": _spread(root=True),
    "Moments": _moments,
    "Any": _logical("ReduceMax"),
    "All": _logical("ReduceMin"),
    "Argmax": _arg("ArgMax"),
    "Argmin": _arg("ArgMin"),
    "Cumsum": _cumsum,
}
