"""Where scaled columns meet the first layer of a composed model: what could be folded there."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np
import onnx
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array

_LAYERS = ("Gemm", "MatMul", "Conv")


@final
@dc.dataclass(frozen=True, slots=True)
class Part:
    """Columns that are scaled together: `(x - mean) * scale`.

    Attributes:
        first: The place of its first column among the layer's inputs.
        mean: One a column, float64.
        scale: One a column, float64.
        sub: The node that takes the mean away, if there is one.
        mul: The node that scales, if there is one.
        axis: Of the columns in what the nodes work on, counted from the end.
    """

    first: int
    mean: Array
    scale: Array
    sub: onnx.NodeProto | None
    mul: onnx.NodeProto | None
    axis: int

    @property
    def places(self) -> slice:
        """Its columns among the layer's inputs."""
        return slice(self.first, self.first + len(self.mean))


@final
@dc.dataclass(frozen=True, slots=True)
class Entrance:
    """A first layer and the scaled columns that it takes.

    Attributes:
        node: The layer: `Gemm`, `MatMul` or `Conv`.
        kernel: Its weights.
        axis: Of the weights: along the columns.
        bias: The name of its bias; `None` if there is none, and none can be given.
        parts: The scaled columns.
        padded: Whether it pads with zeros, which stand for the mean only behind the `Sub`.
    """

    node: onnx.NodeProto
    kernel: Array
    axis: int
    bias: str | None
    parts: tuple[Part, ...]
    padded: bool


@final
class Nodes:
    """A graph's nodes and constants, by the names of tensors.

    Args:
        model: The model; it isn't changed.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self.constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        self.makers = {name: node for node in graph.node for name in node.output}
        self.users: dict[str, list[onnx.NodeProto | None]] = {x.name: [None] for x in graph.output}
        for node in graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)
        inferred = onnx.shape_inference.infer_shapes(model).graph
        values = [*inferred.value_info, *inferred.input, *inferred.output]
        self.shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}

    def maker(self, name: str, *ops: str) -> onnx.NodeProto | None:
        """What makes a tensor, if it is one of `ops` and nothing else takes the tensor."""
        node = self.makers.get(name)
        alone = len(self.users.get(name, ())) == 1
        return node if node is not None and alone and node.op_type in ops else None


def attribute(node: onnx.NodeProto, name: str, default: Any) -> Any:
    """A node's attribute, or its default."""
    for given in node.attribute:
        if given.name == name:
            return helper.get_attribute_value(given)
    return default


def entrances(model: onnx.ModelProto) -> Iterator[Entrance]:
    """Every layer of `model` that takes scaled columns, in the order of its nodes."""
    nodes = Nodes(model)
    for node in model.graph.node:
        if node.op_type in _LAYERS and node.input[1] in nodes.constants:
            found = _entrance(nodes, node)
            if found is not None and found.parts:
                yield found


def _entrance(nodes: Nodes, node: onnx.NodeProto) -> Entrance | None:
    kernel = nodes.constants[node.input[1]]
    if node.op_type == "Conv":
        return _of_convolution(nodes, node, kernel)
    if kernel.ndim != 2 or not _plain(node):  # noqa: PLR2004 - a matrix
        return None
    axis = int(attribute(node, "transB", 0))
    parts = tuple(_parts(nodes, node.input[0], kernel.shape[axis], 1))
    bias = _sum_behind(nodes, node) if node.op_type == "MatMul" else _third(nodes, node)
    return Entrance(node, kernel, axis, bias, parts, padded=False)


def _plain(node: onnx.NodeProto) -> bool:
    factors = attribute(node, "alpha", 1.0), attribute(node, "beta", 1.0)
    return factors == (1.0, 1.0) and not attribute(node, "transA", 0)


def _of_convolution(nodes: Nodes, node: onnx.NodeProto, kernel: Array) -> Entrance | None:
    if attribute(node, "group", 1) != 1:
        return None
    source, axis = node.input[0], kernel.ndim - 1
    moved = nodes.maker(source, "Transpose")
    if moved is not None:
        axis = kernel.ndim - attribute(moved, "perm", [0, kernel.ndim - 1])[1]
        source = moved.input[0]
    part = _part(nodes, source, 0, kernel.shape[1], axis)
    padded = any(attribute(node, "pads", ())) or attribute(node, "auto_pad", b"NOTSET") not in {
        b"NOTSET",
        b"VALID",
    }
    parts = () if part is None else (part,)
    return Entrance(node, kernel, 1, _third(nodes, node), parts, padded=padded)


def _third(nodes: Nodes, node: onnx.NodeProto) -> str | None:
    """The bias among a node's inputs; "" where one could be added."""
    name = node.input[2] if len(node.input) > 2 else ""  # noqa: PLR2004 - data, weights, bias
    return name if not name or name in nodes.constants else None


def _sum_behind(nodes: Nodes, node: onnx.NodeProto) -> str | None:
    users = nodes.users.get(node.output[0], [])
    after = users[0] if len(users) == 1 else None
    if after is None or after.op_type != "Add":
        return None
    other = next((name for name in after.input if name != node.output[0]), "")
    return other if other in nodes.constants else None


def _parts(nodes: Nodes, name: str, width: int, axis: int) -> Iterator[Part]:
    joined = nodes.maker(name, "Concat")
    if joined is None:
        found = _part(nodes, name, 0, width, axis)
        if found is not None:
            yield found
        return
    shapes = [nodes.shapes.get(x, []) for x in joined.input]
    where = attribute(joined, "axis", 1)
    if any(not shape or shape[-1] <= 0 or where not in {-1, len(shape) - 1} for shape in shapes):
        return
    first = 0
    for x, shape in zip(joined.input, shapes, strict=True):
        found = _part(nodes, x, first, shape[-1], axis)
        if found is not None:
            yield found
        first += shape[-1]


def _part(nodes: Nodes, name: str, first: int, width: int, axis: int) -> Part | None:
    cast = nodes.maker(name, "Cast")
    name = cast.input[0] if cast is not None else name
    mul, scale = _with_constant(nodes, name, "Mul", width, axis)
    name = name if mul is None else _data(nodes, mul)
    sub, mean = _with_constant(nodes, name, "Sub", width, axis)
    if mul is None and sub is None:
        return None
    return Part(first, mean, scale, sub, mul, axis)


def _data(nodes: Nodes, node: onnx.NodeProto) -> str:
    return str(next(name for name in node.input if name not in nodes.constants))


def _with_constant(
    nodes: Nodes, name: str, op: str, width: int, axis: int
) -> tuple[onnx.NodeProto | None, Array]:
    """The node that makes `name` with a constant a column, and the constant; else a neutral one."""
    neutral = np.full(width, 1.0 if op == "Mul" else 0.0)
    node = nodes.maker(name, op)
    if node is None:
        return None, neutral
    constants = [place for place, x in enumerate(node.input) if x in nodes.constants]
    if constants not in ([[1], [0]] if op == "Mul" else [[1]]):
        return None, neutral
    value = nodes.constants[node.input[constants[0]]]
    if value.size > 1 and (value.ndim < axis or value.size != value.shape[-axis]):
        return None, neutral
    if value.size not in {1, width}:
        return None, neutral
    return node, np.broadcast_to(value.ravel().astype(np.float64), (width,))
