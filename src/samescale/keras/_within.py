"""Lookups of integers in the backend's own operations, so that a model with them compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import keras
import numpy as np
from keras import ops
from keras.src.utils.jax_utils import is_in_jax_tracing_scope

from samescale.errors import UnsupportedError
from samescale.keras import _traced

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.keras._lookup_settings import Settings
    from samescale.keras._vocabulary import Vocabulary

Tensor: TypeAlias = Any

_ABSENT = -1  # one-hot gives zeros for it on every backend


def is_traced(value: Any) -> bool:
    """Whether a value isn't there yet: JAX is compiling."""
    return keras.backend.backend() == "jax" and bool(is_in_jax_tracing_scope(value))


def looked_up(settings: Settings, vocabulary: Vocabulary, values: Tensor) -> Tensor:
    """What an IntegerLookup answers.

    Raises:
        UnsupportedError: If the backend can't hold the vocabulary, or can't refuse unknown tokens.
    """
    shape = ops.shape(values)
    values = _flat_integers(values)
    if settings.invert:
        return ops.reshape(_tokens(settings, vocabulary, values), shape)
    indices = ops.reshape(_indices(settings, vocabulary, values), shape)
    if settings.output_mode != "tf_idf":
        depth = settings.depth(len(vocabulary.tokens))
        return encoded(indices, settings.output_mode, depth, widest())
    weights = vocabulary.weights
    counts = encoded(indices, "count", len(weights), keras.backend.floatx())  # type: ignore[arg-type]
    return counts * ops.convert_to_tensor(weights)


def encoded(indices: Tensor, mode: str, depth: int, dtype: str) -> Tensor:
    """As `_encode.encoded`, in the backend's operations."""
    if mode == "int":
        return ops.cast(indices, dtype)
    if len(indices.shape) == 0:
        indices = ops.expand_dims(indices, -1)
    if mode == "one_hot" and len(indices.shape) > 1 and indices.shape[-1] == 1:
        indices = ops.squeeze(indices, -1)
    found = ops.one_hot(indices, depth, dtype=dtype)
    if mode == "one_hot":
        return found
    reduced = ops.max if mode == "multi_hot" else ops.sum
    return ops.cast(reduced(found, axis=-2), dtype)


def _indices(settings: Settings, vocabulary: Vocabulary, values: Tensor) -> Tensor:
    keys = np.array(vocabulary.tokens, np.int64)
    order = np.argsort(keys)
    keys = held(keys[order])
    at = ops.minimum(ops.searchsorted(ops.convert_to_tensor(keys), values), len(keys) - 1)
    hit = ops.take(ops.convert_to_tensor(keys), at) == values
    places = ops.convert_to_tensor((order + settings.token_start).astype("int32"))
    other = _buckets(settings, values) + settings.oov_start
    indices = ops.where(hit, ops.take(places, at), ops.cast(other, "int32"))
    if settings.mask_token is None:
        return indices
    masked = 0 if settings.output_mode == "int" else _ABSENT
    mask = values == ops.convert_to_tensor(held(np.array(settings.mask_token)))
    return ops.where(mask, masked, indices)


def _buckets(settings: Settings, values: Tensor) -> Tensor:
    count = settings.num_oov_indices
    if count == 0:
        raise UnsupportedError(
            "With num_oov_indices=0 an unknown token is an error, which a compiled function can't "
            "raise.",
            remedy="Set num_oov_indices=1, or look up before the model.",
        )
    if count == 1:
        return ops.zeros_like(values)
    if settings.oov_method != "farmhash":
        return values % count
    return _traced.buckets(values, count, settings.salt)


def _tokens(settings: Settings, vocabulary: Vocabulary, values: Tensor) -> Tensor:
    words = np.array([*vocabulary.words(settings), settings.oov_token], np.int64)
    words = held(words)
    last = len(words) - 1
    inside = ops.logical_and(values >= settings.token_start, values < last)
    if settings.mask_token is not None:
        inside = ops.logical_or(inside, values == 0)
    return ops.take(ops.convert_to_tensor(words), ops.where(inside, values, last))


def _flat_integers(values: Tensor) -> Tensor:
    return ops.cast(ops.reshape(values, (-1,)), widest())


def widest() -> str:
    """The backend's widest integer: int64, but for JAX unless it was asked for."""
    tensor = ops.convert_to_tensor(np.zeros((), np.int64))
    return str(keras.backend.standardize_dtype(tensor.dtype))


def held(tokens: Array) -> Array:
    """Integers in the backend's widest dtype.

    Raises:
        UnsupportedError: If one doesn't fit.
    """
    dtype = np.dtype(widest())
    limits = np.iinfo(dtype)
    large = tokens[(tokens < limits.min) | (tokens > limits.max)]
    if not large.size:
        return tokens.astype(dtype)
    raise UnsupportedError(
        f"The vocabulary holds {large.flat[0]}, which needs 64 bits; JAX cuts integers to 32, so "
        "another token would be found.",
        remedy="Call the layer on NumPy arrays before the model, or set jax_enable_x64.",
        value=int(large.flat[0]),
    )
