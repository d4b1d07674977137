"""A Keras model from raw columns to the target's own units, of stock layers and `keras.ops`."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, final

import keras
import numpy as np
from keras import ops

from samescale import targets
from samescale.errors import UnsupportedError
from samescale.export import _told
from samescale.export.base import Given
from samescale.ir import nodes as n
from samescale.ir.rewrite import rewrite
from samescale.ir.types import TensorType
from samescale.models.keras.form import Form, form_of
from samescale.targets.keras.lower import inputs_for, lower, unclashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.export._original import Original
    from samescale.ir.types import Array

PROBABILITIES: Final = "probabilities"
_PREDICTION: Final = "prediction"
_TWO: Final = 2


@final
@dc.dataclass(frozen=True, slots=True)
class Made:
    """A model of raw columns.

    Attributes:
        model: The model; its inputs are a dict by name.
        sides: The host's part of the preprocessing, and what crosses.
        output: What it gives.
    """

    model: keras.Model
    sides: Any
    output: Given


def made(source: Original, *, wide: bool) -> Made:
    """The model of a bundle of kind `keras`.

    Args:
        source: The bundle.
        wide: Whether a number comes in float64, which JAX has not; else in float32.
    """
    inner, cut = _raw(source)
    crossings = [crossing for _, crossing in cut.inputs]

    def build() -> keras.Model:
        inputs = inputs_for(crossings)
        return keras.Model(inputs, _answers(source, inner(inputs), wide=wide))

    model = unclashed(build)
    names = [crossing.name for crossing in crossings]
    return Made(model, cut, _given(source, names, wide=wide))


def crossed(source: Original) -> dict[str, Array]:
    """The probe rows as the model takes them."""
    form = form_of(source.model, source.fitted)
    # As `build` cuts for a network that takes the features joined, or the only one.
    cut = Form("raw", form.columns).sides(source.fitted.graph)
    run = targets.load("numpy").compile(cut.host) if cut.host.outputs else None
    sent: dict[str, Array] = cut.cross(source.asked, run)
    return sent


def _raw(source: Original) -> tuple[keras.Model, Any]:
    """The model with its preprocessing inside, and how raw columns reach it."""
    model, graph = source.model, source.fitted.graph
    form = form_of(model, source.fitted)
    if form.kind == "raw":
        return model, form.sides(graph)
    at: Any = targets.load("keras")
    parts = at.build(graph, model)
    return parts.model, parts.sides


def _given(source: Original, taken: list[str], *, wide: bool) -> Given:
    if source.fitted.classes is not None:
        return Given(_told.free(PROBABILITIES, taken), "probabilities", "float32")
    name = _told.free(source.target, taken)
    if source.inverse is None:
        return Given(name, "answers", "float32")
    return Given(name, "number", "float64" if wide else "float32")


def _answers(source: Original, x: Any, *, wide: bool) -> Any:
    """What the bundle answers, of what the model gives."""
    x = ops.cast(x, "float32")
    if source.fitted.classes is not None:
        return _pair(x) if len(source.fitted.classes) == _TWO and x.shape[1:] in {(), (1,)} else x
    if source.inverse is None:
        return ops.reshape(x, (-1,)) if x.shape[1:] == (1,) else x
    graph = source.inverse if wide else narrowed(source.inverse)
    column = ops.reshape(ops.cast(x, "float64" if wide else "float32"), (-1, 1))
    (number,) = _lowered(graph, column).values()
    return ops.reshape(ops.cast(number, "float64" if wide else "float32"), (-1,))


def _pair(x: Any) -> Any:
    one = ops.reshape(x, (-1, 1))
    return ops.concatenate([ops.subtract(np.ones(1, np.float32), one), one], axis=-1)


def _lowered(graph: n.Graph, column: Any) -> dict[str, Any]:
    """The outputs of a target's inverse; a power, which features leave to the host, is Keras'."""
    given = {_PREDICTION: column}
    while power := next((x for x in graph.nodes if isinstance(x, n.Power)), None):
        (base,) = lower(n.Graph((("base", power.x),)), given).values()
        exponent = np.array([power.exponent], base.dtype)
        name = f"{_PREDICTION}_{len(given)}"
        given[name] = ops.reshape(ops.power(base, exponent), (-1, 1))
        held = n.Input(name, TensorType(base.dtype))
        graph = rewrite(graph, _instead(power, held))
    try:
        return lower(graph, given)
    except (UnsupportedError, OverflowError) as error:  # integers that int32 doesn't hold
        raise UnsupportedError(
            f"The target's inverse can't be written for Keras: {error}",
            remedy="Export to onnx, sklearn or mlflow.",
            target="keras",
        ) from error


def _instead(power: n.Power, held: n.Input) -> Any:
    # The first power in order: nothing before it is one, so its argument is the same after.
    return lambda node: held if isinstance(node, n.Power) and _same(node, power) else node


def _same(a: n.Power, b: n.Power) -> bool:
    return a is b or (a.exponent == b.exponent and a.x is b.x)


def narrowed(graph: n.Graph) -> n.Graph:
    """`graph` with float32 wherever it has float64.

    >>> from samescale.ir.build import mul
    >>> wide = n.Graph((("y", mul(n.Input("x", TensorType("float64")), 2.0)),))
    >>> [x.dtype for x in (narrowed(wide).inputs[0].type,)]
    ['float32']
    """
    return rewrite(graph, _narrow)


def _narrow(node: n.Node) -> n.Node:
    match node:
        case n.Input(name, type_) if type_.dtype == "float64":
            return n.Input(name, dc.replace(type_, dtype="float32"))
        case n.Const(value):
            return n.Const(_short(value))
        case n.Cast(x, "float64"):
            return n.Cast(x, "float32")
        case n.Clip(x, low, high):
            return n.Clip(x, _short(low), _short(high))
        case n.Bucketize(x, edges):
            return n.Bucketize(x, _short(edges))
        case _:
            return node


def _short(value: Array) -> Array:
    value = np.asarray(value)
    return value.astype(np.float32) if value.dtype == np.float64 else value


def sent(source: Original, cut: Any) -> Mapping[str, Any]:
    """The inputs, and notes on them."""
    inputs = _told.sent(crossing for _, crossing in cut.inputs)
    return {
        "inputs": inputs,
        "notes": tuple(_told.inputs(source, inputs, method="Fitted.keras_inputs")),
    }
