"""What a LightGBM model says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import lightgbm
import numpy as np

from samescale.errors import ModelError
from samescale.models._boosted import Form
from samescale.models.lightgbm import stored

if TYPE_CHECKING:
    from samescale.models.lightgbm.stored import Stored

CHANCES: Final = ("binary", "multiclass", "multiclassova")
"""The objectives that give probabilities of classes."""
_LINEAR: Final = re.compile(r"^is_linear=1$", re.MULTILINE)
_UNNAMED: Final = re.compile(r"Column_[0-9]+")


def of(model: Any) -> Form:
    """The form of a trained model.

    Raises:
        ModelError: If it isn't trained, or isn't sound.
    """
    found = form(read(model), type(model).__name__)
    known = getattr(model, "classes_", None) if found.chances else None
    return found if known is None else _with(found, np.asarray(known).tolist())


def form(found: Stored, name: str) -> Form:
    """The form of a text model, that calls itself `name`."""
    objective = found.objective.partition(" ")[0]
    names = found.head["feature_names"].split(" ")
    unnamed = all(_UNNAMED.fullmatch(one) for one in names)
    chances = objective in CHANCES
    return Form(
        name=name,
        width=found.width,
        names=None if unnamed else tuple(names),
        answers=found.groups,
        chances=chances,
        objective=objective or "a function",
        classes=tuple(range(max(2, found.groups))) if chances else (),
    )


def read(model: Any) -> Stored:
    """The trees that the model's own `predict` uses: after an early stop, up to the best round.

    Raises:
        ModelError: As `of`.
    """
    booster = model
    if isinstance(model, lightgbm.LGBMModel):
        if not model.__sklearn_is_fitted__():
            raise _untrained(type(model).__name__)
        booster = model.booster_
    if not booster.num_trees():
        raise _untrained(type(model).__name__)
    text = booster.model_to_string()
    if _LINEAR.search(text):
        raise ModelError(
            f"{type(model).__name__}'s leaves are linear models, which aren't stored.",
            remedy="Train it without linear_tree.",
        )
    return stored.read(text.encode("utf-8"))


def _with(found: Form, classes: list[Any]) -> Form:
    import dataclasses as dc

    return dc.replace(found, classes=tuple(classes))


def _untrained(name: str) -> ModelError:
    return ModelError(
        f"{name} isn't trained.",
        remedy="Call fit(fitted.matrix(table), fitted.labels(table)) first.",
    )
