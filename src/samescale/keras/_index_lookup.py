"""What StringLookup, IntegerLookup and TextVectorization share as Keras layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.errors import IntegrityError, ModelError
from samescale.keras._compiled import forget
from samescale.keras._counting import rows_of
from samescale.keras._ragged import token_batches
from samescale.keras._seal import refuse_if_sealed
from samescale.keras._texts import integers, text
from samescale.keras._vocabulary import Vocabulary

if TYPE_CHECKING:
    from samescale.keras._counting import Documents
    from samescale.keras._lookup import Lookup

_FILE = "vocabulary.txt"
_TOKENS, _WEIGHTS = "vocabulary", "idf_weights"


class IndexLookup(ABC):
    """A layer with a vocabulary. The state is in `_lookup` and `sealed`, set by the layer."""

    _lookup: Lookup
    sealed: bool
    name: str

    @abstractmethod
    def _documents(self, batch: Any) -> Documents:
        """The tokens of each row of a batch."""

    @property
    def adapted(self) -> bool:
        """Whether there is a vocabulary: learned, loaded or given."""
        return self._lookup.vocabulary is not None

    @property
    def _has_input_vocabulary(self) -> bool:
        # Keras' FeatureSpace asks for it by this name.
        return self._lookup.fixed

    @property
    def idf_weights(self) -> Any:
        """The inverse document frequency of each output column; `None` where not asked for."""
        known = self._lookup.vocabulary
        return None if known is None else known.weights

    def adapt(self, data: Any, steps: int | None = None, *, readapt: bool = False) -> None:
        """Learn the vocabulary of all of `data`, in one pass: the most frequent tokens first.

        Equally frequent tokens come in descending order, as in Keras. Counts are exact, so neither
        order nor batches change the vocabulary.

        Args:
            data: Arrays, lists, tables, datasets, loaders, generators of batches; of `(x, y)` the
                `x`. It replaces what was learned before.
            steps: How many batches at most are taken of what gives batches.
            readapt: Whether to do so though a model has used the vocabulary. Indices then mean
                other tokens, so that whatever was trained on them must be trained anew.

        Raises:
            ModelError: If the layer is sealed, or its vocabulary was given.
            DataError: If there is no token, or a value isn't a token (`row`, `value`).
        """
        refuse_if_sealed(self, readapt=readapt)
        self._refuse_fixed()
        self.reset_state()
        try:
            for batch in token_batches(data, steps):
                self._count(batch)
            self.finalize_state()
        finally:
            self.reset_state()

    def update_state(self, data: Any) -> None:
        """Count one more batch; `adapt` does.

        Raises:
            ModelError: If the layer is sealed, or its vocabulary was given.
        """
        refuse_if_sealed(self)
        self._count(data)

    def _count(self, data: Any) -> None:
        self._refuse_fixed()
        documents = self._documents(data)
        self._lookup.kept["counts"] = self._lookup.counts().seen(documents)

    def finalize_state(self) -> None:
        """Learn the vocabulary of what was counted; `adapt` does."""
        if "counts" in self._lookup.kept:
            self._lookup.learn(self._lookup.counts().vocabulary(self._lookup.settings))
            self._forget()

    def reset_state(self) -> None:
        """Forget what was counted, not what was learned."""
        self._lookup.kept.pop("counts", None)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take a vocabulary instead of learning one.

        Args:
            vocabulary: A list, an array, a tensor, or the path of a file with a token a line.
            idf_weights: One weight a token, for output_mode="tf_idf".

        Raises:
            ModelError: If a model has used the one that the layer has.
            SpecError: If it can't be one.
        """
        refuse_if_sealed(self)
        self._lookup.learn(Vocabulary.given(self._lookup.settings, vocabulary, idf_weights))

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens by index.

        Args:
            include_special_tokens: Whether the mask token and the OOV tokens stand before them.
        """
        known = self._lookup.vocabulary or Vocabulary(())
        return known.words(self._lookup.settings, special=include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many indices there are, those of the special tokens included."""
        return self._lookup.size

    def save_own_variables(self, store: Any) -> None:
        """The vocabulary and its weights into a weights file, where Keras leaves it out."""
        known = self._lookup.vocabulary
        if known is not None:
            store[_TOKENS] = known.to_bytes()
            if known.weights is not None:
                store[_WEIGHTS] = known.weights

    def load_own_variables(self, store: Any) -> None:
        """The vocabulary and its weights from a weights file.

        Raises:
            ModelError: If the layer was made with another vocabulary.
        """
        names = set(store.keys())
        weights = None
        if _WEIGHTS in names:
            weights = np.asarray(store[_WEIGHTS]).astype(keras.backend.floatx())
        if _TOKENS in names:
            tokens = Vocabulary.tokens_of(np.asarray(store[_TOKENS]))
            if self._lookup.restore(self.name, tokens, weights):
                self._forget()
        elif weights is not None and self._lookup.vocabulary is None:
            self._lookup.kept[_WEIGHTS] = weights  # of Keras' layer: its tokens come as an asset

    def save_assets(self, dir_path: str) -> None:
        """The tokens as text, a line each, as Keras writes them. The config has them exactly."""
        if not self._lookup.is_written:
            Path(dir_path, _FILE).write_text(self._lines(), "utf-8", "surrogateescape", "\n")

    def load_assets(self, dir_path: str) -> None:
        """What `save_assets` wrote, held against the config; or what Keras' layer wrote.

        Raises:
            IntegrityError: If the file was changed.
        """
        path = Path(dir_path, _FILE)
        if not path.is_file():
            return
        lines = path.read_bytes().decode("utf-8", "surrogateescape")
        if self._lookup.vocabulary is None:
            self._take(lines)
        elif lines != self._lines():
            raise IntegrityError(
                f"{_FILE} of the layer '{self.name}' isn't the vocabulary of the model's config.",
                remedy="Take the file as it was saved; its parts belong together.",
            )

    def _take(self, lines: str) -> None:
        settings = self._lookup.settings
        tokens: list[Any] = [line for line in lines.split("\n") if line or settings.oov_start]
        while tokens and not tokens[-1]:
            tokens.pop()
        if not settings.is_text:
            tokens = [int(token) for token in tokens]
        if tokens[settings.token_start :]:
            weights = self._lookup.kept.pop(_WEIGHTS, None)
            own = tuple(tokens[settings.token_start :])
            self._lookup.learn(Vocabulary(own, weights))

    def _lines(self) -> str:
        return "\n".join(map(str, self.get_vocabulary()))

    def _learned(self) -> dict[str, Any]:
        """What the config says beside Keras' keys."""
        known = None if self._lookup.is_written else self._lookup.vocabulary
        return {"learned": known.to_json() if known else None, "sealed": self.sealed}

    def _tokens(self, batch: Any) -> Documents:
        settings = self._lookup.settings
        kind = text if settings.is_text else integers
        if not (isinstance(batch, list) and batch and isinstance(batch[0], np.ndarray)):
            return rows_of(kind(batch, settings.encoding))
        together = kind(np.concatenate(batch), settings.encoding)
        return np.split(together, np.cumsum([len(row) for row in batch])[:-1])

    def _forget(self) -> None:
        # What nobody has used is in no compiled function.
        if self.sealed:
            forget()

    def _refuse_fixed(self) -> None:
        if self._lookup.fixed:
            raise ModelError(
                f"The layer '{self.name}' was given its vocabulary: it learns nothing.",
                remedy="Make one without `vocabulary` to adapt it.",
                layer=self.name,
            )
