"""The evidence over the live rows, in their order."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.diagnose.diagnosis import Moment

if TYPE_CHECKING:
    from samescale.diagnose.weigh import Weighing
    from samescale.evidence.verdict import Verdict
    from samescale.ir.types import Array
    from samescale.progress import Progress

BLOCKS: Final = 16
_MOST_EVIDENCE: Final = 300.0


def course(weighing: Weighing, alpha: float, rows: int, progress: Progress) -> tuple[Moment, ...]:
    """The evidence for what the verdict tells, block by block.

    Args:
        weighing: What was weighed.
        alpha: How often rows like training may be called wrong.
        rows: How many rows live has.
        progress: Who is told of blocks.

    Returns:
        The moments; none where nothing is told.
    """
    best, count = weighing.verdict.best, len(weighing.batch)
    if best is None or not count:
        return ()
    edges = np.unique(np.linspace(0, count, min(BLOCKS, count) + 1).round().astype(np.intp))
    found = []
    progress.start("evidence over time", len(edges) - 1)
    try:
        for first, last in itertools.pairwise(edges.tolist()):
            alone = _asked(weighing, weighing.batch[first:last], alpha)
            so_far = weighing.verdict if last == count else None
            so_far = so_far or _asked(weighing, weighing.batch[:last], alpha)
            behind = rows if last == count else int(weighing.places[last - 1]) + 1
            loudest = so_far.best.mistake if so_far.best is not None else ""
            named = best.mistake
            found.append(Moment(behind, loudest, of(so_far, named), of(alone, named)))
            progress.step(1)
    finally:
        progress.stop()
    return tuple(found)


def _asked(weighing: Weighing, batch: Array, alpha: float) -> Verdict:
    with np.errstate(all="ignore"):
        verdict: Verdict = weighing.asked.diagnose(batch, alpha=alpha)
    return verdict


def of(verdict: Verdict, mistake: str) -> float:
    """The evidence of a mistake in a verdict; 0 where it wasn't weighed."""
    told = [verdict.best] if verdict.best is not None else []
    known = [one.evidence for one in (*told, *verdict.alternatives) if one.mistake == mistake]
    found = [one for one in known if not math.isnan(one)]
    return min(max(found, default=0.0), _MOST_EVIDENCE)
