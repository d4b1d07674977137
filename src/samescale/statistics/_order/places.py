"""Where the quantiles lie among the ranks, and what they are."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samescale.statistics._order.ranks import Ranks


def places(total: int, probabilities: tuple[float, ...], *, by_weight: bool) -> list[int]:
    """The ranks that the quantiles are made of, ascending."""
    return sorted({rank for pair in neighbours(total, probabilities, by_weight) for rank in pair})


@functools.lru_cache(maxsize=16)
def neighbours(
    total: int, probabilities: tuple[float, ...], by_weight: bool
) -> tuple[tuple[int, int], ...]:
    """The ranks on both sides of each quantile; with weights the same twice."""
    if by_weight:
        return tuple((rank, rank) for rank in (_reaching(total, one) for one in probabilities))
    ranks = [_position(total, probability)[0] for probability in probabilities]
    return tuple((rank, min(rank + 1, max(total - 1, 0))) for rank in ranks)


def exact(ranks: Ranks, probabilities: tuple[float, ...], *, by_weight: bool) -> list[float | None]:
    """The quantiles of a feature, rounded once; `None` if it has no value."""
    total = ranks.total
    if not total:
        return [None] * len(probabilities)
    pairs = neighbours(total, probabilities, by_weight)
    found = ranks.values([rank for pair in pairs for rank in pair])
    return [
        low if low == high else _between(low, high, *_position(total, probability)[1:])
        for low, high, probability in zip(found[::2], found[1::2], probabilities, strict=True)
    ]


def _reaching(total: int, probability: float) -> int:
    """The first rank up to which, with it, there are at least probability × total."""
    share, whole = probability.as_integer_ratio()
    return max(-(-share * total // whole) - 1, 0)


def _position(total: int, probability: float) -> tuple[int, int, int]:
    """Where a quantile lies: after which rank, and by which share of the way, as a fraction."""
    share, whole = probability.as_integer_ratio()
    rank, rest = divmod(share * max(total - 1, 0), whole)
    return rank, rest, whole


def _between(low: float, high: float, share: int, whole: int) -> float:
    """`low + share / whole * (high - low)`, rounded once."""
    if not share:
        return low
    # Of floats, a fraction's lower half is a power of 2: one divides the other.
    (first, unit), (last, other) = low.as_integer_ratio(), high.as_integer_ratio()
    finer = max(unit, other)
    first, last = first * (finer // unit), last * (finer // other)
    return (first * whole + share * (last - first)) / (finer * whole)
