"""Layers that call a function or another layer, which Keras can't call on symbolic tensors."""

from __future__ import annotations

from typing import Any, Final

import keras

from samescale.convert.keras.layers.passing import given
from samescale.convert.keras.operations.shaping import reshaped
from samescale.convert.keras.tensors import Call, Tensor

# Those that make an array of their argument before they call an operation.
_OWN = {"mish": "Mish", "hard_silu": "HardSwish"}


def _activation(call: Call) -> Tensor:
    x, function = given(call), call.operation.activation
    for name, op in _OWN.items():
        if function is getattr(keras.activations, name):
            return call.through(x, op)
    return call.run(function, x)


def _each_step(call: Call) -> Tensor:
    """The inner layer on the steps of all rows, as if they were rows."""
    layer, x = call.operation, given(call)
    steps, inside = x.shape[1], x.shape[2:]
    if steps is None or None in inside:
        call.refuse("its input's shape differs by call", "Give the input a fixed shape.")
    if x.mask is not None or call.get("mask") is not None:
        call.refuse("its input is masked")
    joined = call.integers(-1, *(int(size or 1) for size in inside))
    name = call.build.node("Reshape", [x.name, joined])
    made = call.run(layer.layer, Tensor(name, (None, *inside), x.dtype))
    return reshaped(call, made, (-1, steps, *made.shape[1:]))


def _resizing(call: Call) -> Tensor:
    layer, x = call.operation, call.tensor(given(call), call.dtype)
    if layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio or layer.antialias:
        call.refuse("it crops, pads or smooths the image")

    def resize(image: Any) -> Any:
        return keras.ops.image.resize(
            image,
            (layer.height, layer.width),
            interpolation=layer.interpolation,
            data_format=layer.data_format,
        )

    return call.run(resize, x)


TABLE: Final[dict[str, Any]] = {
    "Activation": _activation,
    "TimeDistributed": _each_step,
    "Resizing": _resizing,
}
