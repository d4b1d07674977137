"""Pixels scaled by the batch's own least and greatest value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np

from samescale.evidence.images._scale import WHITE, Scale, fitted, whole
from samescale.evidence.images.base import Hypothesis
from samescale.evidence.images.scene import PER_VALUE
from samescale.evidence.verdict import Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.scene import Scene
    from samescale.ir.types import Array

_CLOSE: Final = 1e-6
_FEWEST: Final = 4


@final
class BatchMinMaxScaled(Hypothesis):
    """Pixels of exactly 0…1 (or -1…1) by the batch's own extent, whose steps aren't 1/255.

    Where the extent is that of all pixels, 0…255, it is told as that range.
    """

    mistake: ClassVar[str] = "batch-min-max-scaled"
    first: ClassVar[int] = 3

    def weigh(self, scene: Scene) -> Weighed | None:
        """A lattice of 1/m with m below 255, by channel or over all, that is filled exactly."""
        if scene.home is not None:
            return None
        alive = [values for values in scene.seen if len(values)]
        together = [np.unique(np.concatenate(alive))] if alive else []
        found = max((_filled(one, scene.rounding) for one in (alive, together)), default=0.0)
        return Weighed(self.mistake, evidence=found) if found > 0 else None


def _filled(parts: list[Array], rounding: float) -> float:
    """log10 of the evidence that each part runs over 0…m, scaled to an extent of its own."""
    total = 0.0
    for values in parts:
        if len(values) < _FEWEST or abs(values[-1] - 1) > _CLOSE:
            return 0.0
        if min(abs(values[0]), abs(values[0] + 1)) > _CLOSE:
            return 0.0
        width = values[-1] - values[0]
        most = _steps(values, width, rounding)
        if most is None or most >= WHITE:
            return 0.0
        total += PER_VALUE * (len(values) - 3)
    return total


def _steps(values: Array, width: float, rounding: float) -> float | None:
    """Over how many steps values run, if they are a lattice of them."""
    gaps = np.diff(values)
    step = fitted(values, float(np.median(gaps[gaps <= 1.5 * gaps.min()])), rounding)
    if step is None:
        return None
    most = float(np.rint(width / step))
    exact = Scale("", np.array([width / most]), values[:1])
    return most if most <= WHITE and whole(exact, (values,), rounding) is not None else None
