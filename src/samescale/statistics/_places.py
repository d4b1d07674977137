"""Where the quantiles lie among the ranks, and what they are."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samescale.statistics._ranks import Ranks


def places(total: int, probabilities: tuple[float, ...], *, by_weight: bool) -> list[int]:
    """The ranks that the quantiles are made of, ascending."""
    pairs = (neighbours(total, probability, by_weight=by_weight) for probability in probabilities)
    return sorted({rank for pair in pairs for rank in pair})


def neighbours(total: int, probability: float, *, by_weight: bool) -> tuple[int, int]:
    """The ranks on both sides of a quantile; with weights the same twice."""
    if by_weight:
        # The first rank up to which, with it, there are at least probability × total.
        rank = max(math.ceil(Fraction(probability) * total) - 1, 0)
        return rank, rank
    rank = int(_position(total, probability))
    return rank, min(rank + 1, max(total - 1, 0))


def exact(ranks: Ranks, probabilities: tuple[float, ...], *, by_weight: bool) -> list[float | None]:
    """The quantiles of a feature, rounded once; `None` if it has no value."""
    total = ranks.total
    if not total:
        return [None] * len(probabilities)
    pairs = [neighbours(total, probability, by_weight=by_weight) for probability in probabilities]
    lows = ranks.values([low for low, _ in pairs])
    highs = ranks.values([high for _, high in pairs])
    return [
        _between(low, high, _position(total, probability) % 1)
        for low, high, probability in zip(lows, highs, probabilities, strict=True)
    ]


def _position(total: int, probability: float) -> Fraction:
    return Fraction(probability) * max(total - 1, 0)


def _between(low: float, high: float, share: Fraction) -> float:
    """`low + share * (high - low)`, rounded once."""
    if low == high or not share:
        return low
    exact = Fraction(low) + share * (Fraction(high) - Fraction(low))
    return exact.numerator / exact.denominator
