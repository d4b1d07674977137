"""Scaled twice: an estimator that learned the raw columns, and would be given the features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from samescale.errors import ModelError
from samescale.models import _twice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.fitted import Fitted


def check(model: Any, fitted: Fitted) -> None:
    """See that neither the frame nor the first scaler of a pipeline was one of raw columns.

    Raises:
        ModelError: Naming the mistake.
    """
    _check_frame(model, fitted)
    for scaler in _first(model):
        learned = _learned(scaler, len(fitted.feature_names))
        column = learned and _twice.learned_raw(fitted, _twice.layout(fitted), learned)
        if column:
            raise ModelError(
                f"The pipeline's {type(scaler).__name__} learned the raw column '{column}': its "
                "input would be scaled twice.",
                remedy="Train the estimator alone, or the pipeline, on fitted.matrix(table).",
                column=column,
            )


def _check_frame(model: Any, fitted: Fitted) -> None:
    # Where every column is one feature, features and raw columns have the same names.
    names = getattr(model, "feature_names_in_", None)
    if names is None or set(names) != set(fitted.schema.names):
        return
    changed = next((name for name in names if _twice.changes(fitted, name)), None)
    if changed is not None:
        raise ModelError(
            f"{type(model).__name__} was trained on a frame with the raw columns' names, and "
            f"'{changed}' is given to it transformed: nothing tells whether it was so then.",
            remedy="Train it on fitted.matrix(table), as it comes: an array without names.",
            column=changed,
        )


def _first(model: Any) -> Iterator[Any]:
    """The first step of a pipeline, and of one that is first in it."""
    while isinstance(model, Pipeline) and model.steps:
        model = model.steps[0][1]
    yield model


def _learned(scaler: Any, width: int) -> _twice.Learned | None:
    zeros, ones = np.zeros(width), np.ones(width)
    match scaler:
        case StandardScaler():
            mean = zeros if scaler.mean_ is None else scaler.mean_
            scale = ones if scaler.scale_ is None else scaler.scale_
            return _twice.Learned(mean, scale, _twice.moments)
        case MinMaxScaler():
            low, high = scaler.data_min_, scaler.data_max_
            return _twice.Learned((low + high) / 2, (high - low) / 2, _twice.extent)
        case RobustScaler() if scaler.center_ is not None and scaler.scale_ is not None:
            return _twice.Learned(scaler.center_, scaler.scale_, _twice.quartiles)
    return None
