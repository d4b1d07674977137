"""TextVectorization: texts as the codes, or the counts, of their words."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, final, get_args

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import clip, mul
from samescale.ir.verify import type_of
from samescale.transforms._arguments import numbers, settle, switches, texts, whole
from samescale.transforms._words import (
    MASK,
    UNKNOWN,
    Reading,
    Standardize,
    TextMode,
    average,
    inverse_document_frequency,
)
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class TextVectorization(Transform):
    """A text as the codes or the counts of its words, as `keras.layers.TextVectorization`.

    A text is brought to lower case, punctuation is taken out, what is left is cut at white space,
    and each token is looked up in a vocabulary that is learned: most frequent first, ties in the
    order of the tokens (Keras' are in the opposite one). In the mode `int` code 0 stands for no
    token and 1 for one that isn't in the vocabulary, so tokens begin at 2; in the others entry 0
    stands for all tokens that aren't in it. A missing text is a text without words.

    The vocabulary goes into the bundle, and long n-grams of rare words are parts of rows: where
    texts are private, let `max_tokens` keep what is frequent.

    Where it isn't Keras':

    - Lower case and white space are those of Unicode, by Python's `str.lower` and `str.split`.
      Keras' are those of ASCII alone: it leaves "É" as it is. Punctuation is the same 32
      characters of ASCII, `string.punctuation`.
    - Codes have one length: `output_sequence_length`, or that of the longest text of training.
      Keras' is that of the longest text of each batch. What is beyond the length is left out.
      Counts have no length: all words of a text are counted.
    - Weights are computed in float64 and rounded once.

    Unlike scikit-learn's `CountVectorizer` and `TfidfVectorizer` it keeps words of one letter,
    takes punctuation out instead of cutting at it, counts unknown words, and doesn't bring a row's
    weights to length 1; their idf is `log((1 + n) / (1 + df)) + 1`.

    Args:
        max_tokens: The greatest number of codes, the special ones included; `None` for all.
        standardize: `lower_and_strip_punctuation`, `lower`, `strip_punctuation` or `None`.
        split: `whitespace`, `character` (code points), or `None`: the text is one token.
        ngrams: `2` for words and pairs of words, `(2, 3)` for pairs and triples alone; joined by a
            space. `None` for words alone. `(1, 3)` leaves out the pairs, which scikit-learn's
            `ngram_range=(1, 3)` doesn't.
        output_mode: `int` for codes; `multi_hot`, `count` or `tf_idf` for a vector over the
            vocabulary: whether a token is there, how often, and that times
            `log(1 + n / (1 + df))`, for n texts of training of which df hold the token. Unknown
            tokens weigh the mean of the weights.
        output_sequence_length: How many codes a text has, in the mode `int`; `None` learns it.
        pad_to_max_tokens: Whether a vector has `max_tokens` entries where the vocabulary is
            smaller.
        vocabulary: The tokens, if they are known; the special ones in front may be given too.
        idf_weights: The weight of each token of `vocabulary`, for `tf_idf`.

    Raises:
        SpecError: If the arguments don't go together, or the column isn't texts; or on `adapt`, if
            tokens are to be learned from rows with weights.
        DataError: On `adapt`, if there is no token to learn.

    Examples:
        >>> import samescale as ss
        >>> said = ["The cat sat.", "The dog sat!", "A cat"]
        >>> codes = ss.Spec({"said": ss.TextVectorization()}).adapt({"said": said})
        >>> codes.transform({"said": ["the dog", "the fox"]})["said"]
        array([[4, 6, 0],
               [4, 1, 0]])
        >>> bags = ss.Spec({"said": ss.TextVectorization(output_mode="count")})
        >>> bags.adapt({"said": said}).feature_names
        ('said=[UNK]', 'said=cat', 'said=sat', 'said=the', 'said=a', 'said=dog')
    """

    max_tokens: int | None = None
    standardize: Standardize | None = "lower_and_strip_punctuation"
    split: Literal["whitespace", "character"] | None = "whitespace"
    ngrams: int | tuple[int, ...] | None = None
    output_mode: TextMode = "int"
    output_sequence_length: int | None = None
    pad_to_max_tokens: bool = False
    vocabulary: tuple[str, ...] | None = None
    idf_weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        settle(self)
        whole(self, "max_tokens", "ngrams", "output_sequence_length")
        switches(self, "pad_to_max_tokens")
        texts(self, "vocabulary")
        numbers(self, "idf_weights")
        _known(self, "standardize", get_args(Standardize))
        _known(self, "split", get_args(nodes.Cut))
        _known(self, "output_mode", get_args(TextMode))
        if self.output_mode not in get_args(TextMode):
            raise _wrong(self, "output_mode", f"It is one of {', '.join(get_args(TextMode))}.")
        self._check_tokens()
        self._check_width()
        self._check_vocabulary()

    def _check_tokens(self) -> None:
        if not _are_lengths(self._reading.ngrams):
            raise _wrong(self, "ngrams", "Give a whole number from 1, several, each once, or None.")
        if self.ngrams is not None and self.split is None:
            raise _wrong(self, "ngrams", "A text that isn't split has no neighbours: give split.")
        length = self.output_sequence_length
        if length is not None and (self.output_mode != "int" or self.split is None):
            raise _wrong(
                self, "output_sequence_length", "It is for output_mode='int' of texts that are cut."
            )
        if length is not None and (type(length) is not int or length < 1):
            raise _wrong(self, "output_sequence_length", "Give 1 or more, or None to learn it.")

    def _check_width(self) -> None:
        most = self.max_tokens
        if most is not None and (type(most) is not int or most <= self._special):
            raise _wrong(
                self, "max_tokens", f"{self._special} codes are special: give more, or None."
            )
        if self.pad_to_max_tokens and (most is None or self.output_mode == "int"):
            raise _wrong(
                self, "pad_to_max_tokens", "It needs max_tokens and a mode that gives vectors."
            )

    def _check_vocabulary(self) -> None:
        given = self._given
        if (self.idf_weights is not None) != (given is not None and self.output_mode == "tf_idf"):
            raise _wrong(self, "idf_weights", "They go with vocabulary and output_mode='tf_idf'.")
        if given is None:
            return
        if len(set(given)) != len(given) or MASK in given or not given:
            raise _wrong(self, "vocabulary", "Give each token once, and no empty one.")
        if self.max_tokens is not None and len(given) > self.max_tokens - self._special:
            raise _wrong(self, "max_tokens", f"There are {len(given)} tokens in vocabulary.")
        weights = self.idf_weights
        listed = isinstance(weights, tuple) and len(weights) == len(self.vocabulary or ())
        if weights is not None and not listed:
            raise _wrong(self, "idf_weights", "Give as many as there are tokens in vocabulary.")

    @property
    def learns(self) -> bool:
        """Whether the vocabulary, or how long the longest text is, is learned."""
        return self.vocabulary is None or (
            self.output_mode == "int"
            and self.split is not None
            and self.output_sequence_length is None
        )

    @property
    def takes_text(self) -> bool:
        """Always."""
        return True

    @property
    def accepts_missing(self) -> bool:
        """Always: a missing text has no words."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """How often each token is met, in how many texts, and how long the longest text is."""
        self._check_type(x)
        if not self.learns:
            return {}
        documents = self.output_mode == "tf_idf" and self.vocabulary is None
        counts = self._reading.counts(documents=documents, top=self._top)
        return {"tokens": Need(counts)}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """`Lower`, `Erase`, then `Split` and `Lookup` for codes, `Bag` for vectors."""
        self._check_type(x)
        keys = self._keys(learned)
        text = nodes.Reshape(x, ()) if self.split and type_of(x).shape else x
        text = self._reading.standardized(text)
        if self.output_mode == "int":
            return self._codes(text, keys, learned)
        counts = self._counts(text, keys)
        if self.output_mode == "multi_hot":
            return clip(counts, 0.0, 1.0)
        return mul(counts, self._weights(learned)) if self.output_mode == "tf_idf" else counts

    @property
    def _reading(self) -> Reading:
        ngrams = self.ngrams
        sizes = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
        return Reading(self.standardize, self.split, (1,) if sizes is None else sizes)

    @property
    def _special(self) -> int:
        return 2 if self.output_mode == "int" else 1

    @property
    def _top(self) -> int | None:
        """How many learned tokens are asked for; the one for unknown ones may be among them."""
        if self.vocabulary is not None:
            return 0
        return None if self.max_tokens is None else self.max_tokens - self._special + 1

    @property
    def _given(self) -> tuple[str, ...] | None:
        """The tokens of `vocabulary`, without the special ones."""
        special = (MASK, UNKNOWN)[-self._special :]
        given = self.vocabulary
        if given is not None and given[: self._special] == special:
            return given[self._special :]
        return given

    def _keys(self, learned: Mapping[str, Learned]) -> tuple[str, ...]:
        if self._given is not None:
            return self._given
        found: Any = learned["tokens"]["values"]
        most = None if self.max_tokens is None else self.max_tokens - self._special
        keys = tuple(token for token in (found[0] if found else ()) if token != UNKNOWN)
        if not keys:
            raise DataError(
                "No text has a word, so there is no vocabulary to learn.",
                remedy="Leave the column out, or give a vocabulary.",
            )
        return keys[:most]

    def _codes(
        self, text: Node, keys: tuple[str, ...], learned: Mapping[str, Learned]
    ) -> nodes.Lookup:
        if self.split is None:
            keys, values = (MASK, *keys), (0, *range(2, len(keys) + 2))
            return nodes.Lookup(text, keys, values, 1, 0)
        words = nodes.Split(text, self._length(learned), self.split, self._reading.ngrams)
        return nodes.Lookup(words, keys, tuple(range(2, len(keys) + 2)), 1, 0)

    def _length(self, learned: Mapping[str, Learned]) -> int:
        if self.output_sequence_length is not None:
            return self.output_sequence_length
        found: Any = learned["tokens"]["longest"]
        return max(1, int(found[0]))

    def _counts(self, text: Node, keys: tuple[str, ...]) -> Node:
        depth = self.max_tokens if self.pad_to_max_tokens else None
        depth = depth or len(keys) + 1
        if self.split is not None:
            return nodes.Bag(text, keys, depth, self.split, self._reading.ngrams)
        values = (-1, *range(1, len(keys) + 1))
        codes = nodes.Lookup(text, (MASK, *keys), values, 0, -1)
        wide = codes if type_of(codes).shape else nodes.Reshape(codes, (1,))
        return nodes.OneHot(wide, depth, "count", "float32")

    def _weights(self, learned: Mapping[str, Learned]) -> Array:
        """The weight of each entry: the mean for unknown tokens, and 0 behind the vocabulary."""
        if self.idf_weights is not None:
            own, special = self.idf_weights, len(self.vocabulary or ()) - len(self._given or ())
            made = own if special else (average(own), *own)
        else:
            own = self._learned_weights(learned)
            made = (average(own), *own)
        width = self.max_tokens if self.pad_to_max_tokens else None
        return np.array([*made, *([0.0] * ((width or len(made)) - len(made)))])

    def _learned_weights(self, learned: Mapping[str, Learned]) -> tuple[float, ...]:
        found: Any = learned["tokens"]
        among = dict(zip(found["values"][0], found["documents"][0], strict=True))
        keys = self._keys(learned)
        return inverse_document_frequency(found["rows"][0], [among[key] for key in keys])

    def _check_type(self, x: Node) -> None:
        given = type_of(x)
        if given.dtype != "string":
            raise SpecError(
                f"TextVectorization takes texts, and {given} isn't one.",
                remedy="Store the column as text.",
            )
        one = given.shape in {(), (1,)}
        if not one and (self.split is not None or self.output_mode == "tf_idf"):
            raise SpecError(
                f"TextVectorization takes one text a row, and {given} holds several.",
                remedy="Make them columns of their own; tokens side by side take split=None and "
                "another mode than tf_idf.",
            )


def _are_lengths(ngrams: tuple[Any, ...]) -> bool:
    from_1 = all(type(length) is int and length >= 1 for length in ngrams)
    return bool(ngrams) and from_1 and len(set(ngrams)) == len(ngrams)


def _known(transform: TextVectorization, name: str, known: tuple[str, ...]) -> None:
    if getattr(transform, name) not in {*known, None}:
        raise _wrong(transform, name, f"It is one of {', '.join(known)}.")


def _wrong(transform: TextVectorization, name: str, remedy: str) -> SpecError:
    value = getattr(transform, name)
    shown = repr(value) if len(repr(value)) < 80 else "…"  # noqa: PLR2004 - of a line
    return SpecError(
        f"TextVectorization({name}={shown}) doesn't fit its other arguments or isn't known.",
        remedy=remedy,
        value=value,
    )


CASES = (
    Case("string", TextVectorization()),
    Case("string", TextVectorization(output_sequence_length=3, ngrams=2, max_tokens=4)),
    Case("string", TextVectorization(split="character", standardize=None, ngrams=(1, 2))),
    Case(
        "string", TextVectorization(output_mode="multi_hot", max_tokens=9, pad_to_max_tokens=True)
    ),
    Case("string", TextVectorization(output_mode="count", ngrams=(2, 1), standardize="lower")),
    Case("string", TextVectorization(output_mode="tf_idf")),
    Case("string", TextVectorization(split=None, output_mode="tf_idf")),
    Case("string", TextVectorization(vocabulary=("a", "d e"), split=None)),
    Case("string", TextVectorization(vocabulary=("a",), output_mode="tf_idf", idf_weights=(0.1,))),
    Case("strings", TextVectorization(split=None, standardize="strip_punctuation")),
    Case("strings", TextVectorization(split=None, output_mode="count")),
)
