"""SciPy's two-sample Kolmogorov-Smirnov test of each column, at 5 % in all by Bonferroni."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from benchmarks.mistakes.labels import DRIFT, Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context


@final
class Columns:
    """A test of each column."""

    ALPHA = 0.05

    def __init__(self) -> None:
        self._train: list[Array] = []

    def fit(self, train: Array, context: Context) -> None:
        """Keep the training columns."""
        del context
        self._train = [column[np.isfinite(column)] for column in train.T]

    def diagnose(self, batch: Array) -> Answer:
        """Test each column that has a value."""
        from scipy.stats import ks_2samp

        found = [
            place
            for place, column in enumerate(batch.T)
            if (values := column[np.isfinite(column)]).size
            and ks_2samp(self._train[place], values).pvalue < self.ALPHA / len(self._train)
        ]
        return Answer(DRIFT, found) if found else Answer()
