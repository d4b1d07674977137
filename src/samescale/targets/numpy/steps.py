"""Each node as a step: a closure that reads slots and does as little as it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.reference import cast, evaluate
from samescale.ir.types import numpy_dtype
from samescale.targets.numpy.codes import coded
from samescale.targets.numpy.join import joined
from samescale.targets.numpy.place import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array
    from samescale.targets.numpy.place import Place, Run


def step(place: Place) -> Step:
    """The step of a node in its place."""
    node = place.node
    match node:
        case n.Sub() | n.Mul() | n.Equal() | n.Less():
            return _binary(place, node)
        case n.Where():
            return _where(place)
        case n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Floor() | n.IsNan():
            return _unary(place, node)
        case n.Power(_, exponent):
            return _written(place, _power(place, exponent))
        case n.Clip():
            return _written(place, _clip(place, node))
        case n.Cast():
            return _cast(place, node)
        case n.Bucketize() | n.Lookup() | n.HashBucket() | n.OneHot() | n.Bag():
            return Step(coded(node, place))
        case n.Take(_, indices):
            return _take(place, indices)
        case n.Reshape(_, shape):
            return _reshape(place, shape)
        case n.Concat():
            return Step(joined(place), writes=True)
        case n.Strip() | n.Lower() | n.Erase() | n.Split():
            return _defined(place)
        case n.Input() | n.Const():
            raise AssertionError(node)
        case _:
            assert_never(node)


def _defined(place: Place) -> Step:
    """The reference itself: for what is rare, or can't be done quicker."""
    node, pairs = place.node, tuple(zip(place.reads, place.constants, strict=True))

    def run(values: list[Any], _: Any) -> Any:
        return evaluate(node, [values[i][None] if const else values[i] for i, const in pairs])

    return Step(run)


def _written(place: Place, run: Callable[[Array, Any], Array]) -> Step:
    """A step of one argument: over it where that is free, else to the buffer."""
    (read,) = place.reads
    if place.free[0]:
        return Step(lambda values, _: run(values[read], values[read]), over=0)
    return Step(lambda values, out: run(values[read], out), writes=True)


def _binary(place: Place, node: n.Sub | n.Mul | n.Equal | n.Less) -> Step:
    if not place.plain or place.types[0].dtype == "string":
        return _defined(place)
    function: Any = _BINARY[type(node)]
    x, y = place.reads
    if place.free[0]:
        return Step(lambda values, _: function(values[x], values[y], values[x]), over=0)
    if place.free[1]:
        return Step(lambda values, _: function(values[x], values[y], values[y]), over=1)
    return Step(lambda values, out: function(values[x], values[y], out), writes=True)


def _unary(place: Place, node: n.Exp | n.Expm1 | n.Log | n.Log1p | n.Floor | n.IsNan) -> Step:
    if place.types[0].dtype == "string":
        return _defined(place)
    function: Any = _UNARY[type(node)]
    if isinstance(node, n.Floor | n.IsNan):
        return _written(place, function)
    # As in the reference: NumPy's strided loops may differ from its vector loops.
    return _written(place, lambda x, out: function(np.ascontiguousarray(x), out))


def _power(place: Place, exponent: float) -> Callable[[Array, Any], Array]:
    power: Any = np.power
    value = place.type.numpy.type(exponent)
    return lambda x, out: power(np.ascontiguousarray(x), value, out)


def _clip(place: Place, node: n.Clip) -> Callable[[Array, Any], Array]:
    low, high = node.low, node.high
    if place.type.dtype.startswith("float") and not (low.all() and high.all()):
        return _clip_at_zero(low, high)
    minimum: Any = np.minimum
    maximum: Any = np.maximum

    def run(x: Array, out: Any) -> Array:
        bounded = maximum(x, low, out=out)
        kept: Array = minimum(bounded, high, out=bounded)
        return kept

    return run


def _clip_at_zero(low: Array, high: Array) -> Callable[[Array, Any], Array]:
    def run(x: Array, out: Any) -> Array:
        # Of -0.0 and a bound of 0.0 the definition keeps x; maximum and minimum leave it open.
        kept: Array = np.where(x < low, low, x) if out is None else out
        if out is not None:
            if out is not x:
                np.copyto(out, x)
            np.copyto(out, low, where=x < low)
        np.copyto(kept, high, where=kept > high)
        return kept

    return run


def _cast(place: Place, node: n.Cast) -> Step:
    (read,) = place.reads
    dtype = numpy_dtype(node.dtype)
    if place.types[0].numpy.kind == "f" and dtype.kind in "iu":
        return Step(lambda values, _: cast(values[read], dtype))

    def run(values: list[Any], out: Any) -> Any:
        if out is None:
            return values[read].astype(dtype)
        np.copyto(out, values[read], casting="unsafe")
        return out

    return Step(run, writes=True)


def _where(place: Place) -> Step:
    if not place.plain:
        return _defined(place)
    condition, x, y = place.reads
    if place.free[2] and place.types[0].shape == place.type.shape:

        def over(values: list[Any], _: Any) -> Any:
            np.copyto(values[y], values[x], where=values[condition])
            return values[y]

        return Step(over, over=2)

    def run(values: list[Any], out: Any) -> Any:
        if out is None:
            return np.where(values[condition], values[x], values[y])
        np.copyto(out, values[y])
        np.copyto(out, values[x], where=values[condition])
        return out

    return Step(run, writes=place.type.dtype != "string")


def _take(place: Place, indices: tuple[int, ...]) -> Step:
    (read,) = place.reads
    wanted = np.array(indices, np.intp)
    # The indices were verified; `clip` spares NumPy a buffered copy.
    run: Run = lambda values, out: values[read].take(wanted, -1, out, "clip")  # noqa: E731 - typed
    return Step(run, writes=place.type.dtype != "string")


def _reshape(place: Place, shape: tuple[int, ...]) -> Step:
    (read,) = place.reads
    wanted = (-1, *shape)
    return Step(lambda values, _: values[read].reshape(wanted))


_BINARY = {n.Sub: np.subtract, n.Mul: np.multiply, n.Equal: np.equal, n.Less: np.less}
_UNARY = {
    n.Exp: np.exp,
    n.Expm1: np.expm1,
    n.Log: np.log,
    n.Log1p: np.log1p,
    n.Floor: np.floor,
    n.IsNan: np.isnan,
}
