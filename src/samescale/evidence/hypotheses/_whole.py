"""What hypotheses about whole rows share: which columns were touched, and how to weigh that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.evidence._shape import FEW
from samescale.evidence.changes import roughly
from samescale.evidence.hypotheses.base import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.evidence.verdict import Undo
    from samescale.ir.types import Array

OFF = 0.8
"""Such a share of cells stands beside its lattice where a scaler went over them."""

SEVERAL = 4
COLLAPSED = 0.02
"""Of several distinct rows the scores spread more than this, wherever they come from."""


def changed(
    right: Array, reference: Reference, place: int, function: Callable[[Array], Array]
) -> Array:
    """Rows with one column's raw values changed, sent as callers send them.

    Args:
        right: Rows as they should be sent, (n, d).
        reference: The training.
        place: The column.
        function: From right raw values to those that are sent.
    """
    shift, factor = (part[place] for part in reference.scaling)
    arrived = right.copy()
    with np.errstate(all="ignore"):
        arrived[:, place] = (function(right[:, place] * factor + shift) - shift) / factor
    return arrived


def scopes(arrived: Arrived) -> Iterator[tuple[str, Array]]:
    """Which columns a caller's scaler may have touched: all, all but flags, the continuous ones.

    Yields:
        What is said of it, and a mask of shape (d,).
    """
    distinct, seen = arrived.densities.distinct, set()
    for text, least in (("", 0), ("flags left as they are", 2), ("categories left alone", FEW)):
        mask = distinct > least
        if mask.sum() >= min(2, len(mask)) and mask.tobytes() not in seen:
            seen.add(mask.tobytes())
            yield text, mask


def whole(
    arrived: Arrived,
    mistake: str,
    right: Array,
    tolerance: Array,
    undo: dict[int, Undo],
    prior: float,
) -> Iterator[Candidate]:
    """The candidate of a mistake that touched all columns of a scope.

    Args:
        arrived: What arrived.
        mistake: The mistake's name.
        right: What should have arrived, (n, d), in the profile's unit.
        tolerance: How exactly it is known.
        undo: The way back, by place.
        prior: log of how common it is.
    """
    mass, scores = arrived.densities.look(right, tolerance)
    scores = np.where(np.isnan(scores), arrived.scores, scores)
    if len(scores) >= SEVERAL and np.median(scores.std(axis=0)) < COLLAPSED:
        return  # all at the mean: whatever made them so small, it was no scaler
    with np.errstate(all="ignore"):
        known = (arrived.tolerance > 0) & (tolerance > 0)
        slope = np.where(known, np.log(tolerance / arrived.tolerance), 0.0)
    spared = arrived.densities.spared(right, tolerance, arrived.shown + slope)
    # Scaled values stand beside their lattices; those of other columns stand on some.
    stands = arrived.densities.on_lattice(arrived.raw, arrived.tolerance)
    if (stands < 0).sum() < OFF * (stands != 0).sum():
        spared = np.zeros_like(spared)
    for text, mask in scopes(arrived):
        relation = arrived.copula.log_density(np.where(mask, scores, arrived.scores))
        own = ((mass - arrived.mass) * mask).sum()
        gain = roughly(own, (spared * mask).sum()) + (relation - arrived.relation).sum()
        columns = () if mask.all() else tuple(np.flatnonzero(mask).tolist())
        back = undo if mask.all() else {place: undo[place] for place in columns}
        yield Candidate(mistake, columns, float(gain), prior, text, back)
