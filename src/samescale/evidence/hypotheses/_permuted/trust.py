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

MOST_ROWS: Final = 400
MOST_CELLS: Final = 400_000
_AT_ONCE: Final = 40_000
_STEPS: Final = 20
SLACK: Final = 0.02
"""By so much may the mean be above 1: less isn't seen on a few hundred rows."""


def trust(
    densities: Densities, copula: Copula, scaling: tuple[Array, Array], sample: Array
) -> Array:
    """The factor of each pair's gain.

    Args:
        densities: Of the training.
        copula: Of the training.
        scaling: Mean and deviation that callers scale by.
        sample: Rows as they should arrive, (k, d), in random order.

    Returns:
        Symmetric, float32, shape (d, d), in [0, 1], 1 on the diagonal.
    """
    width = sample.shape[1]
    rows = sample[: int(np.clip(MOST_CELLS // width**2, 64, MOST_ROWS))]
    lens = Lens(densities, *scaling, 3e-7)
    one, two = np.triu_indices(width, 1)
    found = np.ones((width, width), np.float32)
    if not len(one):
        return found
    size = max(1, _AT_ONCE // width**2)
    parts = (rows[start : start + size] for start in range(0, len(rows), size))
    gains = np.concatenate([exchanges(Cells.of(lens, copula, part))[2] for part in parts])
    best = np.zeros(len(one))
    for factor in np.arange(1, _STEPS + 1) / _STEPS:
        honest = np.exp(np.minimum(factor * gains, 300)).mean(axis=0) <= 1 + SLACK
        best = np.where(honest, factor, best)
    found[one, two] = found[two, one] = best
    return found
