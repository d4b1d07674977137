"""What the training of each model takes, checked before anything is read."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from samescale.errors import MissingExtraError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NETWORK: Final = ("batch_size", "epochs", "hidden", "learning_rate", "patience")

# Said here, where they are checked against the trainings' own by a test: a setting that another
# model takes is named, and no framework but the asked one's is imported for that.
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "keras": _NETWORK,
    "torch": _NETWORK,
    "xgboost": ("learning_rate", "max_depth", "patience", "rounds", "subsample"),
    "lightgbm": ("learning_rate", "min_data_in_leaf", "num_leaves", "patience", "rounds"),
    "catboost": ("depth", "learning_rate", "patience", "rounds"),
}
"""The settings by model; a scikit-learn estimator takes those of its class."""


def check(model: str, given: Mapping[str, Any], models: Iterable[str]) -> None:
    """See that a model takes the settings of its training.

    Args:
        model: The model's name.
        given: The settings by name.
        models: The names of all models, to say which take a setting that this one doesn't.

    Raises:
        SpecError: If it doesn't take one of them, or there are no epochs.
        MissingExtraError: If the model's framework isn't installed.
    """
    for name in given:
        if name not in (known := settings(model)):
            raise SpecError(
                f"The model '{model}' takes no setting '{name}'.",
                remedy=_remedy(name, known, [one for one in models if name in _asked(one)]),
                value=name,
            )
    epochs = given.get("epochs", 1)
    if isinstance(epochs, int) and epochs < 1:
        raise SpecError(
            f"The number of epochs is {epochs}.", remedy="Give at least 1.", value=epochs
        )


def settings(model: str) -> tuple[str, ...]:
    """The settings that a model's training takes.

    Raises:
        MissingExtraError: If the library that is needed to say it isn't installed.

    >>> settings("keras")
    ('batch_size', 'epochs', 'hidden', 'learning_rate', 'patience')
    """
    if model in SETTINGS:
        return SETTINGS[model]
    from samescale import models

    models.load("sklearn")  # says what to install
    from samescale.models.sklearn import training

    classes = (training.estimator_class(model, classes=classes) for classes in (False, True))
    return tuple(sorted({name for cls in classes for name in cls().get_params()}))


def _asked(model: str) -> tuple[str, ...]:
    try:
        return settings(model)
    except MissingExtraError:
        return ()


def _remedy(name: str, known: tuple[str, ...], takers: list[str]) -> str:
    if takers:
        return f"Leave it out, or choose a model that takes it: {', '.join(takers)}."
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"It takes {', '.join(known)}."
