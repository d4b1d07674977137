"""What TextVectorization checks, answers and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.errors import SpecError
from samescale.keras._adapt import array_of
from samescale.keras._encode import encoded
from samescale.keras._lookup import tensor_of
from samescale.keras._ragged import is_ragged, rows_of_ragged

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.keras._words import Rows

_STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLITS = ("whitespace", "character")
_OF_LAYER = ("trainable", "dtype")
_HIDDEN = {"vocabulary_size", "has_input_vocabulary"}


def check(standardize: Any, split: Any, ngrams: Any) -> None:
    """Raise unless texts can be turned into tokens so.

    Raises:
        SpecError: If they can't.
    """
    known = (("standardize", standardize, _STANDARDS), ("split", split, _SPLITS))
    for name, value, names in known:
        if value is not None and not callable(value) and value not in names:
            raise SpecError(
                f"TextVectorization({name}={value!r}) isn't known.",
                remedy=f"Take one of {', '.join(names)}, a function or None.",
                value=value,
            )
    counts = ngrams if isinstance(ngrams, tuple) else (ngrams,)
    if ngrams is not None and not all(isinstance(count, int) and count > 0 for count in counts):
        raise SpecError(
            f"`ngrams` must be None, an integer, or a tuple of integers; it is {ngrams!r}.",
            remedy="Give 2 for words and pairs, or (2,) for pairs alone.",
            value=ngrams,
        )


def check_output(mode: str, length: Any, *, ragged: bool) -> None:
    """Raise unless the arguments for the output go together.

    Raises:
        SpecError: If they don't.
    """
    if mode != "int" and length is not None:
        raise SpecError(
            "`output_sequence_length` must not be set if `output_mode` is not 'int'; it is "
            f"{length}.",
            remedy="Leave it out.",
            value=length,
        )
    if length is not None and not isinstance(length, int):
        raise SpecError(
            f"`output_sequence_length` must be None or an integer; it is {length!r}.",
            remedy="Give the number of tokens.",
            value=length,
        )
    if ragged and (mode != "int" or keras.backend.backend() != "tensorflow"):
        raise SpecError(
            "`ragged=True` is for output_mode='int' on the TensorFlow backend.",
            remedy="Leave it out: the output is padded with 0.",
        )


def of_layer(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments for Keras' base class.

    Raises:
        SpecError: If there are others.
    """
    if unknown := set(kwargs) - _HIDDEN - {*_OF_LAYER}:
        raise SpecError(
            f"Unrecognized keyword argument(s): {sorted(unknown)}.",
            remedy="See the arguments of TextVectorization.",
        )
    return {name: kwargs[name] for name in _OF_LAYER if kwargs.get(name) is not None}


def documents(tokens: Any) -> Any:
    """Tokens as a batch for counting: an array, or a list of the rows' arrays."""
    if is_ragged(tokens):
        return rows_of_ragged(tokens)
    if not isinstance(tokens, list | np.ndarray):
        return array_of(tokens)
    if isinstance(tokens, list):
        return [np.array([*row, None], object)[:-1] for row in tokens]
    return tokens


def answer(layer: Any, tokens: Array | Rows) -> Any:
    """The output for tokens, as the backend's tensor."""
    lookup = layer._lookup  # noqa: SLF001 - the layer's own
    if isinstance(tokens, list):
        indices = _padded_rows(lookup, tokens, layer.output_sequence_length)
    else:
        indices = lookup.indices(tokens)
        if layer.output_sequence_length is not None:
            indices = _padded(indices, layer.output_sequence_length)
    if lookup.settings.output_mode == "int":
        return tensor_of(encoded(indices, "int", 0, np.int64))
    return lookup.encoded(indices)


def _padded_rows(lookup: Any, rows: Rows, length: int | None) -> Array:
    flat = np.array([token for row in rows for token in row] + [None], object)[:-1]
    indices = lookup.indices(flat)
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    longest = int(sizes.max(initial=0)) if length is None else length
    # Of encoded outputs, what pads counts nowhere.
    fill = 0 if lookup.settings.output_mode == "int" else -1
    found = np.full((len(rows), longest), fill, np.int64)
    places = np.arange(flat.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = places < longest
    found[np.repeat(np.arange(len(rows)), sizes)[kept], places[kept]] = indices[kept]
    return found


def _padded(indices: Array, length: int) -> Array:
    cut = indices[..., :length]
    width = [(0, 0)] * (cut.ndim - 1) + [(0, length - cut.shape[-1])]
    return np.pad(cut, width)


def output_shape(layer: Any, shape: tuple[Any, ...]) -> Any:
    """The shape of the output for texts of `shape`."""
    lookup = layer._lookup  # noqa: SLF001 - the layer's own
    mode = lookup.settings.output_mode
    if mode == "int":
        return (shape[0], layer.output_sequence_length)
    if layer._words.split is None:  # noqa: SLF001 - as above
        shape = (*shape, 1) if len(shape) <= 1 else shape
    else:
        shape = (*shape, None)
    if mode == "one_hot":
        return (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), lookup.depth)
    return (*shape[:-1], lookup.depth)


def config(layer: Any) -> dict[str, Any]:
    """The arguments that Keras' layer writes, its vocabulary left out."""
    settings, words = layer._lookup.settings, layer._words  # noqa: SLF001 - the layer's own
    return {
        "max_tokens": settings.max_tokens,
        "standardize": words.standardize,
        "split": words.split,
        "ngrams": layer.ngrams,
        "output_mode": settings.output_mode,
        "output_sequence_length": layer.output_sequence_length,
        "pad_to_max_tokens": settings.pad_to_max_tokens,
        "sparse": settings.sparse,
        "ragged": layer.ragged,
        "encoding": settings.encoding,
    }
