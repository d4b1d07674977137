"""IntegerLookup: whole numbers as codes."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import where_nan
from samescale.ir.types import FLOATS, INTEGERS
from samescale.ir.verify import type_of
from samescale.transforms._arguments import settle, whole
from samescale.transforms._vocabulary import Choice, Vocabulary, check
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms._codes import OutputMode
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class IntegerLookup(Transform):
    """A whole number as its place in a vocabulary, as `keras.layers.IntegerLookup`.

    As `StringLookup`, for numbers that are names: shop numbers, product codes.

    Args:
        max_tokens: The greatest number of codes, the special ones included; `None` for all.
        num_oov_indices: How many codes unknown numbers share, by their hash if more than one. With
            0, an unknown number is -1, and a vector of zeros in the other modes.
        mask_token: The number that means "nothing", code 0 in the mode `int` and zeros in the
            others.
        oov_token: Taken for the sake of Keras' configurations; no code depends on it.
        vocabulary: The numbers, if they are known; then nothing is learned.
        output_mode: `int` for the code, or `one_hot`, `multi_hot`, `count` of it.
        min_count: How often a number must occur in training to have a code of its own; Keras' layer
            has no such argument.

    Raises:
        SpecError: If the arguments don't go together, or the column isn't numbers.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"shop": ss.IntegerLookup()}).adapt({"shop": [7, 7, 12]})
        >>> fitted.transform({"shop": [12, 7, 99]})["shop"]
        array([2, 1, 0])
    """

    max_tokens: int | None = None
    num_oov_indices: int = 1
    mask_token: int | None = None
    oov_token: int = -1
    vocabulary: tuple[int, ...] | None = None
    output_mode: OutputMode = "int"
    min_count: int = 1

    def __post_init__(self) -> None:
        settle(self)
        whole(
            self,
            "max_tokens",
            "num_oov_indices",
            "mask_token",
            "oov_token",
            "vocabulary",
            "min_count",
        )
        check(
            "IntegerLookup",
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
    def accepts_missing(self) -> bool:
        """Always: a missing value is the mask or unknown, where the column had some in training."""
        return True

    @property
    def takes_integers(self) -> bool:
        """Always: they are codes, not amounts."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """How often each number is met."""
        _check_type(x)
        return {"counts": Need(self._choice.statistic)} if self.learns else {}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Lookup`, and a `OneHot` unless the mode is `int`."""
        _check_type(x)
        vocabulary = Vocabulary(
            self.tokens(learned),
            self.num_oov_indices,
            self.mask_token,
            self.output_mode,
        )
        return vocabulary.lower(self._whole(x, vocabulary))

    def tokens(self, learned: Mapping[str, Learned]) -> tuple[int, ...]:
        """The numbers of the vocabulary, without the special codes."""
        if self.vocabulary is not None:
            return self.vocabulary
        found = self._choice.tokens(learned["counts"])
        _check_range(found)
        return found

    @property
    def _choice(self) -> Choice:
        special = self.num_oov_indices + (self.mask_token is not None)
        return Choice(self.max_tokens, special, self.mask_token, self.min_count)

    def _whole(self, x: Node, vocabulary: Vocabulary) -> Node:
        """The column as int64; a missing value becomes the mask, or a number nobody has."""
        if type_of(x).dtype == "int64":
            return x
        if type_of(x).dtype in INTEGERS:
            return nodes.Cast(x, "int64")
        known = set(vocabulary.tokens)
        nobody = next(number for number in range(-1, -2 - len(known), -1) if number not in known)
        stand_in = nobody if self.mask_token is None else self.mask_token
        return nodes.Cast(where_nan(x, np.float64(stand_in)), "int64")


def _check_range(tokens: tuple[int, ...]) -> None:
    limits = np.iinfo(np.int64)
    far = next((token for token in tokens if not limits.min <= token <= limits.max), None)
    if far is not None:
        raise DataError(
            f"{far} is beyond 64 bits with a sign, which is what a lookup takes.",
            remedy="Store the column as text, and look it up with StringLookup.",
            value=far,
        )


def _check_type(x: Node) -> None:
    if type_of(x).dtype not in INTEGERS | FLOATS:
        raise SpecError(
            f"IntegerLookup takes whole numbers, and {type_of(x)} isn't.",
            remedy="For strings use StringLookup.",
        )


CASES = (
    Case("code", IntegerLookup()),
    Case("code", IntegerLookup(max_tokens=3, mask_token=0)),
    Case("code", IntegerLookup(num_oov_indices=3)),
    Case("code", IntegerLookup(min_count=2)),
    Case("code", IntegerLookup(vocabulary=(4, 2), output_mode="one_hot")),
    Case("codes", IntegerLookup(output_mode="multi_hot")),
)
