"""Layers that do nothing at prediction, and those that only set a parameter beside each entry."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from samescale.convert.keras.operations.shaping import transposed
from samescale.convert.keras.tensors import Call, Tensor, array


def given(call: Call) -> Tensor:
    """The one tensor that a layer is called on."""
    x = next(iter([*call.args, *call.kwargs.values()]))
    if not isinstance(x, Tensor):
        call.refuse("it isn't called on one tensor")
    return x


def _prelu(call: Call) -> Tensor:
    x, alpha = given(call), array(call.operation.alpha)
    if x.first is not None:
        moved = call.build.constant(np.moveaxis(alpha, -1, 0))
        return call.through(x, "PRelu", moved)
    return call.emit("PRelu", [x.name, call.build.constant(alpha)])


def _flatten(call: Call) -> Tensor:
    x = given(call)
    if call.operation.data_format == "channels_first" and len(x.shape) > 2:  # noqa: PLR2004
        axes = [0, *range(2, len(x.shape)), 1]
        moved = Tensor("", tuple(x.shape[i] for i in axes), x.dtype)
        x = Tensor(transposed(call, x, axes).name, moved.shape, x.dtype)
    if len(x.shape) == len(call.shape) and x.shape[1:] == call.shape[1:]:
        return x
    return call.emit("Flatten", [x.name], axis=1)


_NOTHING = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)

TABLE: Final[dict[str, Any]] = {
    **dict.fromkeys(_NOTHING, given),
    "PReLU": _prelu,
    "Flatten": _flatten,
}
