"""Pooling over windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import keras

from samescale.convert.keras.operations.convolution import entered, left, padding, several

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.convert.keras.tensors import Call, Tensor


def _pool(op: str) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        operation = call.operation
        x = call.tensor(call.get("inputs"), call.dtype)
        name, sizes = entered(call, x)
        window = several(operation.pool_size, len(sizes))
        strides = several(operation.strides or operation.pool_size, len(sizes))
        padded = padding(call, sizes, window, strides)
        if op == "AveragePool" and keras.backend.backend() == "torch":
            _refuse_uneven(call, padded)
        made = call.build.node(op, [name], kernel_shape=window, strides=strides, **padded)
        return left(call, made)

    return convert


def _refuse_uneven(call: Call, padded: dict[str, Any]) -> None:
    """Refuse more padding behind than before: Keras 3.15 averages it on torch, and only there.

    Measured for a window of 4 over 6 steps: answers of about 1 were 1.0 off those of JAX.
    """
    pads = padded.get("pads", [])
    half = len(pads) // 2
    if "auto_pad" in padded or pads[:half] != pads[half:]:
        call.refuse(
            "Keras on torch counts the padding in its average, where it doesn't on other backends",
            "Use a padding of 'valid', or windows of an odd size.",
        )


TABLE: Final[dict[str, Any]] = {
    # ONNX leaves what was padded out of an average too, unless it is told otherwise.
    "AveragePool": _pool("AveragePool"),
    "MaxPool": _pool("MaxPool"),
}
