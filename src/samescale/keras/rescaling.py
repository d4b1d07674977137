"""Rescaling: Keras' layer, with both numbers by channel and one form everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras
import numpy as np
from keras.layers import Rescaling as KerasRescaling

from samescale.errors import SpecError
from samescale.keras import _given
from samescale.keras._affine import apply, call_anywhere
from samescale.keras._exact import split
from samescale.keras._registry import PACKAGE
from samescale.keras._told import told

if TYPE_CHECKING:
    from samescale.ir.types import Array

_IMAGE = 3


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class Rescaling(KerasRescaling):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.Rescaling`: `inputs * scale + offset`, and nothing is learned.

    It computes `(inputs + offset / scale) * scale`, the bits of `samescale.Rescaling` on every
    backend, in float32 whatever the dtype policy says, which sets the dtype of the result alone.
    With `channels_first`, an offset for each channel goes by channel, as the scale does; Keras adds
    it along the width.

    Args:
        scale: The factor, or one for each channel; not 0.
        offset: What is added after scaling, likewise.
        kwargs: `name`, `dtype`, `trainable`.

    Raises:
        SpecError: If a scale is 0 or not finite.

    Examples:
        >>> layer = Rescaling(1 / 127.5, offset=-1)
        >>> np.asarray(layer(np.array([0, 255], np.uint8)))
        array([-1.,  1.], dtype=float32)
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(scale=scale, offset=offset, **kwargs)
        factor = np.asarray(scale, np.float64)
        if not (np.isfinite(factor).all() and factor.all()):
            raise SpecError(
                f"Rescaling(scale={scale}) loses its input.",
                remedy="Give a finite scale that isn't 0.",
                value=scale,
            )
        self._convert_input_args = False

    @told
    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """The rescaled inputs, in the dtype that the policy says."""
        return call_anywhere(self, inputs, **kwargs)

    def call(self, inputs: Any) -> Any:
        """One subtraction and one multiplication."""
        return apply(self, inputs, self._parts())

    def _parts(self) -> Array:
        scale, offset = (_by_channel(given) for given in (self.scale, self.offset))
        shift, factor = np.broadcast_arrays(-offset / scale, scale)
        # 0.0, so that what has no offset keeps the sign of a zero.
        return np.concatenate([split(shift + 0.0), split(factor)])

    def save_own_variables(self, store: Any) -> None:
        """Write scale and offset to a file."""
        _given.write(store, self._parts())
        super().save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Hold them against those of a file.

        Raises:
            ModelError: If they are others.
        """
        if not _given.compare(self, store, self._parts()):
            super().load_own_variables(store)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The inputs' shape, in the compute dtype."""
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)


def _by_channel(given: Any) -> Array:
    values = np.asarray(given, np.float64)
    if values.ndim and keras.config.image_data_format() == "channels_first":
        return values.reshape(values.shape + (1,) * (_IMAGE - values.ndim))
    return values
