"""What TextVectorization's arguments mean: how a text is read, and what its tokens weigh."""

from __future__ import annotations

import dataclasses as dc
import decimal
import math
import string
from typing import TYPE_CHECKING, Literal

from samescale.ir import nodes
from samescale.statistics.token_counts import TokenCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.nodes import Cut, Node

Standardize = Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"]
TextMode = Literal["int", "multi_hot", "count", "tf_idf"]
MASK, UNKNOWN = "", "[UNK]"
_DIGITS = 40  # more than twice a float64's, so that rounding twice is rounding once


@dc.dataclass(frozen=True, slots=True)
class Reading:
    """How a text becomes tokens: what is done to its letters, what cuts it, what is joined."""

    standardize: Standardize | None
    by: Cut | None
    ngrams: tuple[int, ...]

    @property
    def lower(self) -> bool:
        """Whether letters are brought to lower case."""
        return (self.standardize or "").startswith("lower")

    @property
    def erase(self) -> str:
        """The characters that are taken out: the 32 of ASCII that are punctuation, or none."""
        strips = (self.standardize or "").endswith("strip_punctuation")
        return string.punctuation if strips else ""

    def standardized(self, x: Node) -> Node:
        """The text as its tokens are looked for."""
        lowered = nodes.Lower(x) if self.lower else x
        return nodes.Erase(lowered, self.erase) if self.erase else lowered

    def counts(self, *, documents: bool, top: int | None) -> TokenCounts:
        """The statistic that reads texts so, and gives its `top` tokens."""
        return TokenCounts(self.by, self.ngrams, self.lower, self.erase, documents, top=top)


def inverse_document_frequency(documents: int, among: Sequence[int]) -> tuple[float, ...]:
    """`log(1 + documents / (1 + a))` for each `a` of `among`, correctly rounded to float64.

    Computed with 40 decimal digits, so that no machine's `log` makes another weight.

    >>> inverse_document_frequency(3, [2, 0])
    (0.6931471805599453, 1.3862943611198906)
    """
    known: dict[int, float] = {}
    with decimal.localcontext(decimal.Context(prec=_DIGITS)):
        for count in among:
            if count not in known:
                ratio = decimal.Decimal(documents) / decimal.Decimal(1 + count)
                known[count] = float((1 + ratio).ln())
    return tuple(known[count] for count in among)


def average(weights: Sequence[float]) -> float:
    """The mean, whose sum is exact before it is rounded; 0 of nothing."""
    return math.fsum(weights) / len(weights) if weights else 0.0
