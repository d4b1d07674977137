"""Alibi Detect: `KSDrift` of all columns, p-values with Bonferroni at 5 %."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from benchmarks.mistakes.labels import DRIFT, Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context


@final
class Drift:
    """`KSDrift(train, p_val=0.05)`; it takes no NaN, so training's mean stands for it."""

    def __init__(self) -> None:
        self._found: Any = None
        self._mean = np.empty(0)

    def fit(self, train: Array, context: Context) -> None:
        """Give it the training rows."""
        from alibi_detect.cd import KSDrift

        del context
        self._mean = np.nanmean(train, 0)
        self._found = KSDrift(self._full(train), p_val=0.05)

    def diagnose(self, batch: Array) -> Answer:
        """Ask it."""
        answer = self._found.predict(self._full(batch), drift_type="batch")
        return Answer(DRIFT) if answer["data"]["is_drift"] else Answer()

    def _full(self, rows: Array) -> Array:
        return np.where(np.isnan(rows), self._mean, rows)
