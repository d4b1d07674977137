"""Layers that are not written in `keras.ops`, or have one ONNX node for many, by class name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from samescale.convert.keras.layers import (
    bidirectional,
    convolution,
    inside,
    passing,
    preprocessing,
    recurrent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.convert.keras.tensors import Call, Tensor

    Converter: TypeAlias = Callable[[Call], Tensor | Sequence[Tensor]]

LAYERS: Final[Mapping[str, Converter]] = {
    **passing.TABLE,
    **preprocessing.TABLE,
    **recurrent.TABLE,
    **bidirectional.TABLE,
    **convolution.TABLE,
    **inside.TABLE,
}
