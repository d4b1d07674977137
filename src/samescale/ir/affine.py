"""Affine chains in normal form: one Sub, then one Mul, with constants rounded once.

`x - a` then `* b` gives the same bits on every framework; `* b` then `+ c` doesn't, because a
compiler may fuse it into one rounding. So chains of both are brought to that form when a graph is
frozen: `B (x - A)`, with `A` and `B` computed as fractions and rounded once.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.rewrite import with_arguments
from samescale.ir.verify import types

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from samescale.ir.types import Array, TensorType

Step: TypeAlias = "tuple[Literal['sub', 'from', 'mul'], n.Node, Array]"


def fuse_affine(graph: n.Graph) -> n.Graph:
    """`graph` with each chain of Sub and Mul by constants made one Sub and one Mul.

    This changes bits, so it is done once, when a graph is frozen and before it is stored. A chain
    is left as it is where a constant isn't finite, or where what it becomes would be infinite,
    zero or subnormal; a value that something else needs too ends a chain.

    Example:
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.types import TensorType
        >>> pixel = n.Input("pixel", TensorType("float32"))
        >>> fused = fuse_affine(n.Graph((("pixel", sub(mul(pixel, 1 / 127.5), 1.0)),)))
        >>> [type(node).__name__ for node in fused.nodes]
        ['Input', 'Const', 'Sub', 'Const', 'Mul']
    """
    found = types(graph)
    steps = {id(node): step for node in graph.nodes if (step := _step(node, found))}
    uses = Counter(id(x) for node in graph.nodes for x in n.arguments(node))
    uses.update(id(node) for _, node in graph.outputs)
    inner = {id(x) for _, x, _ in steps.values() if id(x) in steps and uses[id(x)] == 1}
    made: dict[int, n.Node] = {}
    for node in graph.nodes:
        made[id(node)] = with_arguments(node, tuple(made[id(x)] for x in n.arguments(node)))
        if id(node) in steps and id(node) not in inner:
            base, chain = _chain(node, steps, inner)
            made[id(node)] = _fused(made[id(base)], chain) or made[id(node)]
    return n.Graph(tuple((name, made[id(node)]) for name, node in graph.outputs))


def _step(node: n.Node, found: Mapping[int, TensorType]) -> Step | None:
    step: Step
    match node:
        case n.Sub(x, n.Const(value)):
            step = ("sub", x, value)
        case n.Sub(n.Const(value), x):
            step = ("from", x, value)
        case n.Mul(x, n.Const(value)) | n.Mul(n.Const(value), x):
            step = ("mul", x, value)
        case _:
            return None
    keeps_shape = found[id(step[1])].shape == found[id(node)].shape
    return step if keeps_shape and bool(np.isfinite(step[2]).all()) else None


def _chain(
    node: n.Node, steps: Mapping[int, Step], inner: Container[int]
) -> tuple[n.Node, list[Step]]:
    """Where the chain that ends in `node` begins, and its steps in the order of computation."""
    chain = [steps[id(node)]]
    while id(chain[-1][1]) in inner:
        chain.append(steps[id(chain[-1][1])])
    return chain[-1][1], chain[::-1]


def _fused(base: n.Node, chain: list[Step]) -> n.Node | None:
    if len(chain) == 1 or [kind for kind, _, _ in chain] == ["sub", "mul"]:
        return None
    dtype = chain[0][2].dtype
    normal = _normal(chain)
    if normal is None:
        return None
    offset, factor = (_rounded(value, dtype) for value in normal)
    if not (_safe(offset, normal[0]) and _safe(factor, normal[1])):
        return None
    shifted = n.Sub(base, n.Const(offset)) if offset.any() else base
    return n.Mul(shifted, n.Const(factor)) if (factor != 1).any() else shifted


def _normal(chain: list[Step]) -> tuple[Array, Array] | None:
    """`A` and `B` of `B (x - A)`, as fractions; `None` if a factor is 0."""
    offset, factor = _fractions(np.zeros(())), _fractions(np.ones(()))
    for kind, _, value in chain:
        exact = _fractions(value)
        if kind == "mul":
            if not value.all():
                return None
            factor = factor * exact
            continue
        # B (x - A) - c = B (x - (A + c / B)), and c - B (x - A) is its negative.
        offset = offset + exact / factor
        factor = -factor if kind == "from" else factor
    return np.asarray(offset, object), np.asarray(factor, object)


def _fractions(value: Array) -> Array:
    return _each(value, lambda entry: Fraction(float(entry)), np.dtype(object))


def _rounded(value: Array, dtype: np.dtype[Any]) -> Array:
    made = _each(value, lambda entry: _nearest(entry, dtype), dtype)
    made.flags.writeable = False
    return made


def _nearest(value: Fraction, dtype: np.dtype[Any]) -> Any:
    """The number of `dtype` nearest to `value`, ties to even, without rounding to float64 first."""
    with np.errstate(all="ignore"):
        try:
            near = dtype.type(float(value))
        except OverflowError:
            return dtype.type(np.inf)
        ends = (dtype.type(-np.inf), dtype.type(np.inf))
        around = [near, *(np.nextafter(near, end) for end in ends)]
    if not np.isfinite(near):
        return near
    bits = np.dtype(f"u{dtype.itemsize}")

    def distance(number: Any) -> tuple[Fraction, int]:
        return abs(Fraction(float(number)) - value), int(number.view(bits) & 1)

    return min((number for number in around if np.isfinite(number)), key=distance)


def _safe(rounded: Array, exact: Array) -> bool:
    limits = np.finfo(rounded.dtype)
    # Half the range is left to what an offset is subtracted from.
    small = (np.abs(rounded) < limits.tiny) & (exact != 0)
    return not bool((small | (np.abs(rounded) > limits.max / 2)).any())


def _each(value: Array, function: Any, dtype: np.dtype[Any]) -> Array:
    made = np.empty(value.shape, dtype)
    made[...] = np.reshape([function(entry) for entry in value.flat] or [], value.shape)
    return made
