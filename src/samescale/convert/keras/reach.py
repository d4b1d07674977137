"""What lies behind a symbolic tensor of Keras: the call that gave it, and what that needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from samescale.convert.keras.tensors import refuse
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.convert.keras.tensors import Tensor


def maker(tensor: Any) -> Any:
    """The call that gave a symbolic tensor."""
    history = getattr(tensor, "_keras_history", None)
    if history is None or history.operation is None:
        raise UnsupportedError(
            f"The tensor '{tensor.name}' is made of nothing that the model takes.",
            remedy="Build the model of Keras layers and keras.ops only.",
        )
    node = history.operation._inbound_nodes[history.node_index]  # noqa: SLF001 - Keras names no other way
    if node.is_input:
        refuse(history.operation, "it is an input that isn't among those given")
    return node


def functional(operation: Any) -> Any:
    """The graph of a model that is nothing but a graph; `None` for anything else."""
    graph = getattr(operation, "_functional", None) or operation
    if not isinstance(graph, keras.Model) or not hasattr(graph, "_inputs_struct"):
        return None
    return graph if keras_own(operation) and keras_own(graph) else None


def keras_own(operation: Any) -> bool:
    """Whether what a call of `operation` does is written in Keras, not in a class of the user."""
    owner = next(c for c in type(operation).__mro__ if "call" in vars(c))
    return owner.__module__.startswith("keras.")


def before(node: Any, known: Mapping[int, Tensor]) -> list[Any]:
    """The symbolic tensors that a call needs: of a model, for the inputs that it looks at."""
    graph = functional(node.operation)
    if graph is None:
        return list(node.input_tensors)
    needed = _needed(graph, known)
    pairs = zip(graph.inputs, handed(node, graph), strict=True)
    return [given for x, given in pairs if id(x) in needed]


def _needed(graph: Any, known: Mapping[int, Tensor]) -> set[int]:
    """What lies behind the outputs of `graph`, and not behind what is known."""
    seen: set[int] = set()
    todo = list(graph.outputs)
    inputs = {id(x) for x in graph.inputs}
    while todo:
        x = todo.pop()
        if id(x) in seen or id(x) in known:
            continue
        seen.add(id(x))
        if id(x) not in inputs:
            todo.extend(before(maker(x), known))
    return seen


def handed(node: Any, graph: Any) -> list[Any]:
    """What a call of a model gives for each of its inputs."""
    given = [*node.arguments.args, *node.arguments.kwargs.values()][0]
    if isinstance(given, dict):
        by_name = {x.name: x for x in graph.inputs}
        if set(given) >= set(by_name):
            return [given[x.name] for x in graph.inputs]
    flat = list(keras.tree.flatten(given))
    if len(flat) != len(graph.inputs):
        refuse(node.operation, f"it is called with {len(flat)} tensors, of {len(graph.inputs)}")
    return flat
