"""Preprocessing and a network as one Keras model, seen not to scale twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from samescale.models.keras import twice
from samescale.targets.keras import build

if TYPE_CHECKING:
    import keras

    from samescale.fitted import Fitted


def to_keras(
    fitted: Fitted, network: Any = None, *, output: Literal["matrix", "columns"] = "matrix"
) -> keras.Model:
    """The model of `Fitted.to_keras`.

    Raises:
        ModelError: If the network doesn't take the features, or scales them as if they were raw.
    """
    model: keras.Model = build(fitted.graph, network, output=output).model
    if network is not None:
        twice.check(model, fitted)
    return model
