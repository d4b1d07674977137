"""Many streams at once, for tests and benchmarks of the guarantee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.evidence.stream._bets import FIRST, start_weight
from samescale.evidence.stream._process import Plan, Process
from samescale.evidence.stream._recent import Recent
from samescale.evidence.stream._scale import Scale
from samescale.evidence.stream._tables import Tables

if TYPE_CHECKING:
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array


def first_alarms(
    reference: Reference, pool: Array, order: Array, *, alpha: float = 1e-3, workers: int = 1
) -> Array:
    """When streams of single rows raise their first alarm; what `Stream.see` would say, bit by bit.

    Args:
        reference: The distribution of training.
        pool: Rows, float64 (p, d).
        order: Which of them arrive, int (s, t): s streams of t rows.
        alpha: The bound.
        workers: How many workers share it.

    Returns:
        int64 (s,): how many rows until the alarm, that row included; 0 where there was none.
    """
    tables = Tables.of(reference.densities, Scale.of(reference))
    plan = Plan.of(tables, reference.calibration.reached())
    limits = plan.limits(alpha * FIRST / workers)
    pool = np.ascontiguousarray(pool, np.float64)
    levels = tables.rows(tables.found(pool))
    starts = np.array([start_weight(row) for row in range(order.shape[1])])
    found = np.zeros(len(order), np.int64)
    for index, which in enumerate(order):
        process = Process.fresh(plan)
        seen = Recent.empty(pool.shape[1]).see(pool[which])
        went = process.go_on(plan, levels[which], starts, seen, limits, learns=True)
        found[index] = max(0, -went)
    return found
