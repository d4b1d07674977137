"""Tokens to indices and back, with NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import DataError
from samescale.keras._fingerprints import hashed
from samescale.keras._lookup_settings import DROPPED
from samescale.keras._texts import integers, text, utf8

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.keras._lookup_settings import Settings
    from samescale.keras._vocabulary import Vocabulary


def index_of(settings: Settings, vocabulary: Vocabulary) -> dict[Any, int]:
    """Each token's index."""
    return {token: i for i, token in enumerate(vocabulary.tokens, settings.token_start)}


def found(settings: Settings, index: dict[Any, int], given: Any) -> Array:
    """The index of each token, int64; `DROPPED` where it is masked and the output encodes.

    Raises:
        DataError: If a token isn't in the vocabulary, and there is no bucket for it.
    """
    kind = text if settings.is_text else integers
    array = kind(given, settings.encoding)
    flat = array.reshape(-1)
    indices = np.fromiter(map(index.get, flat.tolist(), [-1] * flat.size), np.int64, flat.size)
    if settings.mask_token is not None:
        masked = 0 if settings.output_mode == "int" else DROPPED
        indices[flat == settings.mask_token] = masked
    outside = indices == -1
    if outside.any():
        indices[outside] = _buckets(settings, flat[outside]) + settings.oov_start
    return indices.reshape(array.shape)


def inverted(settings: Settings, vocabulary: Vocabulary, given: Any) -> Array:
    """The token of each index; the OOV token where there is none."""
    array = integers(given)
    kind: Any = object if settings.is_text else np.int64
    tokens = np.array([*vocabulary.words(settings), settings.oov_token], kind)
    inside = (array >= settings.token_start) & (array < len(tokens) - 1)
    if settings.mask_token is not None:
        inside |= array == 0
    result: Array = tokens[np.where(inside, array, len(tokens) - 1)]
    return result


def _buckets(settings: Settings, outside: Array) -> Array:
    count = settings.num_oov_indices
    if count == 0:
        raise DataError(
            f"The vocabulary hasn't {outside[:5].tolist()}, and num_oov_indices is 0.",
            remedy="Set num_oov_indices=1, or look up values of the vocabulary alone.",
            value=outside[0],
        )
    if count == 1:
        return np.zeros(len(outside), np.int64)
    if not settings.is_text and settings.oov_method != "farmhash":
        return outside % count
    prints = hashed(utf8(outside), settings.salt)
    return (prints % np.uint64(count)).astype(np.int64)
