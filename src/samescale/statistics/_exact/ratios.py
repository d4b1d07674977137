"""Means, variances and correlations from exact sums, rounded once."""

from __future__ import annotations

import math

from samescale.errors import DataError

# More bits than a float64 has, so that what is cut off tells only above from below.
_BITS = 64


def mean(weight: int, total: int, unit: int) -> float | None:
    """`total / (weight * 2**unit)`, correctly rounded; `None` without weight."""
    # Python's true division of integers is correctly rounded, whatever their size.
    return total / (weight << unit) if weight else None


def total_weight(feature: int, weight: int, unit: int) -> float:
    """`weight / 2**unit`, correctly rounded.

    Raises:
        DataError: If it is beyond the range of float64.
    """
    return (
        quotient(weight, 1 << unit, f"The sum of the weights of feature {feature}", feature) or 0.0
    )


def variance(feature: int, weight: int, total: int, square: int, unit: int) -> float | None:
    """The population variance of sums in `2**-unit`, of squares in `2**(-2 * unit)`, of a unit.

    Raises:
        DataError: If it is beyond the range of float64.
    """
    return quotient(
        weight * square - total * total,
        weight * weight << 2 * unit,
        f"The variance of feature {feature}",
        feature,
    )


def quotient(over: int, under: int, what: str, feature: int) -> float | None:
    """`over / under`, correctly rounded; `None` if `under` is 0.

    Raises:
        DataError: If it is beyond the range of float64; `what` says of what.
    """
    try:
        return over / under if under else None
    except OverflowError:
        raise DataError(
            f"{what} is beyond the range of float64.",
            remedy="Rescale the column, or clip it, before it is learned from.",
            feature=feature,
        ) from None


def correlation(covariance: int, mine: int, theirs: int) -> float | None:
    """`covariance / sqrt(mine * theirs)`, correctly rounded; `None` if a variance is 0."""
    if not (mine and theirs):
        return None
    over, under = covariance * covariance, mine * theirs
    shift = max(0, _BITS + (under.bit_length() - over.bit_length() + 1) // 2)
    square, rest = divmod(over << 2 * shift, under)
    root = math.isqrt(square)
    # One more bit says that something was cut off, so that what follows rounds the right way.
    inexact = rest != 0 or root * root != square
    size = (root << 1 | inexact) / (1 << shift + 1)
    return -size if covariance < 0 else size
