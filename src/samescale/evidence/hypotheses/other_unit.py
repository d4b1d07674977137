"""SG307: one column in another unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence._shape import FEW
from samescale.evidence.changes import Change
from samescale.evidence.hypotheses._one_column import one_column
from samescale.evidence.hypotheses._whole import changed
from samescale.evidence.hypotheses.base import Candidate, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

# Factor, what it is between, its share among changes of unit (both ways together).
FACTORS: Final[tuple[tuple[float, str, float], ...]] = (
    (1000.0, "×1000", 0.24),
    (100.0, "×100", 0.16),
    (1e6, "×10⁶", 0.02),
    (10.0, "×10", 0.02),
    (2.54, "inch and cm", 0.10),
    (0.45359237, "lb and kg", 0.10),
    (1.609344, "mile and km", 0.10),
    (0.3048, "foot and metre", 0.10),
    (60.0, "×60", 0.015),
    (3600.0, "×3600", 0.01),
    (24.0, "×24", 0.005),
    (86400.0, "×86400", 0.01),
    (1e9, "×10⁹", 0.005),
    (1024.0, "×1024", 0.005),
    (28.349523125, "ounce and gram", 0.005),
    (3.785411784, "gallon and litre", 0.005),
    (0.9144, "yard and metre", 0.005),
    (1.852, "nautical mile and km", 0.004),
    (33.8638866667, "inHg and hPa", 0.004),
    (4.184, "kcal and kJ", 0.004),
    (57.29577951308232, "degree and radian", 0.005),
    (12.0, "×12", 0.003),
)


def _changes() -> tuple[Change, ...]:
    found = []
    for factor, text, share in FACTORS:
        for scale in (factor, 1 / factor):
            times = f"×{1 / scale:.6g}"
            detail = times if text.startswith("×") else f"{times} ({text})"
            found.append(Change(detail, math.log(share / 2), scale))
    found += [
        Change("°C for °F", math.log(0.12), 1.8, 32.0),
        Change("°F for °C", math.log(0.12), 1 / 1.8, -32.0 / 1.8),
        Change("K for °C", math.log(0.02), 1.0, -273.15),
        Change("°C for K", math.log(0.02), 1.0, 273.15),
    ]
    return tuple(found)


CHANGES: Final = _changes()


WAYS: Final = (("×1000", 1e3, 0.0), ("inch and cm", 2.54, 0.0), ("°C and °F", 1.8, 32.0))


@final
class _Linear:
    """`values * scale + shift`."""

    def __init__(self, scale: float, shift: float) -> None:
        self._scale, self._shift = scale, shift

    def __call__(self, values: Array) -> Array:
        return values * self._scale + self._shift


@final
class OtherUnit(Hypothesis):
    """One continuous column arrives as `u * factor`, or as another scale of temperature."""

    mistake: ClassVar[str] = "other-unit"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """A thousandfold, a unit of length or weight, and temperature, each of some column."""
        able = np.flatnonzero(reference.densities.distinct > FEW)
        if len(able):
            for text, scale, shift in WAYS:
                place = int(random.choice(able))
                yield text, changed(right, reference, place, _Linear(scale, shift))

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """The likeliest units and columns."""
        columns = arrived.densities.distinct > FEW
        yield from one_column(arrived, self.mistake, CHANGES, columns, math.log(0.9))
