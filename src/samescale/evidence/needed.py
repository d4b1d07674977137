"""How many rows it takes to tell each mistake: found by making it, of rows that we draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.hypotheses import hypotheses
from samescale.evidence.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.evidence.hypotheses import Hypothesis
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128)
TRIES: Final = 3
"""A size is enough where the mistake is named in most of so many tries."""


def needed(reference: Reference, alpha: float) -> Mapping[str, float]:
    """By mistake, and the way it happens, the least of `SIZES` that tells it; infinite if none.

    Args:
        reference: The training.
        alpha: The chance of a false name that is allowed.
    """
    tries = [drawn(reference, SIZES[-1], seed) for seed in range(TRIES)]
    found: dict[str, float] = {}
    for one in hypotheses():
        for size in SIZES:
            for way, share in _shares(one, reference, [rows[:size] for rows in tries], alpha):
                key = f"{one.mistake}: {way}" if way else one.mistake
                found.setdefault(key, math.inf)
                if share > 0.5 and found[key] == math.inf:  # noqa: PLR2004 - most of them
                    found[key] = size
            if all(v < math.inf for k, v in found.items() if k.partition(":")[0] == one.mistake):
                break
    return found


def drawn(reference: Reference, rows: int, seed: int) -> Array:
    """Rows as the profile knows them, drawn from columns and copula; no row of training.

    Args:
        reference: The training.
        rows: How many.
        seed: Of the draw.

    Returns:
        float64 (rows, d) as callers send them, NaN where missing.
    """
    random, densities = np.random.default_rng(seed), reference.densities
    half = np.linalg.cholesky(reference.copula.correlation)
    z = random.normal(size=(rows, len(half))) @ half.T
    points = densities.start[:, None] + densities.step[:, None] * np.arange(
        densities.grid_scores.shape[1]
    )
    y = [np.interp(z[:, j], densities.grid_scores[j], points[j]) for j in range(len(half))]
    values = np.sinh(np.stack(y, axis=1)) * densities.width + densities.centre
    tick = np.where(densities.tick > 0, densities.tick, 1.0)
    values = np.where(densities.tick > 0, np.round(np.round(values / tick) * tick, 9), values)
    values = np.clip(values, densities.least, densities.greatest)
    values = np.where(random.random(values.shape) < densities.missing, np.nan, values)
    return np.asarray((values - reference.scaling[0]) / reference.scaling[1])


def _shares(
    one: Hypothesis, reference: Reference, tries: list[Array], alpha: float
) -> list[tuple[str, float]]:
    """By way, the share of tries in which the mistake is named."""
    named: dict[str, list[bool]] = {}
    for seed, rows in enumerate(tries):
        for way, arrived in one.made(rows, reference, np.random.default_rng(seed)):
            best = weigh(reference, arrived, alpha).best
            named.setdefault(way, []).append(best is not None and best.mistake == one.mistake)
    return [(way, sum(hits) / len(tries)) for way, hits in named.items()]
