"""Whether the mean of images' summary numbers is where training's was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

FEWEST: Final = 4
"""Images from which their mean is looked at."""

_TRIALS: Final = 400
_LEAST: Final = 5.5
_ROOM: Final = 1.25
_FAR: Final = 4.0
_SMALL: Final = 1e-3  # of a summary number's deviation


def moved(numbers: Array, middle: Array, spread: Array, apart: float) -> float:
    """How far the mean of summary numbers lies from training's, in its own deviations.

    Args:
        numbers: (n, s) of the images.
        middle: (s,) training's mean.
        spread: (s,) training's deviation.
        apart: How many independent images they are worth.
    """
    # Kept within four deviations: a picture with a saturated channel is out by fifty.
    each = ((numbers - middle) / np.maximum(spread, _SMALL)).clip(-_FAR, _FAR)
    return float(np.abs(each.mean(axis=0)).max() * np.sqrt(apart))


def limit_of(numbers: Array) -> float:
    """Beyond what honest batches go: the farthest of 1,200 drawn from training, and a quarter."""
    middle, spread = numbers.mean(axis=0), numbers.std(axis=0)
    rng, farthest = np.random.default_rng(0), _LEAST / _ROOM
    for size in (FEWEST, 8, 32):
        if size * 2 > len(numbers):
            continue
        for _ in range(_TRIALS):
            some = numbers[rng.integers(0, len(numbers), size)]
            farthest = max(farthest, moved(some, middle, spread, size))
    return float(np.float32(farthest * _ROOM))
