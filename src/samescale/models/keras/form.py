"""How a model takes its rows: raw, with the preprocessing inside, or as the feature matrix."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, final

import keras
import numpy as np

from samescale import targets
from samescale.errors import ModelError
from samescale.ir import serial
from samescale.ir.nodes import Graph
from samescale.ir.simplify import widths
from samescale.ir.verify import type_of
from samescale.targets.keras import FEATURES, GRAPH, Sides, cut_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array

_WRAP = "Put the preprocessing inside with fitted.to_keras(network)."


@final
@dc.dataclass(frozen=True, slots=True)
class Form:
    """How a model takes its rows.

    Attributes:
        kind: `raw`: what crosses this fitted's cut. `features`: the matrix, or the one column.
        columns: For `raw`, the columns taken one by one; `None` if they are joined.
    """

    kind: Literal["raw", "features"]
    columns: tuple[str, ...] | None = None

    def sides(self, graph: Graph) -> Sides:
        """The cut that the model was built on."""
        return cut_for(graph, by_column=self.columns is not None, names=self.columns)

    def sends(self, fitted: Fitted) -> Callable[[Mapping[str, Array]], Any]:
        """From admitted raw columns to what the model takes."""
        if self.kind == "features":
            return fitted.matrix_of if _joined(fitted.graph) else _alone(fitted.graph)
        cut = self.sides(fitted.graph)
        run = targets.load("numpy").compile(cut.host) if cut.host.outputs else None
        return lambda columns: cut.cross(columns, run)


def form_of(model: keras.Model, fitted: Fitted) -> Form:
    """How `model` takes its rows, if it was made for `fitted`.

    Raises:
        ModelError: If its inputs are neither, or hold the preprocessing of another fitted.
    """
    inputs = tuple(model.inputs or ())
    marked = marks(model)
    if marked:
        return _raw(model, fitted, len(marked) > 1)
    if len(inputs) == 1 and _takes_matrix(tuple(inputs[0].shape[1:]), fitted.graph):
        return Form("features")
    wanted = _shape(fitted.graph)
    shapes = ", ".join(f"'{x.name}' {tuple(x.shape)}" for x in inputs) or "none"
    raise ModelError(
        f"The model's inputs ({shapes}) are not the features, which are of shape {wanted} a row, "
        "and it holds no preprocessing.",
        remedy=_WRAP,
    )


def marks(model: keras.Model) -> list[tuple[keras.Model, keras.Layer]]:
    """The layers that mark features, each with the model, this or a nested one, that holds it.

    In the order in which they were made, which is that of the columns: `model.layers` goes by
    depth, and a column with an Embedding behind it is deeper than one without.
    """
    found = [pair for pair in _layers(model) if pair[1].name.startswith(FEATURES)]
    return sorted(found, key=lambda pair: _number(pair[1].name))


def _number(name: str) -> int:
    """Which of the marks it is, by its name; the first has no number."""
    end = name.removeprefix(FEATURES).removeprefix("_")
    return int(end) if end.isdecimal() else 1


def _layers(model: keras.Model) -> Iterator[tuple[keras.Model, keras.Layer]]:
    for layer in model.layers:
        yield model, layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)


def _raw(model: keras.Model, fitted: Fitted, by_column: bool) -> Form:
    code = serial.digest(fitted.graph).rpartition(":")[2][:16]
    for _, layer in _layers(model):
        if layer.name.startswith(GRAPH) and not layer.name.startswith(GRAPH + code):
            raise ModelError(
                "The preprocessing inside the model was learned by another fitted "
                f"({layer.name[len(GRAPH) :]}, this one is {code}).",
                remedy="Use the fitted that to_keras was called on, or call it on this one.",
            )
    given = {x.name: (x.dtype, tuple(x.shape[1:])) for x in model.inputs}
    for columns in _candidates(given, fitted.graph) if by_column else [None]:
        form = Form("raw", columns)
        crossings = [crossing for _, crossing in form.sides(fitted.graph).inputs]
        if given == {c.name: (c.dtype, c.shape) for c in crossings}:
            return form
    raise ModelError(
        f"The model's inputs ({', '.join(sorted(given))}) are not those of this fitted.",
        remedy="Use the fitted that to_keras was called on, or call it on this one.",
    )


def _candidates(given: Mapping[str, Any], graph: Graph) -> Iterator[tuple[str, ...]]:
    """Which columns the model may take: those whose inputs it has, of a graph cut by column."""
    crossings = [crossing for _, crossing in cut_for(graph, by_column=True).inputs]
    taken = {column for c in crossings if c.name in given for column in c.columns}
    outputs = {
        name: {x.name for x in Graph(((name, node),)).inputs} for name, node in graph.outputs
    }
    yield tuple(name for name, inputs in outputs.items() if inputs <= taken)


def _joined(graph: Graph) -> bool:
    return len(graph.outputs) > 1 or len(type_of(graph.outputs[0][1]).shape) <= 1


def _shape(graph: Graph) -> tuple[int, ...]:
    if _joined(graph):
        return (sum(widths(graph).values()),)
    return type_of(graph.outputs[0][1]).shape


def _takes_matrix(given: tuple[int | None, ...], graph: Graph) -> bool:
    wanted = _shape(graph)
    pairs = zip(given, wanted, strict=False)
    return len(given) == len(wanted) and all(a in (None, b) for a, b in pairs)


def _alone(graph: Graph) -> Callable[[Mapping[str, Array]], Array]:
    """The features of the one column, in its own shape."""
    run = targets.load("numpy").compile(graph)
    name = graph.outputs[0][0]

    def features(columns: Mapping[str, Array]) -> Array:
        return run(columns)[name].astype(np.float32, copy=False)

    return features
