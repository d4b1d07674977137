"""A power transform of one entry and its way back, as nodes.

What is computed is the transform less its value at a pivot and over `exp(l p)`: `expm1(l d) / l`,
where d is the logarithm less the pivot. It is affine in the transform itself, so standardised it is
the same, and no power overflows for values near the pivot. `statistics/_powers.py` is its NumPy.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.ir import nodes
from samescale.ir.build import clip, const, mul, sub
from samescale.statistics._power.powers import FARTHEST_EXPONENT, NONE, log

if TYPE_CHECKING:
    from samescale.ir.nodes import Node
    from samescale.statistics._power.powers import Power

# A factor below it would leave float64, and what it is multiplied by counts for nothing beside 1.
_LEAST = 2.0**-800
_ABOVE = -1.0 + 2.0**-53
_LOG = math.log(1.7e308)
_SMALLEST = 2.0**-1022


@final
@dc.dataclass(frozen=True, slots=True)
class Standardised:
    """`(transform - mean) / deviation` of one entry, of what `power` computes.

    Attributes:
        power: The power and its pivot.
        mean: What is subtracted.
        deviation: What is divided by.
    """

    power: Power
    mean: float
    deviation: float

    def reaches(self, low: float, high: float) -> bool:
        """Whether values from `low` to `high` are within what is computed."""
        power = self.power
        ends = sorted(
            -log(end, power.method) if power.flipped else log(end, power.method)
            for end in (low, high)
        )
        two_sided = power.method == "yeo-johnson"
        above = [max(end, 0.0) for end in ends] if two_sided else ends
        exponents = [power.above * (end - power.center) for end in above if ends[1] >= above[0]]
        if two_sided and ends[0] < 0:
            exponents += [power.below * max(-end, 0.0) for end in ends]
            exponents += [-power.above * power.center]
        return max(exponents) <= FARTHEST_EXPONENT

    def forward(self, x: Node) -> Node:
        """What `x`, float64, becomes."""
        power = self.power
        if power.method == "box-cox":
            return self._above(nodes.Log(clip(x, _SMALLEST, np.inf)))
        x = mul(x, -1.0) if power.flipped else x
        above = self._above(nodes.Log1p(clip(x, 0.0, np.inf)))
        below = self._below(nodes.Log1p(mul(clip(x, -np.inf, 0.0), -1.0)))
        made = nodes.Where(nodes.Less(x, const(0.0, "float64")), below, above)
        return mul(made, -1.0) if power.flipped else made

    def backward(self, y: Node) -> Node:
        """What became `y`, float64."""
        power = self.power
        if power.method == "box-cox":
            return nodes.Exp(clip(self._above_back(y), -_LOG, _LOG))
        y = mul(y, -1.0) if power.flipped else y
        above = nodes.Expm1(clip(self._above_back(y), 0.0, _LOG))
        below = mul(nodes.Expm1(clip(self._below_back(y), 0.0, _LOG)), -1.0)
        zero = const((power.base - self.mean) / self.deviation, "float64")
        made = nodes.Where(nodes.Less(y, zero), below, above)
        return mul(made, -1.0) if power.flipped else made

    def _above(self, logarithm: Node) -> Node:
        power, distance = self.power.above, sub(logarithm, self.power.center)
        if abs(power) < NONE:
            return mul(sub(distance, self.mean), 1.0 / self.deviation)
        grown = nodes.Expm1(clip(mul(distance, power), -np.inf, FARTHEST_EXPONENT))
        return mul(sub(grown, self.mean * power), 1.0 / (power * self.deviation))

    def _above_back(self, y: Node) -> Node:
        """The logarithm."""
        power, offset = self.power.above, -self.mean / self.deviation
        if abs(power) < NONE:
            return sub(mul(sub(y, offset), self.deviation), -self.power.center)
        grown = mul(sub(y, offset), self.deviation * power)
        distance = mul(nodes.Log1p(clip(grown, _ABOVE, np.inf)), 1.0 / power)
        return sub(distance, -self.power.center)

    def _below(self, logarithm: Node) -> Node:
        power, (offset, factor) = self.power.below, self._below_affine()
        if abs(power) < NONE:
            return mul(sub(logarithm, offset), factor)
        grown = nodes.Expm1(clip(mul(logarithm, power), -np.inf, FARTHEST_EXPONENT))
        return mul(sub(grown, offset), factor)

    def _below_back(self, y: Node) -> Node:
        power, (offset, factor) = self.power.below, self._below_affine()
        grown = sub(mul(y, 1.0 / factor), -offset)
        if abs(power) < NONE:
            return grown
        return mul(nodes.Log1p(clip(grown, _ABOVE, np.inf)), 1.0 / power)

    def _below_affine(self) -> tuple[float, float]:
        """What is subtracted from the other side's `expm1`, and what it is multiplied by."""
        power = 1.0 if abs(self.power.below) < NONE else self.power.below
        ratio = max(self.power.ratio, _LEAST) / power
        return (self.power.base - self.mean) / ratio, -ratio / self.deviation
