"""Constants that were arguments, in weight files: held against those of the layer that reads them.

Keras leaves them out, so that a network's weights load beside another scale than they were trained
with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.errors import ModelError

if TYPE_CHECKING:
    from samescale.ir.types import Array

_NAME: Final = "given"


def write(store: Any, parts: Array) -> None:
    """Constants, as float32 parts, into a file's store."""
    store[_NAME] = parts


def compare(layer: Any, store: Any, parts: Array) -> bool:
    """Whether the store has constants at all; Keras' own layers write none.

    Raises:
        ModelError: If they are others.
    """
    if set(store.keys()) != {_NAME}:
        return False
    if np.array_equal(np.asarray(store[_NAME]), parts):
        return True
    raise ModelError(
        f"The file was written by a model whose layer '{layer.name}' was given other constants.",
        remedy=f"Make the {type(layer).__name__} with those that the weights were trained with.",
        layer=layer.name,
    )
