"""Scaled twice: a network that scales its inputs itself, as if they were the raw columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.errors import ModelError
from samescale.models import _twice
from samescale.models.keras.entrance import entrance

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array

# A Rescaling behind which less than this is left of the features was meant for larger inputs.
_NOTHING_LEFT = 0.05


def check(model: keras.Model, fitted: Fitted) -> None:
    """See that no `Normalization` or `Rescaling` at the network's entrance expects raw columns.

    One that learned the features, or that does to them what a network needs, is part of it.

    Raises:
        ModelError: Naming layer and column.
    """
    for layer, given, columns in entrance(model, fitted):
        if isinstance(layer, keras.layers.Normalization):
            _check_normalization(layer, given, columns, fitted)
        elif isinstance(layer, keras.layers.Rescaling):
            _check_rescaling(layer, columns, fitted)


def _check_normalization(
    layer: keras.layers.Normalization, given: Any, columns: Array, fitted: Fitted
) -> None:
    if layer.mean is None or layer.variance is None or layer.invert:
        return
    shape = (1, *(1 if size is None else size for size in given.shape[1:]))
    mean, variance = (_entries(x, shape) for x in (layer.mean, layer.variance))
    if len(mean) != len(columns):
        return
    learned = _twice.Learned(mean, np.sqrt(variance), _twice.moments)
    column = _twice.learned_raw(fitted, columns, learned)
    if column is not None:
        raise ModelError(
            f"The network normalises its inputs itself (layer '{layer.name}'), with the mean of "
            f"the raw column '{column}': its input would be scaled twice.",
            remedy="Take the layer out, or give the column no Normalization.",
            layer=layer.name,
            column=column,
        )


def _entries(x: Any, shape: tuple[int, ...]) -> Array:
    own = np.asarray(keras.ops.convert_to_numpy(x), np.float64)
    try:
        return np.broadcast_to(own, shape).ravel()
    except ValueError:
        return np.zeros(0)


def _check_rescaling(layer: keras.layers.Rescaling, columns: Array, fitted: Fitted) -> None:
    scale = float(np.max(np.abs(np.asarray(layer.scale, np.float64))))
    for name in dict.fromkeys(columns.tolist()):
        found = _twice.reach(fitted, name)
        if found is None:
            continue
        raw, features = found
        if features * scale < _NOTHING_LEFT and features < raw:
            raise ModelError(
                f"The network rescales its inputs itself (layer '{layer.name}'), by {scale:.3g}, "
                f"and the features of column '{name}', up to {features:.3g}, are no longer the raw "
                f"values, up to {raw:.3g}: its input would be scaled twice.",
                remedy="Take the layer out, or give the column no transform that scales.",
                layer=layer.name,
                column=name,
            )
