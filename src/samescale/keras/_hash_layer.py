"""What Hashing and HashedCrossing answer on NumPy arrays and on tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from samescale.keras import _traced
from samescale.keras._encode import encoded
from samescale.keras._fingerprints import crossed, farm, hashed
from samescale.keras._texts import text, utf8, values
from samescale.keras._within import encoded as encoded_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array
    from samescale.keras._fingerprints import Salt

_NUMBERS = "biu"


def plain(given: Any) -> Array:
    """Integers as they are, floats cut to integers as in Keras, else text."""
    array = values(given)
    if array.dtype.kind == "O" and array.size and isinstance(array.flat[0], int | np.integer):
        array = np.array(array.tolist())
    if array.dtype.kind == "f":
        return array.astype(np.int64)
    return array if array.dtype.kind in _NUMBERS else text(array)


def bins_of(array: Array, bins: int, mask: Any, salt: Salt | None) -> Array:
    """The bin of each entry, int64; bin 0 is the mask's, where there is one."""
    masked = mask is not None and bins > 1
    unique, places = np.unique(array.reshape(-1), return_inverse=True)
    prints = hashed(utf8(unique), salt) % np.uint64(bins - masked)
    found = prints.astype(np.int64)
    if masked:
        found = np.where(unique == mask, 0, found + 1)
    return found[places.reshape(-1)].reshape(array.shape)


def crossed_bins(columns: Sequence[Array], bins: int) -> Array:
    """The bin of each row of columns, int64."""
    prints = [_prints(column) for column in columns]
    return (crossed(prints) % np.uint64(bins)).astype(np.int64)


def bins_within(given: Any, bins: int, mask: Any, salt: Salt | None) -> Any:
    """As `bins_of`, of a tensor of integers, in the backend's operations."""
    masked = mask is not None and bins > 1
    found = _traced.buckets(given, bins - masked, salt)
    return ops.where(given == mask, 0, found + 1) if masked else found


def finished(indices: Any, mode: str, bins: int, dtype: str) -> Any:
    """Bins in the output mode, as a tensor of the backend."""
    if isinstance(indices, np.ndarray):
        return ops.convert_to_tensor(encoded(indices, mode, bins, dtype), dtype=narrowed(dtype))
    return encoded_within(indices, mode, bins, narrowed(dtype))


def output_shape(shape: tuple[Any, ...], mode: str, bins: int) -> tuple[Any, ...]:
    """The shape of bins in the output mode, of inputs of `shape`."""
    if mode == "int":
        return shape
    widened = mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1)
    return (*(shape if widened and shape else shape[:-1]), bins)


def narrowed(dtype: str) -> str:
    """The dtype that the backend has for it: JAX has int32 for int64 unless asked."""
    if keras.backend.backend() != "jax" or not dtype.endswith("64"):
        return dtype
    kept = ops.convert_to_tensor(np.zeros((), dtype))
    return str(keras.backend.standardize_dtype(kept.dtype))


def is_integers(given: Any) -> bool:
    """Whether a value is a tensor of numbers of the backend."""
    return bool(ops.is_tensor(given)) and keras.backend.standardize_dtype(given.dtype) != "string"


def whole(given: Any) -> Any:
    """A tensor of floats cut to integers, as in Keras."""
    kind = keras.backend.standardize_dtype(given.dtype)
    return ops.cast(given, narrowed("int64")) if "float" in kind else given


def _prints(column: Array) -> Array:
    if column.dtype.kind in _NUMBERS:
        return column.astype(np.int64).astype(np.uint64)
    return farm(utf8(column.reshape(-1))).reshape(column.shape)
