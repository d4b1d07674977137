"""What a lookup layer holds, and what it answers on NumPy arrays, on tensors and in TensorFlow."""

from __future__ import annotations

import dataclasses as dc
import warnings
from typing import TYPE_CHECKING, Any, final

import keras
import numpy as np
from keras import ops

from samescale.errors import ModelError, UnsupportedError
from samescale.keras import _encode, _find, _tensorflow, _within
from samescale.keras._counting import Counts
from samescale.keras._vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array
    from samescale.keras._lookup_settings import Settings

_WIDE = "int64"


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """The state of a layer. What changes, when it adapts or loads, is in `kept`.

    Attributes:
        settings: The layer's arguments.
        fixed: Whether the vocabulary was an argument: then nothing else may set it.
        kept: `vocabulary`, what is derived of it, and `counts` while it adapts.
    """

    settings: Settings
    fixed: bool = False
    kept: dict[str, Any] = dc.field(default_factory=dict)

    @property
    def vocabulary(self) -> Vocabulary | None:
        """What was learned or given; `None` before."""
        found: Vocabulary | None = self.kept.get("vocabulary")
        return found

    @property
    def size(self) -> int:
        """How many indices there are, special tokens included."""
        known = self.vocabulary
        return self.settings.token_start + (len(known.tokens) if known else 0)

    @property
    def depth(self) -> int | None:
        """How wide an encoded output is; `None` before it is known."""
        known = self.vocabulary
        if known is None and not self.settings.pad_to_max_tokens:
            return None
        return self.settings.depth(len(known.tokens) if known else 0)

    @property
    def is_written(self) -> bool:
        """Whether Keras' part of the config holds the vocabulary: it was given as a list."""
        return self.kept.get("given", {}).get("vocabulary") is not None

    def learn(self, vocabulary: Vocabulary) -> None:
        """Take a vocabulary in place of what was there."""
        self.kept.clear()
        self.kept["vocabulary"] = vocabulary

    def counts(self) -> Counts:
        """What was counted so far."""
        found: Counts = self.kept.get("counts") or Counts(self.settings.output_mode == "tf_idf")
        return found

    def inner(self, make: Callable[[], Any]) -> Any:
        """Keras' layer with this vocabulary, made once."""
        if "inner" not in self.kept:
            self.kept["inner"] = _tensorflow.outside(make)
        return self.kept["inner"]

    def indices(self, given: Any) -> Array:
        """The indices of NumPy arrays or lists of tokens, int64."""
        if "index" not in self.kept:
            self.kept["index"] = _find.index_of(self.settings, self._known)
        return _find.found(self.settings, self.kept["index"], given)

    def answer(self, given: Any) -> Any:
        """What the layer gives for arrays and lists, as the backend's tensor."""
        settings = self.settings
        if settings.invert:
            return tensor_of(_find.inverted(settings, self._known, given))
        return self.encoded(self.indices(given))

    def encoded(self, indices: Array) -> Any:
        """Indices in the layer's output mode."""
        settings, weights = self.settings, self._known.weights
        if settings.output_mode != "tf_idf" or weights is None:
            depth = settings.depth(len(self._known.tokens))
            return tensor_of(_encode.encoded(indices, settings.output_mode, depth, _WIDE))
        return tensor_of(_encode.encoded(indices, "count", len(weights), weights.dtype) * weights)

    def answer_tensor(self, given: Any) -> Any:
        """What the layer gives for a tensor of integers of the backend."""
        settings = self.settings
        unchecked = settings.num_oov_indices == 0 and not settings.invert
        if settings.is_text and not settings.invert:
            return self.answer(given)
        if unchecked and not _within.is_traced(given):
            return self.answer(ops.convert_to_numpy(given))
        if settings.is_text:
            return self.answer(ops.convert_to_numpy(given))
        return _within.looked_up(settings, self._known, given)

    def restore(self, layer: str, tokens: tuple[Any, ...], weights: Any = None) -> bool:
        """Take what a file holds.

        Returns:
            Whether it is another vocabulary than was there.

        Raises:
            ModelError: If the vocabulary is an argument of the layer, and another one.
        """
        known = self.vocabulary
        if self.fixed and known is not None and known.tokens != tokens:
            raise ModelError(
                f"The file holds another vocabulary than the layer '{layer}' was made with "
                f"({len(tokens)} and {len(known.tokens)} tokens).",
                remedy="Make the layer without `vocabulary` to load this one, or load the weights "
                "that were trained with this one.",
                layer=layer,
            )
        other = known is None or known.tokens != tokens or not _alike(known.weights, weights)
        if other:
            self.learn(Vocabulary(tokens, weights))
        return other

    @property
    def _known(self) -> Vocabulary:
        if self.vocabulary is None:
            raise ModelError("The lookup has no vocabulary.", remedy="Adapt it.")
        return self.vocabulary


def _alike(known: Array | None, weights: Any) -> bool:
    return weights is None if known is None else np.array_equal(known, weights)


def tensor_of(array: Array) -> Any:
    """An answer as the backend's tensor; text as a list with torch, as Keras, else as it is.

    Raises:
        UnsupportedError: If an integer doesn't fit.
    """
    if array.dtype == object:
        return array.tolist() if keras.backend.backend() == "torch" else array
    if array.dtype == np.int64:
        array = _within.held(array)
    return ops.convert_to_tensor(array)


def check_symbol(layer: Any, dtype: str) -> None:
    """Say what becomes of strings inside a model whose backend has none.

    Raises:
        UnsupportedError: If nothing could ever run it here.
    """
    if dtype != "string" or keras.backend.backend() == "tensorflow":
        return
    text = (
        f"The layer '{layer.name}' is put on text inside a model, and "
        f"{keras.backend.backend()} has no tensors of text: the model can't answer text."
    )
    remedy = (
        "Call the layer on NumPy arrays or in the data pipeline and give the model its output, or "
        "take samescale.adapt and fitted.to_keras, which place text before the model."
    )
    if not _tensorflow.is_installed():
        raise UnsupportedError(text, remedy=remedy, layer=layer.name)
    warnings.warn(f"{text} {remedy}", stacklevel=4)
