"""What hypotheses about one changed column share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.changes import gains, roughly, trusted
from samescale.evidence.drift import lone_weights
from samescale.evidence.hypotheses.base import Candidate
from samescale.evidence.verdict import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.changes import Change
    from samescale.ir.types import Array

BEST: Final = 4
"""So many of a mistake's candidates are weighed in full."""


def one_column(
    arrived: Arrived, mistake: str, changes: Sequence[Change], columns: Array, prior: float
) -> Iterator[Candidate]:
    """The likeliest changes of one column.

    Args:
        arrived: What arrived.
        mistake: The mistake's name.
        changes: What may have happened.
        columns: Which columns it may have happened to, a mask (d,).
        prior: log of how common the mistake is.
    """
    if not columns.any():
        return
    own, relation, spared = gains(arrived, changes)
    weights = trusted(
        roughly(own.sum(axis=1), spared.sum(axis=1)), relation.sum(axis=1), own.shape[1]
    )
    weights = weights + np.array([[c.prior] for c in changes])
    weights = np.where(columns, weights, -np.inf)
    alone = prior - math.log(columns.sum())
    order = np.argsort(weights, axis=None)[::-1][:BEST]
    for which, place in zip(*np.unravel_index(order, weights.shape), strict=True):
        change, weight = changes[which], float(weights[which, place])
        if not math.isfinite(weight) or weight + alone < 0:
            return
        full, lone = _both(arrived, change, int(place))
        yield Candidate(
            mistake, (int(place),), full, change.prior + alone, change.detail, lone=lone,
            undo={int(place): undo_of(change, int(place), arrived)},
        )  # fmt: skip


def _both(arrived: Arrived, change: Change, place: int) -> tuple[float, float]:
    """The gain of all rows, and with values that come again counted once."""
    own, relation, spared = (part[0, :, place] for part in gains(arrived, [change], slice(None)))
    once = lone_weights(arrived.raw[:, [place]])[:, 0]
    count = len(own)
    full = trusted(roughly(own.sum(), spared.sum()), relation.sum(), count)
    return float(full), float(
        trusted(roughly((own * once).sum(), (spared * once).sum()), (relation * once).sum(), count)
    )


def undo_of(change: Change, place: int, arrived: Arrived) -> Undo:
    """The way back, from the unit that arrives to the unit that should."""
    shift, factor = float(arrived.scaled[0][place]), float(arrived.scaled[1][place])
    if change.kind != "affine":
        return Undo(str(place), change.kind, factor, shift, 1 / factor, -shift / factor)
    back = (change.scale * shift + change.shift - shift) / factor
    return Undo(str(place), "affine", change.scale, back)
