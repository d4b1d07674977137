"""scikit-learn: an estimator in skops' file, with `predict` and `predict_proba`, without pickle."""

from __future__ import annotations

from typing import Final

from samescale.export.base import Form

EXPORT: Final = Form(
    name="sklearn",
    extra="sklearn",
    gives="a .skops file: an estimator for data frames; loads with samescale",
)
