"""From raw scores to what CatBoost's own `predict` and `predict_proba` give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

BINARY: Final = ("Logloss", "CrossEntropy")
"""Losses with one score for two classes."""
MULTI: Final = ("MultiClass", "MultiClassOneVsAll")
"""Losses with a score for each class."""
EXPONENT: Final = ("Poisson", "Tweedie")
"""Losses whose score is a logarithm."""
PLAIN: Final = (
    *("RMSE", "MAE", "Quantile", "LogLinQuantile", "MAPE", "Huber", "Expectile", "Lq", "LogCosh"),
)
"""Losses whose score is the answer."""


def answers(raw: Array, loss: str) -> Array:
    """The answers of raw scores, float64 `[rows]` or `[rows, answers]`."""
    with np.errstate(over="ignore"):
        if loss in EXPONENT:
            return np.asarray(np.exp(raw))
        if loss in BINARY or loss == "MultiClassOneVsAll":
            return np.asarray(1 / (1 + np.exp(-raw)))
    if loss == "MultiClass":
        grown = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))
    return raw
