"""From candidates to a verdict: mistakes against each other, against training, against drift."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.arrived import Arrived
from samescale.evidence.drift import drifts
from samescale.evidence.hypotheses import hypotheses
from samescale.evidence.verdict import DRIFT, Verdict, Weighed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.evidence.hypotheses import Candidate
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

MARGIN: Final = 3.0
"""By so many nats the named mistake must be likelier than the next one."""


def weigh(reference: Reference, batch: Array, alpha: float) -> Verdict:
    """The verdict on some rows."""
    arrived = Arrived.of(batch, reference)
    candidates = [c for one in hypotheses() for c in one.candidates(arrived)]
    candidates = sorted((c for c in candidates if c.weight > 0), key=lambda c: -c.weight)[:24]
    if not candidates:
        return Verdict(len(batch))
    touched = sorted({place for c in candidates for place in _places(c, arrived)})
    places = np.array(touched)
    null = [
        dict(zip(touched, drifts(arrived, places, lone=lone).tolist(), strict=True))
        for lone in (False, True)
    ]
    judged = [(_against(c, arrived, null), c) for c in candidates]
    told = sorted(judged, key=lambda pair: -pair[1].weight)
    best_of = {}
    for against, candidate in told:
        best_of.setdefault(candidate.mistake, (against, candidate))
    (against, best), *others = best_of.values()
    alternatives = tuple(_weighed(a, c, reference) for a, c in [(against, best), *others])
    needed = -math.log(alpha)
    margin = best.weight - others[0][1].weight if others else math.inf
    if against > needed and margin > MARGIN:
        return Verdict(len(batch), alternatives[0], alternatives[1:])
    return Verdict(len(batch), None, alternatives)


def _against(
    candidate: Candidate, arrived: Arrived, null: Sequence[Mapping[int, float]]
) -> float:
    """The candidate's weight against drift of the same columns."""
    if candidate.signature:
        return candidate.weight
    full, lone = (sum(own[p] for p in _places(candidate, arrived)) for own in null)
    if candidate.lone is None:
        return candidate.weight - full
    return candidate.prior + min(candidate.gain - full, candidate.lone - lone)


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
