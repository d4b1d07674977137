"""The device graph as ONNX nodes: one case a node.

A plain column is held as `[rows, 1]`; every other row as it is. No shape but the rows' is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from samescale.errors import UnsupportedError
from samescale.ir import nodes as n
from samescale.ir.verify import types
from samescale.targets._onnx.hot import ANY, bounds
from samescale.targets._onnx.joint import jointly
from samescale.targets.onnx import codes, numbers, together, vectors
from samescale.targets.onnx.where import constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import TensorType
    from samescale.targets._onnx.hot import Bounds
    from samescale.targets.onnx.writer import Value, Writer


def lower(
    graph: n.Graph,
    inputs: Mapping[str, Value],
    write: Writer,
    known: Mapping[str, Bounds] | None = None,
) -> dict[str, Value]:
    """Write the nodes of a device graph.

    Args:
        graph: What `sides` gives for the device.
        inputs: For each input of `graph`, the value that holds it.
        write: Where to.
        known: For inputs that hold codes, between which codes all of them are.

    Returns:
        For each output of `graph`, the value that holds it.
    """
    graph, joints = jointly(graph)
    given = {**inputs, **{joint.name: codes.joint(joint, inputs, write) for joint in joints}}
    limits = {**(known or {}), **{joint.name: joint.bounds for joint in joints}}
    found = types(graph)
    values: dict[int, Value] = {}
    held_within: dict[int, Bounds] = {}
    for node in graph.nodes:
        if isinstance(node, n.Input):
            values[id(node)] = given[node.name]
            held_within[id(node)] = limits.get(node.name, ANY)
            continue
        held_within[id(node)] = bounds(node, held_within)
        of = [values[id(x)] for x in n.arguments(node)]
        if isinstance(node, n.OneHot):
            within = held_within[id(node.x)]
            values[id(node)] = vectors.value(node, of[0], found[id(node.x)], within, write)
        else:
            values[id(node)] = _value(node, of, found, write)
    return {name: values[id(node)] for name, node in graph.outputs}


def held(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The row shape in which a row of `shape` is held."""
    return shape or (1,)


def _value(
    node: n.Node, of: Sequence[Value], found: Mapping[int, TensorType], write: Writer
) -> Value:
    types_ = [found[id(x)] for x in n.arguments(node)]
    match node:
        case n.Input() | n.OneHot():
            raise AssertionError(node)  # lower() has them
        case n.Const(value):
            return constant(value, write)
        case n.Sub() | n.Mul() | n.Equal() | n.Less() | n.Where():
            return together.value(node, of, types_, found[id(node)], write)
        case n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Power() | n.Floor():
            return numbers.value(node, of[0], types_[0], write)
        case n.Cast() | n.Clip() | n.IsNan():
            return numbers.chosen(node, of[0], types_[0], write)
        case n.Bucketize() | n.Lookup():
            return codes.value(node, of[0], types_[0], write)
        case n.Take() | n.Reshape() | n.Concat():
            return _shaped(node, of, types_, write)
        case n.HashBucket() | n.Bag() | n.Strip() | n.Lower() | n.Erase() | n.Split():
            raise UnsupportedError(
                f"{type(node).__name__} runs on the host, not in an ONNX model.",
                remedy="Cut the graph with samescale.targets.onnx.sides first.",
            )
        case _:
            assert_never(node)


def _shaped(
    node: n.Take | n.Reshape | n.Concat,
    of: Sequence[Value],
    types_: Sequence[TensorType],
    write: Writer,
) -> Value:
    match node:
        case n.Take(_, indices):
            return write.node("Gather", of[0], write.integers(*indices), axis=_last(types_[0]))
        case n.Reshape(_, shape):
            return reshaped(of[0], types_[0].shape, shape, write)
        case n.Concat():
            return write.node("Concat", *of, axis=_last(types_[0]))


def _last(of: TensorType) -> int:
    return len(held(of.shape))


def reshaped(x: Value, before: tuple[int, ...], after: tuple[int, ...], write: Writer) -> Value:
    """`x`, its rows of another shape; itself where they are held alike."""
    if held(before) == held(after):
        return x
    # 0 keeps the rows, however many: -1 can't be told where there is none.
    return write.node("Reshape", x, write.integers(0, *held(after)))
