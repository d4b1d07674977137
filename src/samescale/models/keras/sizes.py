"""How much the layers of a model give for one row: what a call of it would have to hold."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def largest(model: keras.Model) -> tuple[str, int]:
    """The layer that gives the most entries a row, and how many. Nothing is computed.

    A model inside is asked with the shapes that it gets there, not with those left open where it
    was declared. What a layer does inside itself is counted where it holds models or layers.
    """
    found = [*_declared(model), *_called(model, [_row(x) for x in model.inputs])]
    return max(found, key=lambda pair: pair[1], default=("", 0))


def _row(x: Any) -> keras.KerasTensor:
    return keras.KerasTensor((1, *x.shape[1:]), dtype=x.dtype)


def _least(x: Any) -> keras.KerasTensor:
    sizes = (1 if size is None else size for size in x.shape[1:])
    return keras.KerasTensor((1, *sizes), dtype=x.dtype)


def _declared(layer: keras.Layer) -> Iterator[tuple[str, int]]:
    """What is written down of every call in `layer` and whatever it holds."""
    for node in _nodes(layer):
        yield from _outputs(node.operation, node.outputs)
    if isinstance(layer, keras.Model):
        yield from _called_with_least(layer)
    for inner in _inner(layer):
        yield from _declared(inner)


def _called_with_least(model: keras.Model) -> list[tuple[str, int]]:
    """What the calls give if every size that was left open is 1; nothing if that can't be."""
    if all(None not in x.shape[1:] for x in model.inputs or ()):
        return []
    with contextlib.suppress(Exception):  # whatever a layer raises at sizes that aren't its own
        return _called(model, [_least(x) for x in model.inputs])
    return []


def _called(model: keras.Model, inputs: Any) -> list[tuple[str, int]]:
    """What each call gives when `model` is called with tensors of these shapes."""
    found: list[tuple[str, int]] = []
    _replayed(model, inputs, found)
    return found


def _replayed(model: keras.Model, inputs: Any, found: list[tuple[str, int]]) -> Any:
    graph = getattr(model, "_functional", None) or model
    again = getattr(graph, "_run_through_graph", None)
    if again is None:
        return model.compute_output_spec(inputs)
    outputs = again(inputs, operation_fn=lambda operation: _measured(operation, found))
    flat = keras.tree.flatten(outputs)
    return flat[0] if len(flat) == 1 else outputs


def _measured(operation: Any, found: list[tuple[str, int]]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if isinstance(operation, keras.Model):
            outputs = _replayed(operation, args[0] if args else kwargs, found)
        else:
            outputs = operation.compute_output_spec(*args, **kwargs)
        found.extend(_outputs(operation, keras.tree.flatten(outputs)))
        return outputs

    return call


def _outputs(operation: Any, outputs: list[Any]) -> Iterator[tuple[str, int]]:
    name = str(getattr(operation, "name", type(operation).__name__))
    for x in outputs:
        sizes = [1 if size is None else int(size) for size in getattr(x, "shape", ())[1:]]
        yield name, math.prod(sizes)


def _nodes(layer: keras.Layer) -> list[Any]:
    graph = getattr(layer, "_functional", None) or layer
    by_depth = getattr(graph, "_nodes_by_depth", {})
    return [node for nodes in by_depth.values() for node in nodes]


def _inner(layer: keras.Layer) -> list[keras.Layer]:
    flatten = getattr(layer, "_flatten_layers", None)
    return [] if flatten is None else flatten(include_self=False, recursive=False)
