"""The operations of `keras.ops` as ONNX nodes, by the names of their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from samescale.convert.keras.operations import (
    activations,
    attending,
    choosing,
    convolution,
    elementwise,
    linear,
    normalising,
    pooling,
    reducing,
    resizing,
    shaping,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.convert.keras.tensors import Call, Tensor

    Converter: TypeAlias = Callable[[Call], Tensor | Sequence[Tensor]]

OPERATIONS: Final[Mapping[str, Converter]] = {
    **elementwise.TABLE,
    **activations.TABLE,
    **reducing.TABLE,
    **shaping.TABLE,
    **choosing.TABLE,
    **linear.TABLE,
    **convolution.TABLE,
    **pooling.TABLE,
    **normalising.TABLE,
    **attending.TABLE,
    **resizing.TABLE,
}
