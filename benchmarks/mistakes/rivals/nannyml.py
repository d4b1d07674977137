"""NannyML: univariate drift by Jensen-Shannon, its thresholds from chunks of training."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, final

from benchmarks.mistakes.labels import DRIFT, Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context

os.environ.setdefault("NML_DISABLE_USAGE_LOGGING", "1")  # it would tell its makers of this run


@final
class Drift:
    """`UnivariateDriftCalculator` with chunks of the batch's size; an alarm of any column."""

    def __init__(self) -> None:
        self._train: Any = None
        self._sized: dict[int, Any] = {}

    def fit(self, train: Array, context: Context) -> None:
        """Keep the training rows: its thresholds depend on the size of a chunk."""
        import pandas as pd

        self._train = pd.DataFrame(train, columns=list(context.columns))

    def diagnose(self, batch: Array) -> Answer:
        """Ask of the batch as one chunk."""
        import pandas as pd

        rows = pd.DataFrame(batch, columns=self._train.columns)
        found = self._of(len(rows)).calculate(rows).filter(period="analysis").to_df()
        alerts = [found[name].any() for name in found.columns if name[-1] == "alert"]
        return Answer(DRIFT) if any(alerts) else Answer()

    def _of(self, rows: int) -> Any:
        import nannyml

        if rows not in self._sized:
            made = nannyml.UnivariateDriftCalculator(list(self._train.columns), chunk_size=rows)
            self._sized[rows] = made.fit(self._train)
        return self._sized[rows]
