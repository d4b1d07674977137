"""Convolutions: ONNX wants the channels behind the rows, and its padding in numbers.

Keras' `same` is TensorFlow's: as many outputs as strides fit, and the odd entry of padding behind.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.convert.keras.tensors import Call, Tensor, array

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array


def several(value: Any, rank: int) -> list[int]:
    """One number a dimension."""
    return [int(value)] * rank if isinstance(value, int) else [int(v) for v in value]


def entered(call: Call, x: Tensor) -> tuple[str, list[int | None]]:
    """`x` with its channels behind the rows, and its sizes behind them."""
    if _channels_last(call):
        return call.channels_first(x), [*x.shape[1:-1]]
    return x.name, [*x.shape[2:]]


def left(call: Call, name: str) -> Tensor:
    """The call's output, of what has its channels behind the rows."""
    if _channels_last(call):
        return call.channels_back(name, call.shape, call.dtype)
    return Tensor(name, call.shape, call.dtype)


def _channels_last(call: Call) -> bool:
    return str(call.operation.data_format) != "channels_first"


def padding(
    call: Call,
    sizes: list[int | None],
    windows: list[int],
    strides: list[int],
    mode: str | None = None,
) -> dict[str, Any]:
    """The attributes that say how it is padded.

    Args:
        call: The call; its operation's `padding` is `same` or `valid`.
        sizes: Of the input; `None` for what differs by call.
        windows: How far a window reaches, dilation included.
        strides: From one window to the next.
        mode: In the place of the operation's `padding`.
    """
    mode = (mode or str(call.operation.padding)).lower()
    if mode == "valid":
        return {}
    if mode != "same":
        call.refuse(f"its padding is '{mode}'")
    before, behind = [], []
    for size, window, stride in zip(sizes, windows, strides, strict=True):
        if size is None and stride > 1:
            return {"auto_pad": "SAME_UPPER"}
        steps = -(-(size or 1) // stride)
        total = max((steps - 1) * stride + window - (size or 1), 0)
        before.append(total // 2)
        behind.append(total - total // 2)
    return {"pads": [*before, *behind]} if any(before + behind) else {}


def _weights(kernel: Array) -> Array:
    """Keras' `[*window, in, out]` as ONNX's `[out, in, *window]`."""
    return np.moveaxis(kernel, [-1, -2], [0, 1])


def convolved(
    call: Call,
    name: str,
    sizes: list[int | None],
    kernel: Array,
    groups: int,
    mode: str | None = None,
) -> Tensor:
    """A convolution of what has its channels behind the rows; its bias may come later."""
    operation, rank = call.operation, kernel.ndim - 2
    strides = several(operation.strides, rank)
    dilation = several(operation.dilation_rate, rank)
    window = [(k - 1) * d + 1 for k, d in zip(kernel.shape[:rank], dilation, strict=True)]
    attributes = {
        "kernel_shape": [*kernel.shape[:rank]],
        "strides": strides,
        "dilations": dilation,
        "group": groups,
        **padding(call, sizes, window, strides, mode),
    }
    inputs = [name, call.build.constant(_weights(kernel))]
    made = left(call, call.build.node("Conv", inputs, **attributes))
    biased = _biased(call, "Conv", inputs, attributes, kernel.shape[-1])
    return dc.replace(made, biased=biased)


def _biased(
    call: Call, op: str, inputs: list[str], attributes: dict[str, Any], filters: int
) -> Callable[[Array], Tensor | None]:
    rank = len(call.shape)
    axis = rank - 1 if _channels_last(call) else 1

    def biased(bias: Array) -> Tensor | None:
        full = (1,) * (rank - bias.ndim) + bias.shape
        if len(full) != rank or full[axis] != filters or bias.size != filters:
            return None
        with_bias = [*inputs, call.build.constant(bias.reshape(filters))]
        return left(call, call.build.node(op, with_bias, **attributes))

    return biased


def _input(call: Call) -> Tensor:
    x = call.tensor(call.get("inputs"), call.dtype)
    if isinstance(call.args[1] if len(call.args) > 1 else None, Tensor):
        call.refuse("its kernel is computed")
    return x


def _conv(call: Call) -> Tensor:
    x, kernel = _input(call), array(call.get("kernel"))
    name, sizes = entered(call, x)
    channels = x.shape[-1] if _channels_last(call) else x.shape[1]
    return convolved(call, name, sizes, kernel, int(channels or 1) // kernel.shape[-2])


def _depthwise(kernel: Array) -> Array:
    """`[*window, in, multiplier]`, as a grouped convolution's `[*window, 1, in·multiplier]`."""
    return kernel.reshape(*kernel.shape[:-2], 1, -1)


def _depthwise_conv(call: Call) -> Tensor:
    kernel = array(call.get("kernel"))
    name, sizes = entered(call, _input(call))
    return convolved(call, name, sizes, _depthwise(kernel), kernel.shape[-2])


def _separable_conv(call: Call) -> Tensor:
    depthwise, pointwise = (array(call.get(f"{k}_kernel")) for k in ("depthwise", "pointwise"))
    name, sizes = entered(call, _input(call))
    inner = convolved(call, name, sizes, _depthwise(depthwise), depthwise.shape[-2])
    inputs = [inner.first or inner.name, call.build.constant(_weights(pointwise))]
    made = left(call, call.build.node("Conv", inputs))
    return dc.replace(made, biased=_biased(call, "Conv", inputs, {}, pointwise.shape[-1]))


def _conv_transpose(call: Call) -> Tensor:
    """Each entry spreads the kernel; ONNX crops what Keras' padding leaves away."""
    kernel, operation = array(call.get("kernel")), call.operation
    name, _ = entered(call, _input(call))
    rank = kernel.ndim - 2
    strides = several(operation.strides, rank)
    dilation = several(operation.dilation_rate, rank)
    window = [(k - 1) * d + 1 for k, d in zip(kernel.shape[:rank], dilation, strict=True)]
    more = operation.output_padding
    wider = [None] * rank if more is None else several(more, rank)
    crops = [_crop(call, *sizes) for sizes in zip(window, strides, wider, strict=True)]
    attributes: dict[str, Any] = {
        "kernel_shape": [*kernel.shape[:rank]],
        "strides": strides,
        "dilations": dilation,
        "pads": [*(a for a, _ in crops), *(max(b, 0) for _, b in crops)],
        "output_padding": [max(-b, 0) for _, b in crops],
    }
    if any(-b >= s for (_, b), s in zip(crops, strides, strict=True)):
        call.refuse(f"its output_padding {more} is no less than its strides {strides}")
    inputs = [name, call.build.constant(_weights(kernel))]  # Keras has [*window, out, in] here
    made = left(call, call.build.node("ConvTranspose", inputs, **attributes))
    biased = _biased(call, "ConvTranspose", inputs, attributes, kernel.shape[-2])
    return dc.replace(made, biased=biased)


def _crop(call: Call, window: int, stride: int, more: int | None) -> tuple[int, int]:
    """What is cut off the full output before and behind; behind, below 0 is what is added."""
    if str(call.operation.padding).lower() == "valid":
        return 0, -(max(window, stride) - window if more is None else more)
    total = stride + window - 2 if more is None else window + window % 2 - 2 + more
    before = min(total // 2 + total % 2, window - 1)
    return window - 1 - before, window - 1 - (total - before)


TABLE: Final[dict[str, Any]] = {
    "Conv": _conv,
    "DepthwiseConv": _depthwise_conv,
    "SeparableConv": _separable_conv,
    "ConvTranspose": _conv_transpose,
}
