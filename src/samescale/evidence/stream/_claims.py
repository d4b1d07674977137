"""What may have gone wrong in one column or in all, as functions of the right raw values.

Every column has the same claims in the same places, whether or not they make sense for it: what
doesn't has a prior of 0. They are for finding that something is wrong; what it is, `Reference.
diagnose` says.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.evidence.stream._cells import SENTINELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.evidence.density import Densities
    from samescale.evidence.stream._scale import Scale
    from samescale.ir.types import Array

MANY: Final = 8
"""A column of fewer values has no unit."""

_FACTORS: Final = {
    1e3: 0.2, 1e-3: 0.2, 1e2: 0.1, 1e-2: 0.1, 2.54: 0.05, 1 / 2.54: 0.05,
    0.45359237: 0.05, 1 / 0.45359237: 0.05, 1.609344: 0.05, 1 / 1.609344: 0.05,
    0.3048: 0.05, 1 / 0.3048: 0.05,
}  # fmt: skip


@final
@dc.dataclass(frozen=True, slots=True)
class Claim:
    """What went wrong in one column.

    Attributes:
        what: In a few words.
        prior: How common it is, beside the other claims on a column.
        arrives: What arrives, each as likely as the others, for right raw values.
        needs: `unit`, `above` 0, `not below` 0, `gaps` (some are missing), or `change`.
        in_unit_sent: Whether `arrives` gives what callers send, not the raw unit.
    """

    what: str
    prior: float
    arrives: tuple[Callable[[Array], Array], ...]
    needs: str = "unit"
    in_unit_sent: bool = False

    def arrived(self, which: int, scale: Scale, j: int, right: Array) -> Array:
        """What arrives in column j, in the raw unit, in one of the ways of `arrives`."""
        found = self.arrives[which](right)
        if self.in_unit_sent and scale.is_scaled:
            return np.asarray(found * scale.deviation[j] + scale.mean[j])
        return found

    def makes_sense(self, densities: Densities, scale: Scale, j: int) -> bool:
        """Whether column j can have it."""
        varies = densities.distinct[j] > MANY
        low = float(scale.low[j])
        return {
            "unit": bool(varies),
            "above": bool(varies and low > 0),
            "not below": bool(varies and low >= 0),
            "gaps": bool(densities.missing[j] > 0.01),  # noqa: PLR2004 - rarer gaps tell nothing
            "change": bool(densities.distinct[j] > 1),
        }[self.needs]


def _times(factor: float) -> Callable[[Array], Array]:
    return lambda right: right * factor


def _filled(value: float) -> Callable[[Array], Array]:
    return lambda right: np.where(np.isnan(right), value, right)


def _zero(right: Array) -> Array:
    return np.where(np.isnan(right), right, 0.0)


CLAIMS: Final[tuple[Claim, ...]] = (
    *(Claim(f"×{factor:.4g}", prior, (_times(factor),)) for factor, prior in _FACTORS.items()),
    Claim("°C for °F", 0.06, (lambda right: (right - 32) / 1.8,)),
    Claim("°F for °C", 0.06, (lambda right: right * 1.8 + 32,)),
    Claim("log", 0.06, (np.log,), "above"),
    Claim("log1p", 0.06, (np.log1p,), "not below"),
    Claim("log10", 0.03, (np.log10,), "above"),
    Claim("sentinel", 0.06, tuple(_filled(value) for value in SENTINELS), "gaps"),
    Claim("0 for missing", 0.03, (_filled(0.0),), "gaps"),
    Claim("stuck at 0", 0.03, (_zero,), "change", in_unit_sent=True),
)
"""On one column."""

ANY: Final = 0.6
"""Of a column's prior: that any of the claims is true, without saying which."""


@final
@dc.dataclass(frozen=True, slots=True)
class Whole:
    """What went wrong in all columns at once.

    Attributes:
        what: The mistake's name in the catalogue.
        prior: How common it is.
    """

    what: str
    prior: float


WHOLES: Final = (
    Whole("already-normalised", 0.12),
    Whole("already-min-max-scaled", 0.08),
    Whole("not-normalised", 0.12),
    Whole("log-applied", 0.06),
)
"""On whole rows."""


def arrives_whole(which: Whole, densities: Densities, scale: Scale, j: int, right: Array) -> Array:
    """What arrives in column j, in the raw unit, for right raw values."""
    mean, deviation = float(scale.mean[j]), float(scale.deviation[j])
    if which.what == "not-normalised":
        return right * deviation + mean
    if which.what == "already-normalised":
        return (right - mean) / deviation
    if which.what == "log-applied":
        is_amount = densities.distinct[j] > MANY and scale.low[j] >= 0
        return np.log1p(right) if is_amount else right
    low, high = float(scale.low[j]), float(scale.high[j])
    found = (right - low) / ((high - low) or 1.0)
    return found * deviation + mean if scale.is_scaled else found
