"""Whether images are worth a diagnosis: a glance at some of their pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.images._measure import numbers_of, rounding_of, spaced
from samescale.evidence.images._moved import FEWEST, moved
from samescale.evidence.images._numbers import moments, texture
from samescale.evidence.images._scale import tolerance

if TYPE_CHECKING:
    from samescale.evidence.images._suspicion import Suspicion
    from samescale.evidence.images.learned import Learned
    from samescale.ir.types import Array

_IMAGES: Final = 8
_LINES: Final = 4
_FLAT: Final = 0.05  # of training's extent
_PAIRS: Final = 4


def strange(learned: Learned, batch: Array) -> bool:
    """Whether anything about (n, H, W, C), n ≥ 1, asks for a closer look."""
    few = batch[spaced(len(batch), _IMAGES)]
    single = len(batch) < FEWEST
    some = few if single else few[:, spaced(few.shape[1], _LINES)]
    values = some.astype(np.float64)
    levels = learned.scale.levels(values)
    return (
        _other_values(learned, values, levels, rounding_of(batch))
        or _other_look(learned, levels, single=single)
        or _other_layout(learned, few if single else few[::2], single=single)
    )


def _other_values(learned: Learned, values: Array, levels: Array, rounding: float) -> bool:
    low, high = levels.min(axis=(0, 1, 2)), levels.max(axis=(0, 1, 2))
    room = 0.01 * (learned.high - learned.low)
    # Written so that NaN, which is in no range, is strange.
    if not (low.min() >= learned.low - room and high.max() <= learned.high + room):
        return True
    if (high - low <= 1).any():
        return True
    if not learned.scale.lattice:
        return bool((high - low <= _FLAT * (learned.high - learned.low)).all())
    near = np.rint(levels)
    if (np.abs(levels - near) > tolerance(learned.scale, values, rounding)).any():
        return True
    return bool((near % 2 == 1).all())


def _other_look(learned: Learned, levels: Array, *, single: bool) -> bool:
    found = moments(levels)
    numbers = numbers_of(found)
    if not single and moved(numbers, learned.middle, learned.spread, len(levels)) > learned.limit:
        return True
    if learned.colour is None:
        return False
    return _suspicious(learned.colour, numbers, single=single)


def _other_layout(learned: Learned, few: Array, *, single: bool) -> bool:
    if learned.layout is None:
        return False
    levels = learned.scale.levels(few.astype(np.float64))
    told = texture(levels) if single else texture(levels, _PAIRS)
    return _suspicious(learned.layout, told, single=single)


def _suspicious(suspicion: Suspicion, numbers: Array, *, single: bool) -> bool:
    ratios = suspicion.contrast(numbers)
    if single and len(ratios) == 1:
        return suspicion.of_one(float(ratios[0]), np.inf) > 0
    return bool(ratios.sum() > 0)
