"""Small tables to weigh: of several kinds of columns that hang together."""

import numpy as np

from samescale.evidence.arrived import Arrived
from samescale.evidence.reference import Reference


def rows(count, seed=0):
    """Rows of eight columns: smooth, skew, whole, decimal, flag, category, two that are close."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(count, 3))
    return np.column_stack(
        [
            np.round(170 + 9 * base[:, 0], 1),
            np.exp(10 + 0.6 * base[:, 1]),
            np.round(np.clip(40 + 12 * base[:, 2], 18, 90)),
            np.round(75 + 10 * base[:, 0] + 6 * rng.normal(size=count), 2),
            (rng.random(count) < 0.3).astype(float),
            rng.integers(1, 6, count).astype(float),
            0.8 * base[:, 1] + 0.3 * rng.normal(size=count),
            5 + 0.4 * base[:, 1] + 0.6 * rng.exponential(size=count),
        ]
    )


def learned(sample, *, scaled=False):
    """The reference of a sample; `scaled` where callers send z-scores."""
    mean, deviation = np.nanmean(sample, axis=0), np.nanstd(sample, axis=0)
    arriving = (sample - mean) / deviation if scaled else sample
    return Reference.learn(
        [f"c{place}" for place in range(sample.shape[1])],
        arriving,
        rows=len(arriving),
        low=np.nanmin(arriving, axis=0),
        high=np.nanmax(arriving, axis=0),
        mean=np.nanmean(arriving, axis=0),
        deviation=np.nanstd(arriving, axis=0),
        scaled=(mean, deviation) if scaled else None,
    )


def weighed(hypothesis, reference, batch):
    """Its candidates, the likeliest first."""
    found = list(hypothesis.candidates(Arrived.of(np.asarray(batch, np.float64), reference)))
    return sorted(found, key=lambda candidate: -candidate.weight)
