"""What an XGBoost model says of itself."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import xgboost

from samescale.errors import ModelError
from samescale.models._boosted import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        _check_missing(model, name)
        # A Booster's own predict asks all trees, a wrapper's those up to the best.
        model, early = model.get_booster(), True
    config = json.loads(model.save_config())["learner"]
    kind = config["gradient_booster"]["name"]
    if kind == "gblinear":
        raise ModelError(
            f"{name} was trained with booster='gblinear', which has no trees.",
            remedy="Use a linear model of scikit-learn.",
            value=kind,
        )
    _check_plain(model, config, name)
    rounds = model.num_boosted_rounds()
    if not rounds:
        raise _untrained(name)
    best = model.attr("best_iteration") if early else None
    return model if best is None or int(best) + 1 >= rounds else model[: int(best) + 1]


def _check_missing(model: xgboost.XGBModel, name: str) -> None:
    # The trees don't hold it: a wrapper sends that value where NaN goes, and a Booster doesn't.
    if not math.isnan(float(model.missing)):
        raise ModelError(
            f"{name} was trained with missing={model.missing}: that value is no number to it.",
            remedy="Train it without `missing`: what is missing is NaN in the features.",
            value=model.missing,
        )


def _check_plain(model: xgboost.Booster, config: Mapping[str, Any], name: str) -> None:
    if "c" in (model.feature_types or ()):
        raise ModelError(
            f"{name} was trained on categories.",
            remedy="Train it on fitted.matrix(table), whose features are all numbers.",
        )
    if config["learner_train_param"].get("multi_strategy") == "multi_output_tree" and (
        int(config["learner_model_param"]["num_class"]) > 1
        or int(config["learner_model_param"].get("num_target", "1")) > 1
    ):
        raise ModelError(
            f"{name}'s trees give several answers at once (multi_strategy='multi_output_tree').",
            remedy="Train it with multi_strategy='one_output_per_tree', which is the default.",
        )


def _untrained(name: str) -> ModelError:
    return ModelError(
        f"{name} isn't trained.",
        remedy="Call fit(fitted.matrix(table), fitted.labels(table)) first.",
    )
