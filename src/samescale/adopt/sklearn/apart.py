"""An object taken apart: the steps that transform, the model, what transforms the target."""

from __future__ import annotations

import dataclasses as dc
from typing import Any, final

from samescale.adopt._record import Record, record
from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.compose import steps_of

# Where scikit-learn's models live; what is elsewhere is a transform that must be known.
_MODELS = frozenset({
    "calibration", "cluster", "cross_decomposition", "discriminant_analysis", "dummy", "ensemble",
    "gaussian_process", "isotonic", "kernel_ridge", "linear_model", "mixture", "multiclass",
    "multioutput", "naive_bayes", "neighbors", "neural_network", "semi_supervised", "svm", "tree",
})  # fmt: skip
_SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")


@final
@dc.dataclass(frozen=True, slots=True)
class Parts:
    """An object taken apart.

    Attributes:
        steps: What transforms the columns, in order.
        model: The estimator at the end; `None` if there is none.
        target: What transforms the target around it, if anything does.
    """

    steps: tuple[Any, ...]
    model: Any = None
    target: Any = None


def module_of(value: object) -> str:
    """The module of its class."""
    return value.module if isinstance(value, Record) else type(value).__module__


def apart(given: Record) -> Parts:
    """The parts of an object.

    Raises:
        SpecError: If it isn't fitted.
    """
    if given.name in _SEARCHES:
        return _inner(state.fitted(given, "best_estimator_"))
    if given.name == "TransformedTargetRegressor":
        inner = _inner(state.fitted(given, "regressor_"))
        transformer = state.fitted(given, "transformer_")
        if state.option(given, "_training_dim", 1) != 1:
            state.refuse(
                given,
                "_training_dim",
                given.state["_training_dim"],
                "A target is one number a row.",
            )
        return dc.replace(inner, target=transformer)
    if given.name == "Pipeline":
        return _piped(given)
    return Parts((), given) if _is_model(given) else Parts((given,))


def _inner(value: Any) -> Parts:
    if _is_model(value):
        return Parts((), value)
    return apart(record(value))


def _piped(given: Record) -> Parts:
    *before, (_, last) = steps_of(given)
    transforms = tuple(step for _, step in before)
    if last is None or isinstance(last, str) or not _ends(last):
        return Parts((given,))
    inner = _inner(last)
    if inner.target is not None or inner.model is not None:
        # Names of columns stand in what comes first; behind it they are its own.
        return dc.replace(inner, steps=(*transforms, *inner.steps))
    return Parts((given,))


def _ends(value: Any) -> bool:
    """Whether a last step is, or holds, a model."""
    if _is_model(value):
        return True
    found = record(value)
    return found.name in {*_SEARCHES, "TransformedTargetRegressor", "Pipeline"}


def _is_model(value: Any) -> bool:
    """Whether a step is a model: a class of another package, or one of scikit-learn's models."""
    module = value.module if isinstance(value, Record) else type(value).__module__
    name = value.name if isinstance(value, Record) else type(value).__name__
    root, _, rest = module.partition(".")
    inner = name in {*_SEARCHES, "TransformedTargetRegressor", "Pipeline"}
    return not inner and (root != "sklearn" or rest.partition(".")[0] in _MODELS)
