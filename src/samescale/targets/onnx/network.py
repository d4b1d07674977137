"""A network as ONNX, checked and renamed, so that it can stand behind the features."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import onnx

from samescale.errors import FormatError, ModelError
from samescale.targets._onnx import IR
from samescale.targets._onnx.form import VERSIONS
from samescale.targets._onnx_wire import read
from samescale.targets.onnx.writer import element

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import TensorType

ANSWERS = "answers"


@final
@dc.dataclass(frozen=True, slots=True)
class Network:
    """What takes the features.

    Attributes:
        model: The model, as it came.
    """

    model: onnx.ModelProto

    @classmethod
    def of(cls, given: bytes | onnx.ModelProto) -> Network:
        """A network, refused if it isn't of the one form that is composed here.

        Raises:
            ModelError: Naming what is of another form.
        """
        model = _loaded(given) if isinstance(given, bytes) else given
        for reason in (_versions(model), _foreign(model.graph), _signature(model)):
            if reason:
                raise _error(reason)
        return cls(model)

    @property
    def inputs(self) -> dict[str, onnx.ValueInfoProto]:
        """What it takes, by name."""
        return {value.name: value for value in self.model.graph.input}

    def rank(self, name: str) -> int:
        """How many axes the input `name` has, rows included."""
        return len(self.inputs[name].type.tensor_type.shape.dim)

    def check(self, features: Mapping[str, TensorType]) -> None:
        """Refuse features that the inputs don't take.

        Raises:
            ModelError: Naming the input, what it takes and what there is.
        """
        for name, info in self.inputs.items():
            tensor = info.type.tensor_type
            of = features[name]
            wanted = tuple(dim.dim_value for dim in tensor.shape.dim)[1:]
            shape = of.shape or (1,)
            fits = len(wanted) == len(shape) and all(
                size in {0, there} for size, there in zip(wanted, shape, strict=False)
            )
            if tensor.elem_type != element(of.dtype) or not fits:
                kind = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
                raise ModelError(
                    f"The network's input '{name}' takes {kind}{list(wanted)}; the feature is "
                    f"{of.dtype}{list(shape)}.",
                    remedy="Convert the network for this width, or adapt the spec that it had.",
                    column=name,
                )

    def renamed(self, fed: Mapping[str, str], prefix: str) -> onnx.GraphProto:
        """The graph with every name of its own behind a prefix, over the values of `fed`.

        Args:
            fed: For each of its inputs, the value that holds it; for its output, its name.
            prefix: What its other names begin with.
        """
        graph = onnx.GraphProto()
        graph.CopyFrom(self.model.graph)
        _rename(graph, fed, prefix)
        return graph


def _error(reason: str) -> ModelError:
    return ModelError(
        f"The network can't be put behind the features: {reason}.",
        remedy="Convert it anew with samescale.convert.",
    )


def _loaded(content: bytes) -> onnx.ModelProto:
    try:
        read(content)
        return onnx.load_model_from_string(content)
    except FormatError as error:
        raise _error(f"it is no ONNX model that stands alone ({error.message})") from error


def _versions(model: onnx.ModelProto) -> str:
    if model.ir_version != IR:
        return f"its IR version is {model.ir_version}, not {IR}"
    for entry in model.opset_import:
        domain = "" if entry.domain == "ai.onnx" else entry.domain
        if domain not in VERSIONS:
            return f"it uses the domain '{entry.domain}'"
        if entry.version != VERSIONS[domain]:
            name = domain or "ai.onnx"
            return f"its opset of {name} is {entry.version}, not {VERSIONS[domain]}"
    if model.functions:
        return f"it brings the function '{model.functions[0].name}'"
    return "it holds training steps" if model.training_info else ""


def _foreign(graph: onnx.GraphProto) -> str:
    """What in a graph, or one inside it, is of another domain or of another file."""
    sparse = [one for tensor in graph.sparse_initializer for one in (tensor.values, tensor.indices)]
    for tensor in (*graph.initializer, *sparse):
        if found := _outside(tensor):
            return found
    for node in graph.node:
        if node.domain not in {"", "ai.onnx", *VERSIONS}:
            return f"the node '{node.name or node.op_type}' is of the domain '{node.domain}'"
        for attribute in node.attribute:
            if found := _foreign_attribute(attribute):
                return found
    return ""


def _foreign_attribute(attribute: onnx.AttributeProto) -> str:
    sparse = [attribute.sparse_tensor, *attribute.sparse_tensors]
    tensors = [attribute.t, *attribute.tensors]
    tensors += [one for tensor in sparse for one in (tensor.values, tensor.indices)]
    found = [_outside(tensor) for tensor in tensors]
    found += [_foreign(graph) for graph in (attribute.g, *attribute.graphs)]
    return next((reason for reason in found if reason), "")


def _outside(tensor: onnx.TensorProto) -> str:
    outside = tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data
    return f"the data of '{tensor.name}' is in another file" if outside else ""


def _signature(model: onnx.ModelProto) -> str:
    outputs = [value.name for value in model.graph.output]
    if outputs != [ANSWERS]:
        return f"its outputs are {outputs}, not ['{ANSWERS}']"
    constants = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name in constants:
            return f"its input '{value.name}' has a value already"
        if not value.type.HasField("tensor_type"):
            return f"its input '{value.name}' is no tensor"
        rows = [dim.dim_value for dim in value.type.tensor_type.shape.dim][:1]
        if rows != [0]:
            return f"its input '{value.name}' takes {rows[0] if rows else 'no'} rows only"
    if not model.graph.output[0].type.tensor_type.shape.dim:
        return "its output has no shape"
    return "" if model.graph.input else "it takes nothing"


def _rename(graph: onnx.GraphProto, fed: Mapping[str, str], prefix: str) -> None:
    """Rename in place, in graphs inside too: one rule for all keeps what refers to what."""

    def new(name: str) -> str:
        return fed.get(name, f"{prefix}{name}") if name else ""

    for tensor in graph.initializer:
        tensor.name = new(tensor.name)
    for sparse in graph.sparse_initializer:
        sparse.values.name = new(sparse.values.name)
    for value in (*graph.input, *graph.output, *graph.value_info):
        value.name = new(value.name)
    for node in graph.node:
        node.name = new(node.name)
        node.input[:] = [new(name) for name in node.input]
        node.output[:] = [new(name) for name in node.output]
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                _rename(inner, fed, prefix)
