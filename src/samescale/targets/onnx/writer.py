"""ONNX nodes and constants in the making: names of their own, each constant once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from samescale.targets._onnx import ML

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    import onnx

    from samescale.ir.types import Array, DType

Value: TypeAlias = str  # a value of an ONNX graph is its name

_STEM = "samescale/"


def element(dtype: DType) -> int:
    """ONNX's number for a dtype."""
    if dtype == "string":
        return int(TensorProto.STRING)
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


@final
class Writer:
    """Nodes and constants, in the order in which they were asked for: the same calls, same bytes.

    Args:
        taken: Names that are the inputs' and outputs'.
        feeds_network: Whether a network takes what is written.
    """

    def __init__(self, taken: Iterable[str], *, feeds_network: bool = False) -> None:
        self.feeds_network = feeds_network
        self.nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self.sparse: list[onnx.SparseTensorProto] = []
        self._taken = set(taken)
        self._known: dict[Hashable, str] = {}

    def node(self, op: str, *of: Value, output: str | None = None, **attributes: Any) -> Value:
        """A node of one output; gives the output's name."""
        name = output or self.name(op)
        self.nodes.append(helper.make_node(op, list(of), [name], name=name, **attributes))
        return name

    def learned(self, op: str, x: Value, **attributes: Any) -> Value:
        """A node of the domain ai.onnx.ml."""
        return self.node(op, x, domain=ML, **attributes)

    def constant(self, value: Array) -> Value:
        """The name of an initializer that holds `value`; the same bits are held once."""
        value = np.asarray(value)
        entries = tuple(value.flat) if value.dtype == object else value.tobytes()
        key = (value.dtype.str, value.shape, entries)
        if key not in self._known:
            self._known[key] = name = self.name("constant")
            self._constants.append(_tensor(value, name))
        return self._known[key]

    @property
    def constants(self) -> list[onnx.TensorProto]:
        """The constants that nodes take; ONNX Runtime warns of others."""
        taken = {name for node in self.nodes for name in node.input}
        return [tensor for tensor in self._constants if tensor.name in taken]

    def integers(self, *values: int) -> Value:
        """The name of an int64 vector: axes, shapes."""
        return self.constant(np.array(values, np.int64))

    def cast(self, x: Value, dtype: DType, output: str | None = None) -> Value:
        """`x` as another dtype, by ONNX's own rules."""
        return self.node("Cast", x, to=element(dtype), output=output)

    def name(self, stem: str) -> str:
        """A name that nothing has."""
        number = len(self.nodes) + len(self._constants)
        name = f"{_STEM}{stem}_{number}"
        while name in self._taken:
            number += 1
            name = f"{_STEM}{stem}_{number}"
        self._taken.add(name)
        return name


def _tensor(value: Array, name: str) -> onnx.TensorProto:
    if value.dtype == object:
        texts = [text.encode() for text in value.ravel().tolist()]
        return helper.make_tensor(name, TensorProto.STRING, value.shape, texts)
    return numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name)
