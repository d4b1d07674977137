"""Answers that are no finite numbers, refused by the row and the feature that they come from.

A value far beyond training may overflow to an infinite feature. A model then raises in its own
words, or answers NaN, and the likeliest of classes without chances would be the first one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.errors import DataError

if TYPE_CHECKING:
    from samescale.door import Admitted
    from samescale.fitted import Fitted
    from samescale.ir.types import Answers, Array
    from samescale.models.base import Runtime


def asked(runtime: Runtime, fitted: Fitted, admitted: Admitted) -> Answers:
    """What the model answers for admitted rows, all of it finite.

    Raises:
        DataError: Naming the first row that has no such answer, as its source counts rows.
    """
    try:
        given = runtime.predict(admitted.columns)
    except ValueError as error:
        features = fitted.matrix_of(admitted.columns)
        if np.isfinite(features).all():
            raise
        raise _refusal(_first(features), features, fitted, admitted) from error
    return checked(given, fitted, admitted)


def checked(answers: Answers, fitted: Fitted, admitted: Admitted) -> Answers:
    """`answers`, one a row and all of them finite.

    Raises:
        DataError: Naming the first row of another, and of several targets the first of them.
    """
    named = answers.items() if isinstance(answers, dict) else [("", answers)]
    for name, array in named:
        if not np.isfinite(array).all():
            features = fitted.matrix_of(admitted.columns)
            of = f" for '{name}'" if name else ""
            raise _refusal(_first(array), features, fitted, admitted, of)
    return answers


def _first(values: Array) -> int:
    odd = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    return int(np.argmax(odd))


def _refusal(
    place: int, features: Array, fitted: Fitted, admitted: Admitted, of: str = ""
) -> DataError:
    row, odd = place + admitted.start, np.flatnonzero(~np.isfinite(features[place]))
    if not len(odd):
        return DataError(
            f"Row {row} has no finite answer{of}: it is too far from what the model was trained "
            "on.",
            remedy="Send values in the units of the training data; check() tells how they differ.",
            row=row,
        )
    name, value = fitted.feature_names[odd[0]], float(features[place, odd[0]])
    return DataError(
        f"Row {row} has no finite answer{of}: its feature '{name}' is {value}.",
        remedy="Send values in the units of the training data; check() tells how they differ.",
        column=name.partition("[")[0],
        row=row,
        value=value,
    )
