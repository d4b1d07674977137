"""An ONNX graph in the making: unique names, constants held once, one model at the end."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from samescale.errors import GraphError
from samescale.targets._onnx import IR, ML, ML_OPSET, OPSET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array

Dimension: TypeAlias = "int | str | None"

_TYPES: Final = {
    "string": TensorProto.STRING,
    **{
        np.dtype(code).name: helper.np_dtype_to_tensor_dtype(np.dtype(code))
        for code in "?bhilBHILefd"
    },
}


def dtype_number(dtype: str) -> int:
    """ONNX's number of a dtype by NumPy's name of it, or of `string`."""
    return int(_TYPES[dtype])


@final
@dc.dataclass(frozen=True, slots=True)
class Value:
    """An input or an output of a model.

    Attributes:
        name: Its name.
        dtype: NumPy's name of its dtype, or `string`.
        shape: Its dimensions: a number, or a name or `None` for what differs by call. The first
            is usually `"rows"`.
    """

    name: str
    dtype: str
    shape: tuple[Dimension, ...]

    @property
    def proto(self) -> onnx.ValueInfoProto:
        """What ONNX writes for it."""
        return helper.make_tensor_value_info(self.name, dtype_number(self.dtype), self.shape)


@final
class Builder:
    """Nodes and constants, in the order in which they were asked for: the same calls, same bytes.

    Args:
        inputs: What the model takes; nodes refer to them by name.

    Example:
        >>> build = Builder([Value("features", "float32", ("rows", 2))])
        >>> kernel = build.constant(np.ones((2, 1), np.float32))
        >>> made = build.node("Gemm", ["features", kernel])
        >>> model = build.model([(made, Value("answers", "float32", ("rows", 1)))])
        >>> [node.op_type for node in model.graph.node], model.graph.output[0].name
        (['Gemm'], 'answers')
    """

    def __init__(self, inputs: Sequence[Value]) -> None:
        self._inputs = tuple(inputs)
        self._taken = {value.name for value in inputs}
        if len(self._taken) < len(self._inputs):
            names = ", ".join(value.name for value in inputs)
            raise GraphError(
                f"Two inputs are called alike: {names}.", remedy="Give each a name of its own."
            )
        self._numbers: dict[str, int] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[tuple[object, ...], str] = {}
        self._tensors: list[TensorProto] = []

    def name(self, stem: str) -> str:
        """A name that nothing has yet: `stem`, or `stem_2`, …; it is taken from now on."""
        name, number = stem, self._numbers.get(stem, 1)
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._numbers[stem] = number
        self._taken.add(name)
        return name

    def constant(self, value: Array | np.generic, stem: str = "constant") -> str:
        """The name of an initializer that holds `value`; equal ones are held once.

        Args:
            value: Of a dtype that ONNX has; object arrays hold strings.
            stem: What its name begins with.
        """
        array = np.asarray(value)
        content = tuple(array.ravel()) if array.dtype == object else array.tobytes()
        key = (array.dtype.str, array.shape, content)
        if key not in self._constants:
            self._constants[key] = self.name(stem)
            tensor = numpy_helper.from_array(_plain(array), self._constants[key])
            self._tensors.append(tensor)
        return self._constants[key]

    def node(self, op: str, inputs: Sequence[str], *, domain: str = "", **attributes: Any) -> str:
        """The one output of a new node `op`.

        Args:
            op: ONNX's name of the operation.
            inputs: Names of inputs, constants and other nodes' outputs; "" for one left out.
            domain: `ML` for what isn't in the default one.
            attributes: By name; those that are `None` are left out.
        """
        return self.nodes(op, inputs, 1, domain=domain, **attributes)[0]

    def nodes(
        self, op: str, inputs: Sequence[str], outputs: int, *, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """The `outputs` outputs of a new node `op`; otherwise as `node`."""
        names = tuple(self.name(op.lower()) for _ in range(outputs))
        given = {key: value for key, value in attributes.items() if value is not None}
        self._nodes.append(helper.make_node(op, inputs, names, domain=domain, **given))
        return names

    def model(self, outputs: Sequence[tuple[str, Value]], name: str = "network") -> onnx.ModelProto:
        """The finished model, seen by ONNX's checker to be well formed.

        Args:
            outputs: For each output, what gives it, and how it is called.
            name: The graph's name.

        Raises:
            GraphError: If two outputs, or an input and an output, are called alike, or ONNX
                finds a fault in it, in ONNX's words.
        """
        renamed = self._renamed(outputs)
        nodes = [_with_names(node, renamed) for node in self._nodes]
        made = {name for node in nodes for name in node.output}
        nodes += [
            helper.make_node("Identity", [renamed.get(tensor, tensor)], [value.name])
            for tensor, value in outputs
            if value.name not in made
        ]
        nodes = _needed(nodes, {value.name for _, value in outputs})
        used = {name for node in nodes for name in node.input}
        tensors = [_called(t, renamed.get(t.name, t.name)) for t in self._tensors]
        graph = helper.make_graph(
            nodes,
            name,
            [value.proto for value in self._inputs],
            [value.proto for _, value in outputs],
            [tensor for tensor in tensors if tensor.name in used],
        )
        return checked(finished(graph))

    def _renamed(self, outputs: Sequence[tuple[str, Value]]) -> dict[str, str]:
        """New names: an output's for what gives it, and others for what had that by chance."""
        inputs = {value.name for value in self._inputs}
        made = {name for node in self._nodes for name in node.output}
        wanted = [value.name for _, value in outputs]
        if len(set(wanted)) < len(wanted) or inputs & set(wanted):
            raise GraphError(
                f"The outputs are called {', '.join(wanted)}: twice, or like an input.",
                remedy="Give each input and output a name of its own.",
            )
        renamed: dict[str, str] = {}
        for tensor, value in outputs:
            if tensor in made:
                renamed.setdefault(tensor, value.name)
        clashes = (self._taken - inputs - set(renamed)) & set(wanted)
        return renamed | {name: self.name(name) for name in sorted(clashes)}


def finished(graph: onnx.GraphProto) -> onnx.ModelProto:
    """`graph` as a model of the versions that samescale writes, and of no domain that it lacks."""
    domains = {node.domain for node in graph.node}
    opsets = [helper.make_opsetid("", OPSET)]
    if ML in domains:
        opsets.append(helper.make_opsetid(ML, ML_OPSET))
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="samescale")


def checked(model: onnx.ModelProto) -> onnx.ModelProto:
    """`model`, which ONNX finds well formed, its types and shapes included.

    Raises:
        GraphError: If it isn't, in ONNX's words.
    """
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise GraphError(
            f"The ONNX graph isn't well formed: {error}",
            remedy="Report it with the model: this is a fault of samescale.",
        ) from error
    return model


def _plain(array: Array) -> Array:
    """`array` in C order and the machine's byte order, as ONNX stores it."""
    if array.dtype == object:
        return array
    return np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)


def _with_names(node: onnx.NodeProto, renamed: Mapping[str, str]) -> onnx.NodeProto:
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    copy.input[:] = [renamed.get(name, name) for name in node.input]
    copy.output[:] = [renamed.get(name, name) for name in node.output]
    return copy


def _called(tensor: TensorProto, name: str) -> TensorProto:
    if tensor.name == name:
        return tensor
    copy = TensorProto()
    copy.CopyFrom(tensor)
    copy.name = name
    return copy


def _needed(nodes: list[onnx.NodeProto], outputs: set[str]) -> list[onnx.NodeProto]:
    """The nodes that `outputs` are made of, in their order."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]
