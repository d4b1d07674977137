"""What MLflow calls to load the model: the bundle's predictor, as a pyfunc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import pandas as pd

from samescale.export.mlflow import schema
from samescale.guard import warn
from samescale.predictor import Predictor, load

if TYPE_CHECKING:
    from collections.abc import Mapping


@final
class Pyfunc:
    """A predictor by MLflow's conventions.

    Args:
        predictor: What answers.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Answers in the target's own units.

        Args:
            model_input: Raw rows: a data frame, or arrays by column.
            params: Not used.

        Returns:
            A column called as the target; for classes, one `probability_CLASS` each beside it.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.

        Warns:
            GuardWarning: What the guard noted.
        """
        del params
        fitted = self._predictor.fitted
        answer = self._predictor.answer(model_input)
        warn(answer.findings)
        name = "answers" if fitted.target is None else fitted.target.name
        columns: dict[str, Any] = {name: answer.predictions}
        if answer.probabilities is not None:
            columns |= dict(zip(schema.probabilities(fitted), answer.probabilities.T, strict=True))
        return pd.DataFrame(columns)


def _load_pyfunc(path: str) -> Pyfunc:
    """The model of a bundle, verified as any bundle is: this is the name that MLflow calls."""
    return Pyfunc(load(path))
