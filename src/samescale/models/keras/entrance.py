"""The layers of a model that meet the features as they are, and the columns of what they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.models import _twice
from samescale.models.keras.form import form_of, marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array

# What gives its inputs on, entry by entry, in their order.
_PASSES = {"Identity", "Flatten", "Reshape", "Concatenate", "Dropout", "GaussianNoise"}


def entrance(model: keras.Model, fitted: Fitted) -> Iterator[tuple[keras.Layer, Any, Array]]:
    """Each first layer behind the features, its input, and the column of each entry of a row."""
    found = marks(model)
    if not found:
        yield from _behind(model, {id(x): _twice.layout(fitted) for x in model.inputs})
        return
    holder, columns = found[0][0], _twice.layout(fitted)
    marked = [mark.output for _, mark in found]
    if len(marked) == 1:
        yield from _behind(holder, {id(marked[0]): columns})
    else:
        crossings = form_of(model, fitted).sides(fitted.graph).inputs
        made_of = {crossing.name: crossing.columns[0] for _, crossing in crossings}
        names = [made_of.get(_input_of(holder, x)) for x in marked]
        given = zip(marked, names, strict=True)
        yield from _behind(holder, {id(x): columns[columns == name] for x, name in given})


def _input_of(holder: keras.Model, x: Any) -> str:
    """The name of the first input that a tensor is made of."""
    made_by = {id(made): node for node in _nodes(holder) for made in node.outputs}
    while id(x) in made_by:
        x = made_by[id(x)].input_tensors[0]
    return str(x.name)


def _behind(
    model: keras.Model, known: Mapping[int, Array]
) -> Iterator[tuple[keras.Layer, Any, Array]]:
    reached = dict(known)
    for node in _nodes(model):
        got = [reached.get(id(x)) for x in node.input_tensors]
        of = [x for x in got if x is not None]
        if not of or len(of) < len(got):
            continue
        layer = node.operation
        if isinstance(layer, keras.Model):
            yield from _behind(layer, _handed(layer, of))
            continue
        joined = np.concatenate(of)
        yield layer, node.input_tensors[0], joined
        if type(layer).__name__ in _PASSES:
            reached.update((id(x), joined) for x in node.outputs if id(x) not in reached)


def _handed(model: keras.Model, of: list[Array]) -> dict[int, Array]:
    """What the inputs of a nested model get; where it takes columns, by their names."""
    if len(of) == 1:
        return {id(x): of[0] for x in model.inputs}
    named = {columns[0]: columns for columns in of if len(columns)}
    return {id(x): named[x.name] for x in model.inputs if x.name in named}


def _nodes(model: keras.Model) -> list[Any]:
    """The calls of a model's layers, each behind those that it needs."""
    graph = getattr(model, "_functional", None) or model
    by_depth = getattr(graph, "_nodes_by_depth", {})
    nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    return [node for node in nodes if not node.is_input]
