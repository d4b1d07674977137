"""Convolutions in groups, which Keras can't call on symbolic tensors."""

from __future__ import annotations

import dataclasses as dc
from typing import Any, Final

import numpy as np

from samescale.convert.keras.layers.passing import given
from samescale.convert.keras.operations.convolution import convolved, entered
from samescale.convert.keras.operations.shaping import padded
from samescale.convert.keras.tensors import Call, Tensor, array


def _conv(call: Call) -> Tensor:
    layer = call.operation
    x = call.tensor(given(call), call.dtype)
    name, sizes = entered(call, x)
    if layer.padding == "causal":
        return _causal(call, x)
    made = convolved(call, name, sizes, array(layer.kernel), int(layer.groups))
    return _finished(call, made)


def _causal(call: Call, x: Tensor) -> Tensor:
    """All of the padding before the steps."""
    layer = call.operation
    before = layer.dilation_rate[0] * (layer.kernel_size[0] - 1)
    last = str(layer.data_format) != "channels_first"
    widths = [(0, 0), (before, 0), (0, 0)] if last else [(0, 0), (0, 0), (before, 0)]
    wider = padded(call, x, widths)
    name, sizes = entered(call, dc.replace(wider, shape=x.shape))
    made = convolved(call, name, sizes, array(layer.kernel), int(layer.groups), mode="valid")
    return _finished(call, made)


def _finished(call: Call, made: Tensor) -> Tensor:
    layer = call.operation
    if layer.use_bias and made.biased is not None:
        shape = np.ones(len(call.shape), np.int64)
        shape[1 if str(layer.data_format) == "channels_first" else -1] = layer.filters
        made = made.biased(array(layer.bias).reshape(shape)) or made
    return made if layer.activation is None else call.run(layer.activation, made)


TABLE: Final[dict[str, Any]] = dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _conv)
