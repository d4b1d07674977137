"""river: ADWIN over each column of a stream; an alarm of any is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from benchmarks.mistakes.labels import DRIFT, Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context


@final
class Adwin:
    """`drift.ADWIN()` a column, after the training rows.

    Args:
        alpha: Taken and left alone: ADWIN's delta bounds one look, and no stream.
        workers: The same.
    """

    def __init__(self, alpha: float = 0.0, workers: int = 1) -> None:
        del alpha, workers
        self._columns: list[Any] = []
        self._wide = 0

    def fit(self, train: Array, context: Context) -> None:
        """It has no reference: what came before is what it compares with."""
        del train
        self._wide = len(context.columns)

    def start(self) -> None:
        """Forget all of it."""
        from river import drift

        self._columns = [drift.ADWIN() for _ in range(self._wide)]

    def update(self, batch: Array) -> Answer:
        """Some rows more."""
        found = [self._moved(place, column) for place, column in enumerate(batch.T)]
        return Answer(DRIFT, np.flatnonzero(found).tolist()) if any(found) else Answer()

    def diagnose(self, batch: Array) -> Answer:
        """It follows streams only."""
        del batch
        return Answer()

    def _moved(self, place: int, values: Array) -> bool:
        told = []
        for value in values[np.isfinite(values)]:
            self._columns[place].update(value)
            told.append(self._columns[place].drift_detected)
        return any(told)
