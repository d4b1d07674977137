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
_MOST: Final = 300.0
_HALF: Final = math.log10(2)


def course(weighing: Weighing, alpha: float, rows: int, progress: Progress) -> tuple[Moment, ...]:
    """The evidence for what the verdict tells, block by block.

    Args:
        weighing: What was weighed.
        alpha: How often rows like training may be called wrong.
        rows: How many rows live has.
        progress: Who is told of blocks.

    Returns:
        The moments; none where nothing is told. What speaks from all rows so far is the mean of
        two e-values: that of these rows as one batch, and the mean of the blocks', those to come
        counted as 0. It is one itself, however blocks depend on each other (V. Vovk, R. Wang,
        E-values: calibration, combination and applications, Annals of Statistics 49, 2021).
    """
    best, count = weighing.verdict.best, len(weighing.batch)
    if best is None or not count:
        return ()
    edges = np.unique(np.linspace(0, count, min(BLOCKS, count) + 1).round().astype(np.intp))
    found: list[Moment] = []
    blocks = -math.inf
    progress.start("evidence over time", len(edges) - 1)
    try:
        for first, last in itertools.pairwise(edges.tolist()):
            alone = _of(_asked(weighing, weighing.batch[first:last], alpha), best.mistake)
            prefix = _asked(weighing, weighing.batch[:last], alpha)
            blocks = _sum(blocks, alone)
            so_far = _sum(_of(prefix, best.mistake), blocks - math.log10(len(edges) - 1)) - _HALF
            behind = rows if last == count else int(weighing.places[last - 1]) + 1
            loudest = prefix.best.mistake if prefix.best is not None else ""
            found.append(Moment(behind, loudest, max(so_far, 0.0), max(alone, 0.0)))
            progress.step(1)
    finally:
        progress.stop()
    return tuple(found)


def _asked(weighing: Weighing, batch: Array, alpha: float) -> Verdict:
    with np.errstate(all="ignore"):
        verdict: Verdict = weighing.asked.diagnose(batch, alpha=alpha)
    return verdict


def _sum(one: float, other: float) -> float:
    """log10 of the sum of two e-values."""
    high, low = max(one, other), min(one, other)
    return high if low == -math.inf else high + math.log10(1 + 10.0 ** max(low - high, -_MOST))


def _of(verdict: Verdict, mistake: str) -> float:
    """The evidence of a mistake in a verdict; none where it wasn't weighed."""
    told = [verdict.best] if verdict.best is not None else []
    known = [one.evidence for one in (*told, *verdict.alternatives) if one.mistake == mistake]
    found = [one for one in known if not math.isnan(one)]
    return min(max(found, default=-math.inf), _MOST)
