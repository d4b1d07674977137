"""Evidently: the drift preset; drift of the data set is half of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from benchmarks.mistakes.labels import DRIFT, Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context


@final
class Drift:
    """`DataDriftPreset`; the answer is the data set's, its detail how many columns drifted."""

    def __init__(self) -> None:
        self._train: Any = None

    def fit(self, train: Array, context: Context) -> None:
        """Keep the training rows, which are its reference."""
        import pandas as pd

        self._train = pd.DataFrame(train, columns=list(context.columns))

    def diagnose(self, batch: Array) -> Answer:
        """Make the report."""
        import pandas as pd
        from evidently import Report
        from evidently.presets import DataDriftPreset

        rows = pd.DataFrame(batch, columns=self._train.columns)
        metrics = Report([DataDriftPreset()]).run(rows, self._train).dict()["metrics"]
        counted = metrics[0]["value"]
        detail = f"{counted['count']:.0f}"
        return Answer(DRIFT if counted["share"] >= 0.5 else "ok", detail=detail)
