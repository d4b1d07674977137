"""A user's ONNX model as a network: the features in, the runtime's answers out, by their names.

What its exporter added for people (labels, dicts of probabilities) is left off.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from samescale.errors import ModelError
from samescale.ir import nodes as n
from samescale.ir.simplify import widths
from samescale.ir.verify import type_of
from samescale.models.onnx.audit import opset
from samescale.targets._device import column, sent
from samescale.targets._onnx import IR, OPSET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.fitted import Fitted

FEATURES: Final = "features"
ANSWERS: Final = "answers"
MARK: Final = "samescale.graph"
"""The metadata by which a model says that the preprocessing is in it."""

_PREFIX: Final = "model/"
_OWN: Final = "samescale/"
_FLOATS: Final = {TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float64"}
_TAKEN: Final[Mapping[str, frozenset[int]]] = {
    "float32": frozenset(_FLOATS),
    "int64": frozenset({TensorProto.INT64, *_FLOATS}),
}
_LABELS: Final = frozenset({"classlabels_int64s", "classlabels_ints", "classlabels_strings"})

Port: TypeAlias = "tuple[int, tuple[Any, ...]]"
"""Type and dimensions of an input: a number, or what it is called."""


@final
@dc.dataclass(frozen=True, slots=True)
class Answer:
    """What of a model's outputs is the answer.

    Attributes:
        tensor: The value's name.
        dtype: `float32` or `float64`.
        shape: The shape of one row, as far as the model says it; `None` where it doesn't.
        order: For probabilities that come in another order, where each class is.
    """

    tensor: str
    dtype: str
    shape: tuple[int | None, ...] | None
    order: tuple[int, ...] | None = None


def features_of(model: onnx.ModelProto, fitted: Fitted) -> n.Graph | None:
    """The features that a model takes one by one, by its inputs' names; `None`: their matrix.

    Raises:
        ModelError: If it takes anything else.
    """
    if any(entry.key == MARK for entry in model.metadata_props):
        raise ModelError(
            "The ONNX model takes raw columns already: to_onnx made it, and they would be scaled "
            "twice.",
            remedy="Give the network alone.",
        )
    inputs = _inputs(model)
    outputs = {name: column(sent(x, alone=True)) for name, x in fitted.graph.outputs}
    width = sum(widths(fitted.graph).values())
    if len(inputs) == 1:
        (taken,) = inputs.values()
        if taken[0] in _FLOATS and _fits(taken[1], (width,)):
            return None
        if len(outputs) == 1 and _takes(taken, *outputs.values()):
            return n.Graph(tuple(outputs.items()))
    elif _by_name(inputs, outputs):
        return n.Graph(tuple((name, outputs[name]) for name in inputs))
    told = ", ".join(f"'{x}' {_kind(k)}{list(s)}" for x, (k, s) in inputs.items()) or "none"
    raise ModelError(
        f"The ONNX model's inputs ({told}) aren't the features: float32 of shape ['rows', {width}]"
        ", or one input for each, called so.",
        remedy="Export it for fitted.matrix(table), with any number of rows.",
    )


def _by_name(inputs: Mapping[str, Port], outputs: Mapping[str, n.Node]) -> bool:
    return set(inputs) <= set(outputs) and all(_takes(inputs[x], outputs[x]) for x in inputs)


def standard(model: onnx.ModelProto, fitted: Fitted) -> onnx.ModelProto:
    """The network of a model that was audited: of its own opset.

    Raises:
        ModelError: If it doesn't take the features, or which output is the answer can't be told.
    """
    graph = features_of(model, fitted)
    answer = answer_of(model, fitted)
    made = onnx.compose.add_prefix(model, _PREFIX)
    before, given = _entrance(made, graph, fitted)
    after = _exit(answer, fitted)
    body = made.graph
    nodes = [*before, *(node for node in body.node if not _is_map(node)), *after]
    out = helper.make_tensor_value_info(
        ANSWERS, helper.np_dtype_to_tensor_dtype(np.dtype(answer.dtype)), _answered(fitted)
    )
    whole = helper.make_graph(nodes, "network", given, [out], [*body.initializer])
    whole.initializer.extend(_constants(answer))
    whole.sparse_initializer.extend(body.sparse_initializer)
    network = helper.make_model(whole, producer_name="samescale")
    network.ir_version = IR if opset(model) <= OPSET else model.ir_version
    del network.opset_import[:]
    network.opset_import.extend(model.opset_import)
    onnx.checker.check_model(network)
    return network


def answer_of(model: onnx.ModelProto, fitted: Fitted) -> Answer:
    """Which output is the answer.

    Raises:
        ModelError: If none is, or several may be.
    """
    outputs = {value.name: value for value in model.graph.output}
    order = None if fitted.classes is None else _order(model, fitted)
    mapped = [node for node in model.graph.node if _is_map(node) and node.output[0] in outputs]
    if mapped and fitted.classes is not None:
        return Answer(mapped[0].input[0], "float32", None, order)
    kinds = {value.name: value.type.tensor_type.elem_type for value in outputs.values()}
    floats = [name for name, kind in kinds.items() if kind in _FLOATS]
    if len(floats) != 1:
        told = ", ".join(f"'{name}'" for name in outputs)
        raise ModelError(
            f"The ONNX model's outputs ({told}) hold {len(floats)} tensors of floats, not one.",
            remedy="Keep the target alone: the probabilities of classes, or the number.",
        )
    (name,) = floats
    shape = _row(outputs[name])
    _check_number(shape, fitted)
    return Answer(name, _FLOATS[kinds[name]], shape, order)


def _is_map(node: onnx.NodeProto) -> bool:
    return bool(node.op_type == "ZipMap")


def _check_number(shape: tuple[int | None, ...] | None, fitted: Fitted) -> None:
    number = fitted.target is not None and fitted.classes is None
    if number and shape and shape not in {(1,), (None,)}:
        name = fitted.target.name if fitted.target else ""
        raise ModelError(
            f"The ONNX model gives {shape} for a row, and '{name}' is a number.",
            remedy="Export it with one answer a row.",
        )


def _inputs(model: onnx.ModelProto) -> dict[str, Port]:
    """Type and dimensions (a number, or what it is called) of what a caller has to give."""
    known = {tensor.name for tensor in model.graph.initializer}
    found: dict[str, Port] = {}
    for value in model.graph.input:
        if value.name in known:
            continue
        of = value.type.tensor_type
        dims = tuple(dim.dim_value or dim.dim_param or "?" for dim in of.shape.dim)
        found[value.name] = (of.elem_type, dims)
        if dims and isinstance(dims[0], int):
            raise ModelError(
                f"The ONNX model's input '{value.name}' takes exactly {dims[0]} rows.",
                remedy="Export it with any number of rows (dynamic axes).",
            )
    return found


def _kind(kind: int) -> str:
    return str(TensorProto.DataType.Name(kind)).lower()


def _fits(dims: Sequence[Any], row: Sequence[int]) -> bool:
    pairs = zip(dims[1:], row, strict=False)
    return len(dims) == len(row) + 1 and all(not isinstance(a, int) or a == b for a, b in pairs)


def _takes(taken: Port, feature: n.Node) -> bool:
    of = type_of(feature)
    return taken[0] in _TAKEN.get(of.dtype, ()) and _fits(taken[1], of.shape)


def _row(value: onnx.ValueInfoProto) -> tuple[int | None, ...] | None:
    of = value.type.tensor_type
    if not of.HasField("shape"):
        return None
    return tuple(dim.dim_value or None for dim in of.shape.dim)[1:]


def _order(model: onnx.ModelProto, fitted: Fitted) -> tuple[int, ...] | None:
    """Where each class of the target is among the model's; `None` if in the same order."""
    labels = next((found for node in model.graph.node if (found := _labels(node))), None)
    classes = list(fitted.classes or ())
    if labels is None or labels == list(range(len(classes))) or labels == classes:
        return None
    if len(labels) != len(classes) or set(labels) != set(classes):
        raise ModelError(
            f"The ONNX model was trained on the classes {labels[:5]}, and the target's are "
            f"{classes[:5]}.",
            remedy="Train it on fitted.labels(table).",
        )
    return tuple(labels.index(name) for name in classes)


def _labels(node: onnx.NodeProto) -> list[Any]:
    """The classes that a node names, if it does."""
    for attribute in node.attribute:
        if attribute.name in _LABELS:
            return list(attribute.ints) or [text.decode() for text in attribute.strings]
    return []


def _entrance(
    made: onnx.ModelProto, graph: n.Graph | None, fitted: Fitted
) -> tuple[list[onnx.NodeProto], list[onnx.ValueInfoProto]]:
    """The network's own inputs, cast to what the model takes."""
    kinds = {name.removeprefix(_PREFIX): kind for name, (kind, _) in _inputs(made).items()}
    if graph is None:
        ((taken, kind),) = kinds.items()
        width = sum(widths(fitted.graph).values())
        given = [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["rows", width])]
        return [_cast(FEATURES, _PREFIX + taken, kind)], given
    names = [*kinds] if len(kinds) > 1 else [graph.outputs[0][0]]
    types = {name: type_of(node) for name, node in graph.outputs}
    nodes = [
        _cast(name, _PREFIX + taken, kind)
        for name, (taken, kind) in zip(names, kinds.items(), strict=True)
    ]
    given = [
        helper.make_tensor_value_info(
            name,
            helper.np_dtype_to_tensor_dtype(types[name].numpy),
            ["rows", *types[name].shape],
        )
        for name in names
    ]
    return nodes, given


def _cast(name: str, to: str, kind: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [name], [to], to=kind)


def _answered(fitted: Fitted) -> list[Any] | None:
    if fitted.target is None:
        return None
    return ["rows"] if fitted.classes is None else ["rows", len(fitted.classes)]


def _exit(answer: Answer, fitted: Fitted) -> list[onnx.NodeProto]:
    """From the model's answer to the runtime's."""
    name = _PREFIX + answer.tensor
    if fitted.classes is None:
        if fitted.target is None and answer.shape not in {(), (1,)}:
            return [helper.make_node("Identity", [name], [ANSWERS])]
        return [helper.make_node("Reshape", [name, _OWN + "flat"], [ANSWERS])]
    if answer.order is not None:
        return [helper.make_node("Gather", [name, _OWN + "order"], [ANSWERS], axis=1)]
    if len(fitted.classes) == 2 and answer.shape in {(), (1,)}:  # noqa: PLR2004 - one and other
        return [
            helper.make_node("Reshape", [name, _OWN + "column"], [_OWN + "second"]),
            helper.make_node("Sub", [_OWN + "whole", _OWN + "second"], [_OWN + "first"]),
            helper.make_node("Concat", [_OWN + "first", _OWN + "second"], [ANSWERS], axis=1),
        ]
    return [helper.make_node("Identity", [name], [ANSWERS])]


def _constants(answer: Answer) -> list[onnx.TensorProto]:
    made = {
        _OWN + "flat": np.array([-1], np.int64),
        _OWN + "column": np.array([-1, 1], np.int64),
        _OWN + "whole": np.ones(1, answer.dtype),
        _OWN + "order": np.array(answer.order or (), np.int64),
    }
    return [numpy_helper.from_array(value, name) for name, value in made.items()]
