"""What an XGBoost model says of itself."""

from __future__ import annotations

import json
from typing import Any, Final

import xgboost

from samescale.errors import ModelError
from samescale.models._boosted import Form

CHANCES: Final = ("binary:logistic", "multi:softprob", "multi:softmax")
"""The objectives that give probabilities."""


def of(model: Any) -> Form:
    """The form of a trained model.

    Raises:
        ModelError: If it isn't trained, or isn't made of trees.
    """
    inner = booster(model)
    config = json.loads(inner.save_config())["learner"]
    objective = str(config["objective"]["name"])
    param = config["learner_model_param"]
    count = max(int(param["num_class"]), int(param.get("num_target", "1")), 1)
    chances = objective in CHANCES
    names = inner.feature_names
    return Form(
        name=type(model).__name__,
        width=int(inner.num_features()),
        names=tuple(names) if names else None,
        answers=count,
        chances=chances,
        objective=objective,
        classes=tuple(range(max(2, count))) if chances else (),
    )


def booster(model: Any) -> xgboost.Booster:
    """The trees that the model's own `predict` uses: after an early stop, up to the best round.

    Raises:
        ModelError: As `of`.
    """
    name, early = type(model).__name__, False
    if isinstance(model, xgboost.XGBModel):
        if not model.__sklearn_is_fitted__():
            raise _untrained(name)
        # A Booster's own predict asks all trees, a wrapper's those up to the best.
        model, early = model.get_booster(), True
    kind = json.loads(model.save_config())["learner"]["gradient_booster"]["name"]
    if kind == "gblinear":
        raise ModelError(
            f"{name} was trained with booster='gblinear', which has no trees.",
            remedy="Use a linear model of scikit-learn.",
            value=kind,
        )
    rounds = model.num_boosted_rounds()
    if not rounds:
        raise _untrained(name)
    best = model.attr("best_iteration") if early else None
    return model if best is None or int(best) + 1 >= rounds else model[: int(best) + 1]


def _untrained(name: str) -> ModelError:
    return ModelError(
        f"{name} isn't trained.",
        remedy="Call fit(fitted.matrix(table), fitted.labels(table)) first.",
    )
