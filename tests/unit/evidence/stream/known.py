"""A population that tests of streams know, and the reference of a sample of it."""

from __future__ import annotations

import dataclasses as dc
import functools
from types import SimpleNamespace

import numpy as np

from samescale.evidence.reference import Reference
from samescale.evidence.stream._scale import Scale
from samescale.evidence.stream.calibration import Calibration

NAMES = ("income", "fahrenheit", "age", "member", "rain", "height")


def rows(count: int, seed: int = 0) -> np.ndarray:
    """Clean rows: money, a temperature, whole years, a flag, mostly zeros, and gaps."""
    rng = np.random.default_rng(seed)
    size = rng.normal(0, 1, count)
    income = np.round(np.exp(8 + 0.5 * size + 0.3 * rng.normal(0, 1, count)), 2)
    warm = np.round(60 + 15 * rng.normal(0, 1, count), 1)
    age = np.round(np.clip(40 + 12 * rng.normal(0, 1, count) + 3 * size, 18, 95))
    member = (rng.random(count) < 0.3).astype(float)
    rain = np.where(rng.random(count) < 0.6, 0.0, np.round(rng.gamma(2, 5, count), 1))
    height = np.where(
        rng.random(count) < 0.06, np.nan, np.round(170 + 9 * rng.normal(0, 1, count), 1)
    )
    return np.stack([income, warm, age, member, rain, height], axis=1)


@functools.cache
def reference(count: int = 4000, *, scaled: bool = False, seed: int = 1) -> Reference:
    """What such a training leaves."""
    raw = rows(count, seed)
    mean, deviation = np.nanmean(raw, axis=0), np.nanstd(raw, axis=0)
    sample = (raw - mean) / deviation if scaled else raw
    learned = Reference.learn(
        NAMES, sample, rows=count, low=np.nanmin(sample, axis=0), high=np.nanmax(sample, axis=0),
        mean=np.nanmean(sample, axis=0), deviation=np.nanstd(sample, axis=0),
        scaled=(mean, deviation) if scaled else None,
    )  # fmt: skip
    if hasattr(learned, "calibration"):
        return learned
    names = [each.name for each in dc.fields(learned)]
    known = SimpleNamespace(
        **{name: getattr(learned, name) for name in (*names, "is_scaled", "diagnose")}
    )
    known.calibration = Calibration.learn(learned.densities, raw, Scale.of(known))
    return known


def sent(raw: np.ndarray, known: Reference) -> np.ndarray:
    """What an honest caller sends."""
    return (raw - known.scaling[0]) / known.scaling[1] if known.is_scaled else raw
