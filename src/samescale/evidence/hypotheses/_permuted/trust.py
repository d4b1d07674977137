"""How far the gain of exchanging two columns can be trusted, learned on rows of the training.

The profile is a model: a Gaussian copula of one-hot columns, a smooth density of round values.
Where it is wrong, honest rows look likelier exchanged. So each pair's gain g is multiplied by the
greatest λ ≤ 1 with mean exp(λ g) ≤ 1 over training rows, which makes exp(λ g) an e-value on them,
whatever the model (the power likelihood of Grünwald and van Ommen, Bayesian Analysis 12, 2017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.hypotheses._permuted.cells import Cells, Lens
from samescale.evidence.hypotheses._permuted.exchanges import exchanges

if TYPE_CHECKING:
    from samescale.evidence.copula import Copula
    from samescale.evidence.density import Densities
    from samescale.ir.types import Array

MOST_ROWS: Final = 200
MOST_CELLS: Final = 160_000
_FEWEST: Final = 64
_AT_ONCE: Final = 40_000
_STEPS: Final = 20
SHIFTED: Final = 128
"""Of so many rows, what a shift by one gains is looked at."""

SLACK: Final = 0.02
"""By so much may the mean be above 1: less isn't seen on a few hundred rows."""


def trust(
    densities: Densities, copula: Copula, scaling: tuple[Array, Array], sample: Array
) -> tuple[Array, float]:
    """The factor of each pair's gain, and the most that an honest row gains by a shift.

    Neighbouring columns may mean neighbouring places, as pixels do, and a picture that stands a
    little aside is no mistake.

    Args:
        densities: Of the training.
        copula: Of the training.
        scaling: Mean and deviation that callers scale by.
        sample: Rows as they should arrive, (k, d), in random order.

    Returns:
        Factors: symmetric, float32, shape (d, d), in [0, 1], 1 on the diagonal. And the most that a
        row gains if all columns are shifted by one; at least 0.
    """
    width = sample.shape[1]
    found = np.ones((width, width), np.float32)
    if width < 2:  # noqa: PLR2004 - nothing to exchange
        return found, 0.0
    rows = sample[: int(np.clip(MOST_CELLS // width**2, _FEWEST, MOST_ROWS))]
    lens, size = Lens(densities, *scaling, 3e-7), max(1, _AT_ONCE // width**2)
    gains, shifted = [], [0.0]
    for start in range(0, len(rows), size):
        cells = Cells.of(lens, copula, rows[start : start + size])
        gains.append(exchanges(cells)[2])
        if start < SHIFTED:
            shifted.append(_shifted(cells))
    one, two = np.triu_indices(width, 1)
    found[one, two] = found[two, one] = _honest(np.concatenate(gains))
    return found, max(shifted)


def _honest(gains: Array) -> Array:
    """The greatest factors under which rows (n, p) gain no more than 1 in the mean, (p,)."""
    best = np.zeros(gains.shape[1])
    # A pair that no row gains by is trusted as it is.
    some = np.flatnonzero((gains > 0).any(axis=0))
    best[gains.max(axis=0) <= 0] = 1.0
    for factor in np.arange(1, _STEPS + 1) / _STEPS:
        honest = np.exp(np.minimum(factor * gains[:, some], 300)).mean(axis=0) <= 1 + SLACK
        best[some] = np.where(honest, factor, best[some])
    return best


def _shifted(cells: Cells) -> float:
    """The most that one row gains by a shift of all columns by one."""
    own, places = _log_chance(cells, np.arange(cells.mass.shape[1])), cells.mass.shape[1]
    sources = [np.roll(np.arange(places), step) for step in (1, -1)]
    return max(float((_log_chance(cells, source) - own).max()) for source in sources)


def _log_chance(cells: Cells, source: Array) -> Array:
    """Log of the chance of each row, its columns arranged, (n,)."""
    places = np.arange(len(source))
    mass, scores = cells.mass[:, source, places], cells.scores[:, source, places]
    return np.asarray(mass.sum(axis=1) + cells.copula.log_density(scores))
