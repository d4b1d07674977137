"""Power transforms of values, in a form that no exponent makes overflow, and where to search one.

Both are written in g, which is `log(x)` for Box-Cox and `sign(x) log(1 + |x|)` for Yeo-Johnson:
with a power of l, the transform of x is the integral of `exp((l - 1) t + t)` up to g (Box-Cox), or
of `exp((l - 1) t + |t|)` (Yeo-Johnson). Less its value at a pivot p and over `exp(l p)`, it stays
near 0 for values near p, however large l is: a column like a year may well have a power of 100.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array

Method: TypeAlias = Literal["yeo-johnson", "box-cox"]

# A smaller power is none: `expm1(k d) / k` is d to the last digit.
NONE = 2.0**-60
# A spread of g below it (1e-271) leaves no finite power that would bend anything.
FLAT = 2.0**-900
# Powers are searched as 1 + sinh(v) / spread, with v within these.
FARTHEST = 40.0
# The greatest exponent that is computed with: 6e27, in units in which a column is about 1 wide.
FARTHEST_EXPONENT = 64.0
_LARGEST = 2.0**1000
_STEPS = 120


def logs(x: Array, method: Method) -> Array:
    """Each value's g; values are float64 and contiguous."""
    if method == "box-cox":
        return np.log(x)
    return np.copysign(np.log1p(np.abs(x)), x)


def log(x: float, method: Method) -> float:
    """The g of one value."""
    return float(logs(np.array([x]), method)[0])


@final
@dc.dataclass(frozen=True, slots=True)
class Power:
    """One power of one feature, about a pivot.

    With a pivot below 0, Yeo-Johnson is that of -x with a power of 2 - l about -p, which is the
    same but for the sign.

    Attributes:
        method: Which of the two.
        power: l, as it is meant for x.
        pivot: p, a value of g.
    """

    method: Method
    power: float
    pivot: float

    @property
    def flipped(self) -> bool:
        """Whether it is computed for -x, and so has the other sign."""
        return self.method == "yeo-johnson" and self.pivot < 0

    @property
    def above(self) -> float:
        """The power of what is computed where g isn't negative."""
        return 2.0 - self.power if self.flipped else self.power

    @property
    def below(self) -> float:
        """The power of the other side: of 1 - x where x is negative (Yeo-Johnson)."""
        return self.power if self.flipped else 2.0 - self.power

    @property
    def center(self) -> float:
        """The pivot of what is computed: not negative for Yeo-Johnson."""
        return -self.pivot if self.flipped else self.pivot

    @property
    def base(self) -> float:
        """What x = 0 becomes (Yeo-Johnson)."""
        if abs(self.above) < NONE:
            return -self.center
        return math.expm1(min(-self.above * self.center, FARTHEST_EXPONENT)) / self.above

    @property
    def ratio(self) -> float:
        """What the side below 0 is multiplied by, `exp(-l p)` (Yeo-Johnson)."""
        return math.exp(min(-self.above * self.center, FARTHEST_EXPONENT))

    def of(self, g: Array) -> Array:
        """What values of g become."""
        g = -g if self.flipped else g
        made = _expm1_over(g - self.center, self.above)
        if self.method == "yeo-johnson" and (negative := g < 0).any():
            # The whole array, so that no value's bits depend on who its neighbours are.
            other = self.base - self.ratio * _expm1_over(np.maximum(-g, 0.0), self.below)
            made = np.where(negative, other, made)
        # A power that overflows is none; whoever freezes one refuses it.
        return np.clip(made, -_LARGEST, _LARGEST, out=made)


def _expm1_over(x: Array, power: float) -> Array:
    """`expm1(power * x) / power`."""
    if abs(power) < NONE:
        return x.copy()
    made: Array = np.multiply(x, power)
    np.expm1(made, out=made)
    made /= power
    return made


@final
@dc.dataclass(frozen=True, slots=True)
class Span:
    """What bounds the likelihood of every power.

    Attributes:
        low: The least g.
        high: The greatest, above it.
        mean: Their mean.
        share: The least weight of a value over the weight of all.
    """

    low: float
    high: float
    mean: float
    share: float

    def power(self, place: float) -> float:
        """The power at a place of the search."""
        return 1.0 + math.sinh(place) / (self.high - self.low)

    def bracket(self, method: Method) -> tuple[float, float]:
        """The places outside which no power can be the likeliest.

        The variance of values that spread over r is between `share / 2 * r**2` and `r**2 / 4`
        (Popoviciu). So the likelihood is within constants of that of r, which is concave, and
        where the upper bound is below the best lower bound nothing is to be found.
        """

        def bound(place: float) -> float:
            power = self.power(place)
            return (power - 1.0) * self.mean - self._log_spread(power, method)

        best = _peak(bound, -FARTHEST, FARTHEST)
        least = bound(best) - 0.5 * math.log(0.5 / self.share) - 0.01
        low = _crossing(lambda place: bound(place) >= least, best, -FARTHEST)
        return low, _crossing(lambda place: bound(place) >= least, best, FARTHEST)

    def _log_spread(self, power: float, method: Method) -> float:
        if method == "box-cox":
            return _log_integral(power, self.low, self.high)
        above = _log_integral(power, max(self.low, 0.0), self.high)
        below = _log_integral(power - 2.0, self.low, min(self.high, 0.0))
        return float(np.logaddexp(above, below))


def _log_integral(rate: float, low: float, high: float) -> float:
    """The logarithm of the integral of `exp(rate * t)` from `low` to `high`."""
    if high <= low:
        return -math.inf
    size, width = abs(rate), high - low
    if size * width < NONE:
        return math.log(width) + rate * low
    return max(rate * low, rate * high) + math.log(-math.expm1(-size * width) / size)


def _peak(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of one peak is greatest."""
    for _ in range(_STEPS):
        third = (high - low) / 3
        if function(low + third) < function(high - third):
            low += third
        else:
            high -= third
    return (low + high) / 2


def _crossing(inside: Callable[[float], bool], start: float, end: float) -> float:
    """Where what holds at `start` ends, on the way to `end`; a bit past it."""
    for _ in range(_STEPS):
        middle = (start + end) / 2
        start, end = (middle, end) if inside(middle) else (start, middle)
    return end


def logarithm(over: int, under: int) -> float:
    """`log(over / under)` of integers of any size, above 0."""
    parts = []
    for whole in (over, under):
        shift = max(0, whole.bit_length() - 64)
        parts.append((whole >> shift, shift))
    (first, up), (second, down) = parts
    return math.log(first / second) + (up - down) * math.log(2.0)


def root(over: int, under: int) -> float:
    """`sqrt(over / under)` of integers of any size, where the quotient may be no float64."""
    shift = (under.bit_length() - over.bit_length()) // 2
    quotient = (over << 2 * shift) / under if shift > 0 else over / (under << -2 * shift)
    return math.ldexp(math.sqrt(quotient), -shift)
