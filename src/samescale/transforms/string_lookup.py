"""StringLookup: strings as codes."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

from samescale.errors import SpecError
from samescale.ir.verify import type_of
from samescale.transforms._arguments import settle, texts, whole
from samescale.transforms._vocabulary import Choice, Vocabulary, check
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms._codes import OutputMode
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class StringLookup(Transform):
    """A string as its place in a vocabulary, as `keras.layers.StringLookup`.

    The vocabulary is learned: most frequent first, ties in the order of the strings, so that no
    order of the rows can change a code (Keras leaves ties to chance). A string that isn't in it
    gets the code for unknown ones, 0 unless there is a mask. A missing value is the mask if there
    is one, else unknown.

    While the column has at most five million distinct strings they are counted in one pass. Of a
    column with more of them, such as one of ids, `max_tokens` or `min_count` says which are wanted:
    they are found exactly, in one to four more passes over the rows, and without these arguments
    the column is refused.

    Args:
        max_tokens: The greatest number of codes, the special ones included; `None` for all.
        num_oov_indices: How many codes unknown strings share, by their hash if more than one. With
            0, an unknown string is -1, and a vector of zeros in the other modes.
        mask_token: The string that means "nothing", code 0 in the mode `int` and zeros in the
            others.
        oov_token: Taken for the sake of Keras' configurations; no code depends on it.
        vocabulary: The strings, if they are known; then nothing is learned.
        output_mode: `int` for the code, or `one_hot`, `multi_hot`, `count` of it.
        min_count: How often a string must occur in training to have a code of its own; Keras' layer
            has no such argument.

    Raises:
        SpecError: If the arguments don't go together, or the column isn't strings.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"city": ss.StringLookup()}).adapt({"city": ["Rome", "Oslo", "Rome"]})
        >>> fitted.transform({"city": ["Rome", "Oslo", "Paris", None]})["city"]
        array([1, 2, 0, 0])
        >>> spec = ss.Spec({"city": ss.StringLookup(min_count=2)})
        >>> spec.adapt({"city": ["Rome", "Oslo", "Rome"]}).transform({"city": ["Oslo"]})["city"]
        array([0])
    """

    max_tokens: int | None = None
    num_oov_indices: int = 1
    mask_token: str | None = None
    oov_token: str = "[UNK]"  # noqa: S105 - a token of a vocabulary
    vocabulary: tuple[str, ...] | None = None
    output_mode: OutputMode = "int"
    min_count: int = 1

    def __post_init__(self) -> None:
        settle(self)
        whole(self, "max_tokens", "num_oov_indices", "min_count")
        texts(self, "vocabulary")
        check(
            "StringLookup",
            self.max_tokens,
            self.num_oov_indices,
            self.mask_token,
            self.vocabulary,
            self.output_mode,
        )
        _ = self._choice

    @property
    def learns(self) -> bool:
        """Whether the vocabulary is learned."""
        return self.vocabulary is None

    @property
    def takes_text(self) -> bool:
        """Always."""
        return True

    @property
    def accepts_missing(self) -> bool:
        """Always: a missing value is the mask or unknown."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """How often each string is met."""
        _check_type(x)
        return {"counts": Need(self._choice.statistic)} if self.learns else {}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Lookup`, and a `OneHot` unless the mode is `int`."""
        _check_type(x)
        return Vocabulary(
            self.tokens(learned),
            self.num_oov_indices,
            self.mask_token,
            self.output_mode,
        ).lower(x)

    def tokens(self, learned: Mapping[str, Learned]) -> tuple[str, ...]:
        """The strings of the vocabulary, without the special codes."""
        if self.vocabulary is not None:
            return self.vocabulary
        return self._choice.tokens(learned["counts"])

    @property
    def _choice(self) -> Choice:
        special = self.num_oov_indices + (self.mask_token is not None)
        return Choice(self.max_tokens, special, self.mask_token, self.min_count)


def _check_type(x: Node) -> None:
    if type_of(x).dtype != "string":
        raise SpecError(
            f"StringLookup takes strings, and {type_of(x)} isn't.",
            remedy="For whole numbers use IntegerLookup, for others Discretization.",
        )


CASES = (
    Case("string", StringLookup()),
    Case("string", StringLookup(max_tokens=3)),
    Case("string", StringLookup(min_count=2)),
    Case("string", StringLookup(mask_token="b", num_oov_indices=2)),  # noqa: S106 - a token
    Case("string", StringLookup(num_oov_indices=0, output_mode="one_hot")),
    Case("string", StringLookup(vocabulary=("a", "b"), output_mode="one_hot")),
    Case("strings", StringLookup(output_mode="multi_hot")),
    Case("strings", StringLookup(output_mode="count")),
)
