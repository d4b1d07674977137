"""What each exchange of two columns would gain: all pairs and rows at once, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from samescale.evidence.hypotheses._permuted.cells import Cells
    from samescale.ir.types import Array


def exchanges(cells: Cells) -> tuple[Array, Array, Array]:
    """Gains of exchanging two columns.

    Only two scores change, so that z'Pz and z'z follow from Pz, of which there is one for a row.

    Returns:
        The first columns, the second ones, (p,), p = d(d − 1)/2, and the gains, (n, p).
    """
    own = np.diagonal(cells.scores, axis1=1, axis2=2)
    mass = np.diagonal(cells.mass, axis1=1, axis2=2)
    precision, copula = cells.copula.precision, cells.copula
    one, two = np.triu_indices(own.shape[1], 1)
    gained = cells.mass[:, two, one] + cells.mass[:, one, two] - mass[:, one] - mass[:, two]
    new_one, new_two = cells.scores[:, two, one], cells.scores[:, one, two]
    old_one, old_two = own[:, one], own[:, two]
    by_one, by_two = new_one - old_one, new_two - old_two
    pull = own @ precision
    bound, free = (pull * own).sum(axis=1), (own * own).sum(axis=1)
    diagonal = np.diag(precision)
    bounds = bound[:, None] + by_one * (2 * pull[:, one] + by_one * diagonal[one])
    bounds += by_two * (2 * (pull[:, two] + by_one * precision[one, two]) + by_two * diagonal[two])
    frees = free[:, None] + by_one * (new_one + old_one) + by_two * (new_two + old_two)
    gained += copula.of_forms(bounds, frees) - copula.of_forms(bound, free)[:, None]
    return one, two, gained
