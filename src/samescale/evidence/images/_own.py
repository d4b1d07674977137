"""Numbers that only an array's own mean and standard deviation leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from samescale.evidence.images.scene import Scene
    from samescale.ir.types import Array

CLOSE: Final = 3e-4
"""How near 0 a mean must be: sums in float32 are off by as much."""

_LEAST: Final = 0.95  # of a deviation, with an eps under the root
_WIDTH: Final = 0.3  # of the means, and of the deviations, that single images have
_SPREAD: Final = 1.0  # log10, for rounding leaves anything from a millionth to `CLOSE`
_FINEST: Final = 1e-6


def of_own(mean: Array, deviation: Array, *, rows: int = 1) -> float:
    """log10 of the evidence that groups of values were standardised by themselves; 0 for none.

    Args:
        mean: (g,) of each group.
        deviation: (g,) of each group: 1, or a little less with an eps.
        rows: How many images each group is of: their mean lies near 0 by chance the more often.
    """
    full = (deviation > _LEAST) & (deviation < 1 + 10 * CLOSE)
    if not (np.abs(mean) < CLOSE).all() or not full.all():
        return 0.0
    off = np.stack([mean, deviation - 1])
    each = np.log10(_WIDTH / np.sqrt(rows) / np.maximum(np.abs(off), _FINEST)) - _SPREAD
    return float(each.clip(0).sum())


def centred(scene: Scene) -> bool:
    """Whether nearly each image has a mean of 0, exactly, over all its values."""
    mean = np.abs(scene.sums.mean.mean(axis=1))
    return bool((mean < CLOSE).mean() >= 0.95)  # noqa: PLR2004
