"""Images in another size, by the weights that Keras' backends use: two products, or two choices.

ONNX's `Resize` works the weights out in float32, by which a value came out up to 2e-6 off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.convert.keras.operations.convolution import entered, left

if TYPE_CHECKING:
    from samescale.convert.keras.tensors import Call, Tensor
    from samescale.ir.types import Array

_IMAGES = 4


def _resize(call: Call) -> Tensor:
    operation = call.operation
    x = call.tensor(call.get("images"), call.dtype)
    special = ("antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio")
    if len(x.shape) != _IMAGES or any(getattr(operation, k) for k in special):
        call.refuse("it crops, pads or smooths")
    if call.dtype != "float32":
        call.refuse(f"it rounds to {call.dtype}")
    name, sizes = entered(call, x)
    if None in sizes:
        call.refuse("its input's size differs by call", "Give the input a fixed shape.")
    by = {"bilinear": _mixed, "nearest": _chosen}.get(operation.interpolation)
    if by is None:
        call.refuse(f"it resizes by '{operation.interpolation}'")
    for axis, (size, wanted) in enumerate(zip(sizes, operation.size, strict=True)):
        name = by(call, name, 2 + axis, int(size or 1), int(wanted))
    return left(call, name)


def _mixed(call: Call, name: str, axis: int, size: int, wanted: int) -> str:
    """Each pixel of the two that its centre lies between; at the rim, of the last."""
    if size == wanted:
        return name
    weights = _weights(size, wanted).astype(call.dtype)
    if axis == _IMAGES - 1:
        return call.build.node("MatMul", [name, call.build.constant(weights.T)])
    return call.build.node("MatMul", [call.build.constant(weights), name])


def _weights(size: int, wanted: int) -> Array:
    place = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, size - 1)
    return np.asarray(np.maximum(0.0, 1 - np.abs(place[:, None] - np.arange(size))))


def _chosen(call: Call, name: str, axis: int, size: int, wanted: int) -> str:
    """The pixel that holds the new one's centre."""
    doubled = (2 * np.arange(wanted) + 1) * size
    uneven = np.log2(size / wanted) % 1 != 0  # the ratio has no exact form in float32
    if (doubled % (2 * wanted) == 0).any() and uneven:
        call.refuse("a centre lies between two pixels, and backends choose either")
    places = call.build.constant((doubled // (2 * wanted)).astype(np.int64))
    return call.build.node("Gather", [name, places], axis=axis)


TABLE: Final[dict[str, Any]] = {"Resize": _resize}
