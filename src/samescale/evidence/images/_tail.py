"""How rare a value beyond the ranks of training is: an exponential tail, fitted carefully."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

_SHARE: Final = 0.04  # of the values, in the tail
_FEWEST: Final = 12
_PRIOR: Final = 4.0
_SIDE: Final = 1.64  # normal score of 95 %


@final
@dc.dataclass(frozen=True, slots=True)
class Tail:
    """The upper tail of a statistic.

    The chance of a value above `start + t` is at most `share * exp(-rate * t)`: `share` is the
    upper and `rate` the lower end of its 95 % interval, for both come from a sample.

    Attributes:
        start: Where the tail begins.
        share: How many values lie in it.
        rate: How fast it falls.
    """

    start: float
    share: float
    rate: float

    @classmethod
    def learn(cls, values: Array) -> Self:
        """The tail of a sample (k,), float64, finite."""
        ordered = np.sort(values)[::-1]
        many = min(max(_FEWEST, int(_SHARE * len(ordered))), len(ordered) - 1)
        start = float(ordered[many])
        free = max(float(many), 1.0)
        excess = max(float((ordered[:many] - start).mean()) if many else 0.0, 1e-3)
        rate = max(1 - _SIDE / free**0.5, 0.25) / excess
        share = min(1.0, (free + _SIDE * free**0.5 + 1) / len(ordered))
        return cls(*(float(np.float32(number)) for number in (start, share, rate)))

    @classmethod
    def of_ratios(cls, values: Array) -> Self:
        """The tail of log likelihood ratios against the truth, from 0 on or from the top 4 %.

        A true ratio exceeds `t` with a chance of at most `exp(-t)` (Markov's inequality): a rate of
        1 is the prior, worth `_PRIOR` values, and the values seen move it.

        Args:
            values: (k,) float64, finite.
        """
        start = max(0.0, float(np.quantile(values, 1 - _SHARE)))
        beyond = values[values > start] - start
        rate = (len(beyond) + _PRIOR) / (float(beyond.sum()) + _PRIOR)
        share = min(1.0, (len(beyond) + _SIDE * (len(beyond) + 1) ** 0.5 + 1) / len(values))
        return cls(*(float(np.float32(number)) for number in (start, share, rate)))

    def chance(self, values: Array) -> Array:
        """At most how likely values as great as these are, (…,); 1 below the tail."""
        with np.errstate(invalid="ignore", over="ignore"):
            beyond = np.clip(self.rate * (np.asarray(values, np.float64) - self.start), 0, 700)
        return np.where(beyond > 0, self.share * np.exp(-beyond), 1.0)


LEVELS: Final = (10.0**-4.31, 10.0**-6.31)
"""Chances on which `bet` stakes: the first is worth 4 in log10, the second 6."""


def bet(chance: float) -> float:
    """log10 of an e-value from a p-value: the same stake on each of `LEVELS`.

    A stake on one level returns `1 / level` where the p-value is no greater: worth 1 on average
    under training, so the mean of all is an e-value (Vovk and Wang, *E-values: calibration,
    combination and applications*, Annals of Statistics 49, 2021, section 2). What loses all its
    stakes is told as 0: no evidence.

    >>> round(bet(1e-5), 2), bet(0.2)
    (4.01, 0.0)
    """
    paid = sum(1 / level for level in LEVELS if chance <= level)
    return float(np.log10(paid / len(LEVELS))) if paid else 0.0
