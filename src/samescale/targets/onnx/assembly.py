"""The ONNX model of a cut graph: inputs, features, the network, the way back, outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import onnx
from onnx import helper

from samescale.errors import UnsupportedError
from samescale.ir.verify import type_of
from samescale.targets._onnx import IR, ML, ML_OPSET, OPSET
from samescale.targets._onnx.place import hosted
from samescale.targets.onnx.lower import held, lower
from samescale.targets.onnx.network import ANSWERS, Network
from samescale.targets.onnx.writer import Writer, element

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir import nodes as n
    from samescale.ir.types import TensorType
    from samescale.targets._onnx import Crossing, Sides
    from samescale.targets.onnx.writer import Value

ROWS = "rows"
_PREDICTION = "prediction"

# For each output that was asked for, its name in the model.
Names: TypeAlias = tuple[tuple[str, str], ...]


def assembled(
    cut: Sides, network: Network | None, inverse: n.Graph | None
) -> tuple[onnx.ModelProto, Names]:
    """The model, and what it calls its outputs.

    Args:
        cut: The features.
        network: What takes them, if anything does.
        inverse: What brings its answers back to the target's own units, if anything does.

    Raises:
        UnsupportedError: If a node of `inverse` would have to run on the host.
    """
    asked = _asked(cut, network, inverse)
    names = _names(asked, {crossing.name for crossing in cut.inputs})
    taken = (*(crossing.name for crossing in cut.inputs), *dict(names).values())
    write = Writer(taken, feeds_network=network is not None)
    values = lower(cut.device, {c.name: c.name for c in cut.inputs}, write, cut.bounds)
    graph = onnx.GraphProto(name="samescale")
    if network is None:
        _output(write, {new: values[old] for old, new in names})
        graph.output.extend(
            _info(new, type_of(dict(cut.device.outputs)[old])) for old, new in names
        )
    else:
        fed = {feature: values[feature] for feature, _ in cut.device.outputs}
        answers = names[0][1] if inverse is None else write.name(ANSWERS)
        inner = network.renamed({**fed, ANSWERS: answers}, _prefix(taken))
        write.nodes.extend(inner.node)
        graph.initializer.extend(inner.initializer)
        graph.sparse_initializer.extend(inner.sparse_initializer)
        graph.output.append(_answered(inner.output[0], inverse, names[0][1], write))
    graph.input.extend(_given(crossing) for crossing in cut.inputs)
    graph.node.extend(write.nodes)
    graph.initializer.extend(write.constants)
    return _model(graph), names


def _asked(cut: Sides, network: Network | None, inverse: n.Graph | None) -> Sequence[str]:
    if inverse is not None:
        return [name for name, _ in inverse.outputs]
    return [name for name, _ in cut.device.outputs] if network is None else [ANSWERS]


def _names(asked: Sequence[str], taken: set[str]) -> Names:
    """A name for each output: its own, unless an input has it."""
    names: dict[str, str] = {}
    for name in asked:
        new = name
        while new in taken:
            new = f"{new}_out"
        taken.add(new)
        names[name] = new
    return tuple(names.items())


def _given(crossing: Crossing) -> onnx.ValueInfoProto:
    shape = (ROWS, *crossing.shape)
    return helper.make_tensor_value_info(crossing.name, element(crossing.dtype), shape)


def _info(name: str, of: TensorType) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, element(of.dtype), (ROWS, *held(of.shape)))


def _output(write: Writer, wanted: Mapping[str, Value]) -> None:
    """Give values their outputs' names: by the nodes that make them where it is for one output."""
    values = list(wanted.values())
    makers = {name for node in write.nodes for name in node.output}
    renamed = {
        value: name
        for name, value in wanted.items()
        if value in makers and values.count(value) == 1
    }
    for node in write.nodes:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    for name, value in wanted.items():
        if value not in renamed:
            write.node("Identity", value, output=name)


def _prefix(taken: Sequence[str]) -> str:
    """What the network's own names begin with, and no other does."""
    prefix = "network/"
    while any(name.startswith(prefix) for name in taken):
        prefix = f"_{prefix}"
    return prefix


def _answered(
    answers: onnx.ValueInfoProto, inverse: n.Graph | None, name: str, write: Writer
) -> onnx.ValueInfoProto:
    """What the output is, once the way back is written if there is one."""
    info = onnx.ValueInfoProto()
    info.CopyFrom(answers)
    dimensions = info.type.tensor_type.shape.dim
    if inverse is not None:
        _back(inverse, info.name, len(dimensions), name, write)
        return helper.make_tensor_value_info(name, element("float64"), (ROWS,))
    dimensions[0].dim_param = ROWS
    return info


def _back(inverse: n.Graph, answers: Value, rank: int, name: str, write: Writer) -> None:
    """Answers in the target's own units, float64, `[rows]`."""
    reasons = hosted(inverse, "graph")
    if reasons:
        node = next(type(x).__name__ for x in inverse.nodes if id(x) in reasons)
        raise UnsupportedError(
            f"The target's inverse holds {node}, which ONNX can't run: "
            f"{next(iter(reasons.values()))}.",
            remedy="Export without the inverse, and invert with Fitted.inverse.",
            node=node,
            target="onnx",
        )
    wide = write.cast(answers, "float64")
    column = write.node("Unsqueeze", wide, write.integers(1)) if rank == 1 else wide
    (made,) = lower(inverse, {_PREDICTION: column}, write).values()
    double = (
        made if type_of(inverse.outputs[0][1]).dtype == "float64" else write.cast(made, "float64")
    )
    write.node("Squeeze", double, write.integers(1), output=name)


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="samescale")
    onnx.checker.check_model(model, full_check=True)
    return model
