"""What a stored ONNX model may hold, looked at before ONNX Runtime sees it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NoReturn

import onnx

from samescale.errors import FormatError, ModelError
from samescale.targets import _onnx_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

DOMAINS: Final = {"", "ai.onnx", "ai.onnx.ml"}
_LEAST_OPSET: Final = 9
_DEEPEST: Final = 16
_MOST_NODES: Final = 200_000
_MOST_ENTRIES: Final = 1 << 28  # that a node may give for one row: a gigabyte of float32
_RANDOM: Final = {
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
}


def parsed(content: bytes) -> onnx.ModelProto:
    """The model of bytes, audited.

    Raises:
        ModelError: If they aren't a model, or `audit` refuses it.
    """
    try:
        _onnx_wire.read(content)
        model = onnx.load_model_from_string(content)
    except FormatError as error:
        raise ModelError(error.message, remedy=error.remedy) from error
    except Exception as error:  # protobuf's own, which isn't ours to import
        raise ModelError(
            f"This isn't an ONNX model: {str(error)[:200]}", remedy="Write the bundle again."
        ) from error
    audit(model)
    return model


def audit(model: onnx.ModelProto) -> None:
    """Refuse a model that reads other files, needs what is no part of ONNX, or grows too large.

    Raises:
        ModelError: Saying what, and what to do.
    """
    if model.functions or model.training_info:
        _refuse(
            "It brings functions or training steps of its own.",
            "Inline them: onnx.inliner.inline_local_functions(model).",
        )
    count = 0
    for graph in _graphs(model.graph, 0):
        count += len(graph.node)
        _check_graph(graph)
    if count > _MOST_NODES:
        _refuse(f"It has {count} nodes, of at most {_MOST_NODES}.", "Build a smaller one.")
    if opset(model) < _LEAST_OPSET:
        _refuse(
            f"Its opset is {opset(model)}.",
            "Convert it: onnx.version_converter.convert_version(model, 18).",
        )
    try:
        onnx.checker.check_model(model)
        shaped = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except Exception as error:  # of several kinds, none of them public
        raise ModelError(
            f"This ONNX model isn't taken. It isn't well formed: {str(error)[:300]}",
            remedy="Export it again; see onnx.checker.check_model(model, full_check=True).",
        ) from error
    _check_sizes(shaped.graph)


def opset(model: onnx.ModelProto, domain: str = "") -> int:
    """The version of a domain's operators; 0 if there are none."""
    names = {"", "ai.onnx"} if not domain else {domain}
    return max((entry.version for entry in model.opset_import if entry.domain in names), default=0)


def _refuse(reason: str, remedy: str) -> NoReturn:
    raise ModelError(f"This ONNX model isn't taken. {reason}", remedy=remedy)


def _graphs(graph: onnx.GraphProto, depth: int) -> Iterator[onnx.GraphProto]:
    if depth > _DEEPEST:
        _refuse(f"Its graphs are nested {_DEEPEST} deep.", "Build it of fewer.")
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else ()), *attribute.graphs):
                yield from _graphs(inner, depth + 1)


def _check_graph(graph: onnx.GraphProto) -> None:
    for node in graph.node:
        if node.domain not in DOMAINS:
            _refuse(
                f"Its node '{node.name}' ({node.op_type}) is of the domain '{node.domain}', which "
                "isn't in every runtime.",
                "Export it with the standard operators only, and before it is optimised.",
            )
        if node.op_type in _RANDOM:
            _refuse(f"Its node '{node.name}' ({node.op_type}) is random.", "Export it to infer.")
    for tensor in _tensors(graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            _refuse(
                f"Its tensor '{tensor.name}' is in another file.",
                "Load it whole: onnx.load(path) with its data beside it, then "
                "onnx.external_data_helper.convert_model_from_external_data(model).",
            )


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    sparse = list(graph.sparse_initializer)
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            sparse += [attribute.sparse_tensor, *attribute.sparse_tensors]
    for one in sparse:
        yield from (one.values, one.indices)


def _check_sizes(graph: onnx.GraphProto) -> None:
    for value in graph.value_info:
        sizes = [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim]
        if math.prod(sizes) > _MOST_ENTRIES:
            _refuse(
                f"Its value '{value.name}' is of shape {sizes}, more than {_MOST_ENTRIES} numbers.",
                "Load only models that you trust; build a network of smaller layers.",
            )
