"""What StringLookup and IntegerLookup share: a vocabulary and the codes of its tokens."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.statistics.counter import Counter
from samescale.transforms._codes import OutputMode, check_mode, encode

if TYPE_CHECKING:
    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

Token = str | int


@dc.dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens and the special codes in front of them, laid out as Keras does.

    In the mode `int` the codes are: the mask token, if there is one; the codes for tokens that
    aren't in the vocabulary; the tokens. In the other modes a masked value is no code at all.
    """

    tokens: tuple[Token, ...]
    oov: int
    mask: Token | None
    mode: OutputMode

    @property
    def size(self) -> int:
        """How many codes there are."""
        return self._first + len(self.tokens)

    @property
    def _masked(self) -> bool:
        return self.mask is not None and self.mode == "int"

    @property
    def _first(self) -> int:
        return int(self._masked) + self.oov

    def lower(self, x: Node) -> Node:
        """The nodes that look `x` up and encode its code."""
        return encode(self._codes(x), self.size, self.mode)

    def _codes(self, x: Node) -> Node:
        outside = int(self._masked) if self.oov == 1 else -1
        masked = 0 if self._masked else (-1 if self.mask is not None else outside)
        keys, values = list(self.tokens), list(range(self._first, self.size))
        if self.mask is not None:
            keys, values = [self.mask, *keys], [masked, *values]
        codes = nodes.Lookup(x, tuple(keys), tuple(values), outside, masked)  # type: ignore[arg-type]
        return codes if self.oov <= 1 else self._hashed(x, codes)

    def _hashed(self, x: Node, codes: Node) -> Node:
        """Tokens outside the vocabulary spread over several codes by their hash."""
        start = int(self._masked)
        buckets = nodes.HashBucket(x, self.oov, 0)
        spread = nodes.Lookup(
            buckets, tuple(range(self.oov)), tuple(range(start, start + self.oov)), start, start
        )
        unknown = nodes.Equal(codes, nodes.Const(np.asarray(-1, dtype=np.int64)))
        return nodes.Where(unknown, spread, codes)


@dc.dataclass(frozen=True, slots=True)
class Choice:
    """Which of the learned tokens are in the vocabulary: what StringLookup and IntegerLookup ask.

    Attributes:
        max_tokens: The greatest number of codes, the special ones included; `None` for all.
        special: How many of them are special.
        mask: The token that means "nothing", and is none of the vocabulary.
        min_count: How often a token occurs at least.
    """

    max_tokens: int | None
    special: int
    mask: Token | None
    min_count: int

    def __post_init__(self) -> None:
        if self.min_count < 1:
            raise SpecError(
                f"min_count={self.min_count} asks for tokens that don't occur.",
                remedy="Give 1 or more.",
                value=self.min_count,
            )

    @property
    def statistic(self) -> Counter:
        """What counts the tokens that are wanted."""
        if self.max_tokens is None:
            return Counter(min_count=self.min_count)
        # The mask may be one of the most frequent.
        top = self.max_tokens - self.special + (self.mask is not None)
        most = max(Counter().max_distinct, 2 * top)
        return Counter(most, top=top, min_count=self.min_count)

    def tokens(self, learned: Learned) -> tuple[Any, ...]:
        """The tokens, most frequent first, ties in the order of the tokens.

        Raises:
            DataError: If there is no token at all.
        """
        found: Any = learned["values"]
        tokens = [token for token in (found[0] if found else []) if token != self.mask]
        if not tokens and self.min_count > 1:
            raise DataError(
                f"No value occurs {self.min_count} times, so there is no vocabulary to learn.",
                remedy="Give a smaller min_count, or a vocabulary.",
                value=self.min_count,
            )
        if not tokens:
            raise DataError(
                "Every value is missing, so there is no vocabulary to learn.",
                remedy="Leave the column out, or give a vocabulary.",
            )
        room = None if self.max_tokens is None else self.max_tokens - self.special
        return tuple(tokens[:room])


def check(
    owner: str,
    max_tokens: int | None,
    num_oov_indices: int,
    mask: Token | None,
    vocabulary: tuple[Token, ...] | None,
    mode: str,
) -> None:
    """Refuse arguments of a lookup that don't go together.

    Raises:
        SpecError: Naming the argument and its value.
    """
    check_mode(owner, mode)
    special = num_oov_indices + (mask is not None)
    if num_oov_indices < 0:
        raise SpecError(
            f"{owner}(num_oov_indices={num_oov_indices}) is negative.", remedy="Give 0 or more."
        )
    if max_tokens is not None and max_tokens <= special:
        raise SpecError(
            f"{owner}(max_tokens={max_tokens}) leaves no room beside {special} special codes.",
            remedy=f"Give {special + 1} or more, or None for all tokens.",
            value=max_tokens,
        )
    if vocabulary is not None and len(set(vocabulary)) != len(vocabulary):
        repeated = sorted({str(token) for token in vocabulary if vocabulary.count(token) > 1})
        raise SpecError(
            f"{owner}(vocabulary=…) repeats {', '.join(repeated[:5])}.", remedy="Give each once."
        )
