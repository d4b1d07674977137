"""A model cut behind the preprocessing layers that stand directly behind its inputs."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import keras

from samescale.adopt.keras.layers import is_preprocessing
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping


@final
@dc.dataclass(frozen=True, slots=True)
class Start:
    """An input and what stands directly behind it.

    Attributes:
        name: The input's name.
        shape: Of one row.
        dtype: The input's.
        layers: The preprocessing layers, in order.
        end: The tensor behind the last of them.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    layers: tuple[keras.Layer, ...]
    end: Any


def starts(model: keras.Model) -> list[Start]:
    """The inputs of a model and their preprocessing, in the model's order.

    Raises:
        SpecError: If the model isn't built, an axis has no size, or no input has preprocessing.
    """
    if not model.built or not model.inputs:
        raise SpecError(
            f"The model '{model.name}' isn't a built Sequential or Functional model.",
            remedy="Give it a keras.Input, or call it on a batch, before it is adopted.",
            value=model.name,
        )
    users = _users(model)
    given = {id(x) for x in model.outputs}
    found = [_start(x, users, given) for x in model.inputs]
    if not any(start.layers for start in found):
        raise SpecError(
            f"The model '{model.name}' has no preprocessing layer directly behind its inputs.",
            remedy="Adopt the fitted scaler that its data went through, and bundle both: "
            "ss.Bundle(fitted, model).",
            value=model.name,
        )
    return found


def _users(model: keras.Model) -> Mapping[int, list[Any]]:
    graph = getattr(model, "_functional", None) or model
    users: dict[int, list[Any]] = {}
    for nodes in graph._nodes_by_depth.values():  # noqa: SLF001 - Keras says it nowhere else
        for node in nodes:
            for x in node.input_tensors:
                users.setdefault(id(x), []).append(node)
    return users


def _start(x: Any, users: Mapping[int, list[Any]], given: set[int]) -> Start:
    shape = tuple(x.shape[1:])
    if None in shape:
        raise SpecError(
            f"The input '{x.name}' has the shape {shape}, with an axis of any size.",
            remedy="Give it a size: keras.Input(shape=(224, 224, 3)).",
            value=shape,
        )
    layers: list[keras.Layer] = []
    end = x
    while id(end) not in given and len(behind := users.get(id(end), [])) == 1:
        inner = _inner(behind[0].operation)
        if inner is None or len(behind[0].input_tensors) > 1:
            break
        layers += inner
        end = behind[0].outputs[0]
    return Start(x.name, shape, str(x.dtype), tuple(layers), end)


def _inner(operation: Any) -> list[keras.Layer] | None:
    """The layers of a step, if it is preprocessing alone: a layer, or a model of such layers."""
    if is_preprocessing(operation):
        return [operation]
    if not isinstance(operation, keras.Sequential):
        return None
    layers = [_inner(layer) for layer in operation.layers]
    if not layers or any(layer is None for layer in layers):
        return None
    return [one for layer in layers for one in layer or ()]
