"""A Keras model without its preprocessing, as ONNX: from the features to what `predict` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samescale.convert._graph import Value
from samescale.convert.keras import Call, Tensor, to_onnx
from samescale.ir.simplify import widths
from samescale.ir.types import INTEGERS
from samescale.ir.verify import type_of
from samescale.models.keras.form import form_of, marks

if TYPE_CHECKING:
    import keras

    from samescale.fitted import Fitted
    from samescale.ir.nodes import Graph


def network(model: keras.Model, fitted: Fitted, *, sigmoid: bool) -> bytes:
    """The serialised ONNX model of `KerasKind.network`.

    Args:
        model: A model that the kind's `check` has let pass.
        fitted: The preprocessing that it was trained behind.
        sigmoid: Whether its one number is the second class's probability.

    Raises:
        UnsupportedError: Naming the layer that can't be written.
    """
    start, inputs = _start(model, fitted)

    def end(call: Call, made: list[Tensor]) -> list[Tensor]:
        return [_answers(call, made[0], sigmoid=sigmoid)]

    written = to_onnx(model, start, inputs=inputs, end=end)
    return bytes(written.SerializeToString(deterministic=True))


def _start(model: keras.Model, fitted: Fitted) -> tuple[dict[str, Any], list[Value]]:
    """Where the features enter the model, and how they are called and shaped."""
    graph, form = fitted.graph, form_of(model, fitted)
    entries = [layer.output for _, layer in marks(model)] or [model.inputs[0]]
    if form.columns is not None:
        # `check` has compared each mark with the feature of its place.
        types = dict(graph.outputs)
        values = [_feature(name, types[name]) for name in form.columns]
    elif form.kind == "raw" and len(graph.outputs) == 1 and entries[0].dtype in INTEGERS:
        values = [_feature(*graph.outputs[0])]
    else:
        values = [Value("features", "float32", ("rows", *_shape(graph)))]
    return {value.name: x for value, x in zip(values, entries, strict=True)}, values


def _feature(name: str, node: Any) -> Value:
    type_ = type_of(node)
    return Value(name, type_.dtype, ("rows", *(type_.shape or (1,))))


def _shape(graph: Graph) -> tuple[int, ...]:
    """Of the features joined, or of the only one."""
    own = type_of(graph.outputs[0][1]).shape
    if len(graph.outputs) == 1 and len(own) > 1:
        return own
    return (sum(widths(graph).values()),)


def _answers(call: Call, x: Tensor, *, sigmoid: bool) -> Tensor:
    """As `KerasRuntime` shapes them: two columns for a sigmoid, a vector for one number a row."""
    x = call.tensor(x, "float32")
    if not sigmoid:
        if x.shape[1:] != (1,):
            return x
        name = call.build.node("Squeeze", [x.name, call.integers(1)])
        return Tensor(name, x.shape[:1], x.dtype)
    name = x.name
    if len(x.shape) == 1:
        name = call.build.node("Unsqueeze", [name, call.integers(1)])
    other = call.build.node("Sub", [call.number(1.0), name])
    pair = call.build.node("Concat", [other, name], axis=1)
    return Tensor(pair, (x.shape[0], 2), x.dtype)
