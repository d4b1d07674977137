"""A vocabulary: tokens in the order of their indices, and their weights."""

from __future__ import annotations

import collections
import dataclasses as dc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import keras
import numpy as np
from keras.src.saving.serialization_lib import in_safe_mode

from samescale.errors import SpecError
from samescale.keras._adapt import array_of
from samescale.keras._texts import integers, text

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.keras._lookup_settings import Settings, Token


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """What a lookup has learned or was given.

    Attributes:
        tokens: The vocabulary's own tokens, without the special ones, most frequent first.
        weights: Inverse document frequencies, float, one an output column; where asked for.
    """

    tokens: tuple[Token, ...]
    weights: Array | None = None

    @classmethod
    def given(cls, settings: Settings, vocabulary: Any, idf_weights: Any = None) -> Vocabulary:
        """A vocabulary that a caller gave, with or without the special tokens before it.

        Raises:
            SpecError: If it can't be one (a ValueError, as in Keras).
        """
        _check_weights(settings, idf_weights, file=isinstance(vocabulary, str))
        listed = _listed(settings, vocabulary)
        start = settings.token_start
        complete = bool(start) and listed[:start] == settings.special
        tokens = tuple(listed[start:] if complete else listed)
        _check(settings, tokens)
        weights = None
        if idf_weights is not None:
            weights = _padded(settings, array_of(idf_weights), len(listed), complete=complete)
        return cls(tokens, weights)

    @classmethod
    def learned(
        cls,
        settings: Settings,
        counts: dict[Token, int],
        among: dict[Token, int] | None,
        rows: int,
    ) -> Vocabulary:
        """The most frequent tokens; of equally frequent ones, the greater first, as in Keras.

        Args:
            settings: The lookup's.
            counts: How often each token occurs.
            among: In how many of the documents; where weights are wanted.
            rows: The number of documents.
        """
        special = {settings.mask_token, settings.oov_token} - {None}
        kept = [token for token in counts if token not in special]
        kept.sort(reverse=True)  # ties: a stable sort keeps this order
        kept.sort(key=lambda token: -counts[token])
        tokens = tuple(kept[: settings.most_tokens])
        if among is None:
            return cls(tokens)
        # log(1 + rows / (1 + rows with the token)), as Keras weighs.
        documents = np.array([among[token] for token in tokens], np.int64)
        weights = np.log(1 + rows / (1 + documents))
        return cls(tokens, _padded(settings, weights, len(tokens), complete=False))

    def words(self, settings: Settings, *, special: bool = True) -> list[Any]:
        """All tokens by index, the special ones first unless they aren't wanted."""
        return [*(settings.special if special else []), *self.tokens]

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        found: dict[str, Any] = {"tokens": list(self.tokens)}
        return found if self.weights is None else found | {"weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, state: Any) -> Vocabulary:
        """The vocabulary that `to_json` wrote."""
        weights = state.get("weights")
        return cls(
            tuple(state["tokens"]),
            None if weights is None else np.array(weights, keras.backend.floatx()),
        )

    def to_bytes(self) -> Array:
        """The tokens as an array of bytes, which a weights file holds."""
        return np.frombuffer(json.dumps(list(self.tokens)).encode(), np.uint8)

    @staticmethod
    def tokens_of(data: Any) -> tuple[Token, ...]:
        """The tokens that `to_bytes` wrote."""
        return tuple(json.loads(np.asarray(data, np.uint8).tobytes()))


def _listed(settings: Settings, vocabulary: Any) -> list[Any]:
    if isinstance(vocabulary, str):
        return _from_file(settings, vocabulary)
    if not isinstance(vocabulary, list | tuple):
        vocabulary = array_of(vocabulary)
    if not len(vocabulary):
        return []
    kind = text if settings.is_text else integers
    found: list[Any] = kind(vocabulary, settings.encoding).reshape(-1).tolist()
    return found


def _from_file(settings: Settings, path: str) -> list[Any]:
    if in_safe_mode():
        raise SpecError(
            f"A file of the model names a vocabulary file outside of it: '{path}'.",
            remedy="If you trust where the model comes from, load it with safe_mode=False.",
            value=path,
        )
    if not Path(path).is_file():
        raise SpecError(
            f"Vocabulary file {path} does not exist.", remedy="Give its path.", value=path
        )
    lines = Path(path).read_bytes().replace(b"\r", b"").decode(settings.encoding).split("\n")
    lines = lines[:-1] if not lines[-1] else lines
    return lines if settings.is_text else [int(line) for line in lines]


def _check_weights(settings: Settings, idf_weights: Any, *, file: bool) -> None:
    weighed = settings.output_mode == "tf_idf"
    if weighed and file:
        raise SpecError(
            "output_mode='tf_idf' takes no vocabulary from a file, which has no weights.",
            remedy="Read the file, and give vocabulary and idf_weights as lists.",
        )
    if weighed and idf_weights is None:
        raise SpecError(
            "`idf_weights` must be given with the vocabulary where output_mode is 'tf_idf'.",
            remedy="Give one weight a token, or adapt.",
        )
    if not weighed and idf_weights is not None:
        raise SpecError(
            f"`idf_weights` are for output_mode='tf_idf', not '{settings.output_mode}'.",
            remedy="Leave them out.",
        )


def _check(settings: Settings, tokens: tuple[Token, ...]) -> None:
    if not tokens:
        raise SpecError("An empty vocabulary can't be set.", remedy="Give at least one token.")
    repeated = [token for token, count in collections.Counter(tokens).items() if count > 1]
    if repeated:
        raise SpecError(
            f"The vocabulary has at least one repeated term: {repeated[:5]}.",
            remedy="Give each token once.",
            value=repeated,
        )
    reserved = {"mask": settings.mask_token, "OOV": settings.oov_token if settings.invert else None}
    for name, token in reserved.items():
        if token is not None and token in tokens:
            raise SpecError(
                f"The {name} token {token!r} stands at index {tokens.index(token)}.",
                remedy=f"Give the tokens alone, or all of {settings.special} before them.",
                value=token,
            )
    if settings.most_tokens is not None and len(tokens) > settings.most_tokens:
        raise SpecError(
            f"{settings.token_start + len(tokens)} tokens are more than max_tokens, which is "
            f"{settings.max_tokens}.",
            remedy="Raise max_tokens; it counts the mask token and the buckets for others too.",
            value=len(tokens),
        )


def _padded(settings: Settings, weights: Array, tokens: int, *, complete: bool) -> Array:
    """The weights of all output columns; that of unknown tokens is the mean of the others."""
    if weights.shape != (tokens,):
        raise SpecError(
            f"`idf_weights` have shape {weights.shape}; the vocabulary has {tokens} tokens.",
            remedy="Give one weight a token.",
            value=weights.shape,
        )
    weights = weights.astype(keras.backend.floatx())
    front = 0 if complete else settings.token_start
    mean = weights.mean(dtype=np.float64) if weights.size else 0.0
    total = front + len(weights)
    back = settings.depth(total - settings.token_start) - total
    return np.pad(weights, (front, back), constant_values=(mean, 0))
