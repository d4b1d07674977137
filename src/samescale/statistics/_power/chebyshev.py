"""The greatest value of a smooth function that is known at a few places."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_HALVINGS = 60
_CUTS = 64


def places(low: float, high: float, count: int) -> list[float]:
    """Chebyshev's points between `low` and `high`, descending."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle + half * math.cos(math.pi * (i + 0.5) / count) for i in range(count)]


def series(values: Sequence[float]) -> list[float]:
    """The coefficients of the polynomial through `values` at Chebyshev's points."""
    count = len(values)
    found = [
        2.0 / count * math.fsum(
            value * math.cos(math.pi * order * (i + 0.5) / count)
            for i, value in enumerate(values)
        )
        for order in range(count)
    ]  # fmt: skip
    return [found[0] / 2, *found[1:]]


def peak(coefficients: Sequence[float]) -> float:
    """Where in -1…1 the polynomial is greatest."""
    slope = _slope(coefficients)
    cuts = [-1.0 + 2.0 * i / _CUTS for i in range(_CUTS + 1)]
    roots = [
        _root(slope, left, right)
        for left, right in itertools.pairwise(cuts)
        if _at(slope, left) > 0 >= _at(slope, right)
    ]
    return max([-1.0, 1.0, *roots], key=lambda place: _at(coefficients, place))


def _slope(coefficients: Sequence[float]) -> list[float]:
    """The coefficients of the derivative."""
    made = [0.0] * (len(coefficients) + 1)
    for order in range(len(coefficients) - 1, 0, -1):
        made[order - 1] = made[order + 1] + 2.0 * order * coefficients[order]
    return [made[0] / 2, *made[1:-2]]


def _root(coefficients: Sequence[float], low: float, high: float) -> float:
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at(coefficients, middle) > 0 else (low, middle)
    return (low + high) / 2


def _at(coefficients: Sequence[float], x: float) -> float:
    """Clenshaw's rule."""
    one, two = 0.0, 0.0
    for coefficient in reversed(coefficients[1:]):
        one, two = coefficient + 2.0 * x * one - two, one
    return coefficients[0] + x * one - two
