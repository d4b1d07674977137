"""Keras models as ONNX, written from their layers' config and weights, on every backend.

Layers are taken apart into the `keras.ops` that they call, and those are written; where ONNX has
one node for many, a layer is written at once. Nothing is exported by Keras, and no answer of the
model is looked at: whoever needs certainty replays rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samescale.convert._graph import Builder, Value
from samescale.convert.keras.reach import functional
from samescale.convert.keras.tensors import Call as Call
from samescale.convert.keras.tensors import Tensor as Tensor
from samescale.convert.keras.walk import taken, written
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import keras
    import onnx


def to_onnx(
    model: keras.Model,
    start: Mapping[str, Any] | None = None,
    *,
    inputs: Sequence[Value] | None = None,
    outputs: Sequence[str] = ("answers",),
    end: Callable[[Call, list[Tensor]], list[Tensor]] | None = None,
) -> onnx.ModelProto:
    """`model` as an ONNX model.

    Args:
        model: A built Functional or Sequential model, nested ones included.
        start: Symbolic tensors of the model, or of one nested in it, that become the inputs, by
            their names there; what is before them is left out. `None`: the model's own inputs.
        inputs: How the inputs are declared, one for each of `start`, in its order; `None`: as
            Keras has them. What is declared otherwise is cast, and reshaped by an axis of one.
        outputs: What the outputs are called, in the model's order.
        end: Puts nodes behind the model's outputs.

    Returns:
        A model with those inputs, `[rows, …]`, and outputs.

    Raises:
        UnsupportedError: Naming the layer that can't be written, its class, and why.
        GraphError: If names clash.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((3,), name="x"), keras.layers.Dense(2, "relu")])
        >>> [node.op_type for node in to_onnx(model).graph.node]
        ['Gemm', 'Relu']
    """
    graph = functional(model)
    if graph is None:
        raise UnsupportedError(
            f"The model '{model.name}' ({type(model).__name__}) is no graph of layers: its call is "
            "code.",
            remedy="Build it as keras.Sequential, or as keras.Model(inputs, outputs).",
        )
    given = dict(start) if start is not None else {x.name: x for x in graph.inputs}
    declared = tuple(inputs) if inputs is not None else tuple(map(_value, given, given.values()))
    build = Builder(declared)
    known = {
        id(x): taken(build, x, Tensor(value.name, _shape(value), value.dtype), model)
        for x, value in zip(given.values(), declared, strict=True)
    }
    made = written(build, graph.outputs, known)
    made = end(Call(build, model, (), {}, ()), made) if end is not None else made
    named = [
        (x.name, Value(name, x.dtype, ("rows", *x.shape[1:])))
        for x, name in zip(made, outputs, strict=True)
    ]
    return build.model(named)


def _value(name: str, x: Any) -> Value:
    return Value(name, x.dtype, ("rows", *x.shape[1:]))


def _shape(value: Value) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in value.shape)
