"""whylogs: profiles of training and batch, and its drift score of each column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from benchmarks.mistakes.labels import DRIFT, Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context


@final
class Drift:
    """`calculate_drift_scores`, an alarm where a column's category is DRIFT."""

    def __init__(self) -> None:
        self._view: Any = None
        self._names: list[str] = []

    def fit(self, train: Array, context: Context) -> None:
        """Profile the training rows."""
        self._names = list(context.columns)
        self._view = self._profiled(train)

    def diagnose(self, batch: Array) -> Answer:
        """Profile the batch, and compare."""
        from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

        scores = calculate_drift_scores(self._profiled(batch), self._view, with_thresholds=True)
        found = [
            place
            for place, name in enumerate(self._names)
            if (scores.get(name) or {}).get("drift_category") == "DRIFT"
        ]
        return Answer(DRIFT, found) if found else Answer()

    def _profiled(self, rows: Array) -> Any:
        import pandas as pd
        import whylogs

        return whylogs.log(pd.DataFrame(rows, columns=self._names)).view()
