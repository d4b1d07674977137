"""From candidates to a verdict: mistakes against each other, against training, against drift."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence._shape import SCORE
from samescale.evidence.arrived import Arrived
from samescale.evidence.drift import drifts
from samescale.evidence.hypotheses import hypotheses
from samescale.evidence.verdict import DRIFT, Verdict, Weighed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.evidence.hypotheses import Candidate
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

MOST: Final = 24
LEAST: Final = 5
"""Of fewer rows drift isn't told: an odd row is no drift."""

MARGIN: Final = 3.0
"""By so many nats the named mistake must be likelier than the next one."""


def weigh(reference: Reference, batch: Array, alpha: float) -> Verdict:
    """The verdict on some rows.

    Args:
        reference: The training.
        batch: float64 (n, d), n ≥ 1, NaN where missing.
        alpha: The chance of a false name that is allowed.
    """
    arrived = Arrived.of(batch, reference)
    candidates = [c for one in hypotheses() for c in one.candidates(arrived) if c.weight > 0]
    candidates = sorted(candidates, key=lambda c: -c.weight)[:MOST]
    judged = _judged(arrived, candidates)
    best_of: dict[str, tuple[float, Candidate]] = {}
    # Numbers that no honest rows have go before everything that is likely.
    for against, candidate in sorted(judged, key=_precedence):
        best_of.setdefault(candidate.mistake, (against, candidate))
    told = [_weighed(against, c, reference) for against, c in best_of.values()]
    if told:
        first, *others = [c for _, c in best_of.values()]
        rivals = [c.weight for c in others if c.signature or not first.signature]
        margin = first.weight - max(rivals, default=-math.inf)
        if told[0].evidence > -math.log10(alpha) and margin > MARGIN:
            return Verdict(len(batch), told[0], tuple(told[1:]))
    moved = drifted(arrived, reference, alpha)
    return Verdict(len(batch), moved, tuple(told))


def _precedence(pair: tuple[float, Candidate]) -> tuple[bool, float]:
    return not pair[1].signature, -pair[1].weight


def drifted(arrived: Arrived, reference: Reference, alpha: float) -> Weighed | None:
    """Drift, where it speaks from what arrived: mean scores that no batch of training has."""
    count, width = arrived.scores.shape
    if count < LEAST:
        return None
    mean = reference.quick.standard(arrived.values).mean(axis=0)
    far = np.abs(mean) / reference.quick.root(count)
    # Bernstein's inequality: a flag that is rarely up has scores far from 0.
    nats = math.log(4 * width / alpha)
    most = (SCORE + np.abs(reference.limits.centre)) / reference.limits.deviation
    limit = math.sqrt(2 * nats) + most * nats / (3 * math.sqrt(count))
    places = np.flatnonzero(far > limit)
    if not len(places):
        return None
    evidence = (float(far.max()) ** 2 / 2 - math.log(width)) / math.log(10)
    return Weighed(DRIFT, tuple(reference.names[p] for p in places), evidence)


def _judged(arrived: Arrived, candidates: Sequence[Candidate]) -> list[tuple[float, Candidate]]:
    """Each candidate with its weight against drift of the same columns."""
    touched = sorted({p for c in candidates if not c.signature for p in _places(c, arrived)})
    places = np.array(touched, np.intp)
    null = [
        dict(zip(touched, drifts(arrived, places, lone=lone).tolist(), strict=True))
        for lone in (False, True)
    ]
    return [(_against(c, arrived, null), c) for c in candidates]


def _against(candidate: Candidate, arrived: Arrived, null: Sequence[Mapping[int, float]]) -> float:
    """The candidate's weight against drift of the same columns."""
    if candidate.signature:
        return candidate.weight
    drift = [candidate.trust * sum(own[p] for p in _places(candidate, arrived)) for own in null]
    full, lone = candidate.free or (candidate.gain, candidate.lone)
    gained = min(candidate.gain, full - drift[0])
    if lone is not None and candidate.lone is not None:
        gained = min(gained, candidate.lone, lone - drift[1])
    return candidate.prior + gained


def _places(candidate: Candidate, arrived: Arrived) -> tuple[int, ...]:
    return candidate.columns or tuple(range(arrived.raw.shape[1]))


def _weighed(against: float, candidate: Candidate, reference: Reference) -> Weighed:
    names = reference.names
    undo = {
        names[place]: dc.replace(back, source=names[int(back.source)])
        for place, back in candidate.undo.items()
    }
    columns = tuple(names[place] for place in candidate.columns)
    return Weighed(candidate.mistake, columns, against / math.log(10), candidate.detail, undo)
