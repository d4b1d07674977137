"""What is no mistake: values that moved. Which rows come is `rows.py`'s business."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.mistakes.faults.picture import COLOURS
from benchmarks.mistakes.faults.sent import Arrived, Sent
from benchmarks.mistakes.known import MOST_DECIMALS

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array

MOVED = 0.3  # the share of columns that drift
NOISE = 12  # levels of 255


def clean(sent: Sent) -> Arrived:
    """Nothing."""
    return Arrived(sent.right())


def drift_shift(sent: Sent) -> Arrived | None:
    """Some columns moved by up to a deviation."""
    known, rng = sent.known, sent.rng
    if not len(known.continuous):
        return None
    values = sent.raw.copy()
    for place in _moving(sent):
        by = rng.choice([-1, 1]) * rng.uniform(0.3, 1.0) * known.std[place]
        values[:, place] = _rounded(sent, values[:, place] + by, place)
        if known.low[place] >= 0:
            values[:, place] = np.maximum(values[:, place], known.low[place])
    return Arrived(sent.right(values))


def drift_scale(sent: Sent) -> Arrived | None:
    """Some columns grew or shrank by up to four tenths."""
    if not len(sent.known.continuous):
        return None
    values = sent.raw.copy()
    for place in _moving(sent):
        factor = sent.rng.uniform(1.05, 1.4) ** sent.rng.choice([-1, 1])
        values[:, place] = _rounded(sent, values[:, place] * factor, place)
    return Arrived(sent.right(values))


def _moving(sent: Sent) -> Array:
    columns = sent.known.continuous
    return sent.rng.choice(columns, max(1, int(MOVED * len(columns))), replace=False)


def _rounded(sent: Sent, column: Array, place: int) -> Array:
    decimals = int(sent.known.decimals[place])
    return np.round(column, decimals) if decimals < MOST_DECIMALS else column


def img_drift_dark(sent: Sent) -> Arrived:
    """Darker images."""
    return Arrived(sent.right(np.round(sent.raw * sent.rng.uniform(0.55, 0.9))))


def img_drift_bright(sent: Sent) -> Arrived:
    """Brighter images, clipped."""
    return _levels(sent, sent.raw * sent.rng.uniform(1.1, 1.5))


def img_drift_noise(sent: Sent) -> Arrived:
    """Grain."""
    return _levels(sent, sent.raw + sent.rng.normal(0, NOISE, sent.raw.shape))


def img_drift_tint(sent: Sent) -> Arrived | None:
    """Warmer or colder light."""
    if sent.raw.shape[-1] != COLOURS:
        return None
    warm = np.array([sent.rng.uniform(1.03, 1.15), 1.0, sent.rng.uniform(0.85, 0.97)])
    return _levels(sent, sent.raw * warm[:: sent.rng.choice([-1, 1])])


def _levels(sent: Sent, values: Array) -> Arrived:
    return Arrived(sent.right(np.clip(np.round(values), 0, 255)))
