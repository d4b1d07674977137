"""The estimators that `samescale fit` trains where scikit-learn is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor

from samescale.errors import SpecError
from samescale.models._options import check_options

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source

_CLASSES: Final = {
    ("boosting", False): HistGradientBoostingRegressor,
    ("boosting", True): HistGradientBoostingClassifier,
    ("linear", False): Ridge,
    ("linear", True): LogisticRegression,
    ("mlp", False): MLPRegressor,
    ("mlp", True): MLPClassifier,
}
# Where scikit-learn's own defaults don't end a training well: too few steps, no early stop.
_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "boosting": {"max_iter": 300, "early_stopping": True},
    "linear": {},
    "mlp": {"hidden_layer_sizes": (64, 32), "max_iter": 300, "early_stopping": True},
}
_EXTRA: Final = {("linear", True): {"max_iter": 1000}}
_SMALLEST: Final = 1e-15


def train(
    fitted: Fitted,
    data: Source,
    validation: Source,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    estimator: str = "boosting",
    **options: Any,
) -> tuple[Any, History]:
    """See `SklearnKind.train`."""
    model = _model(estimator, classes=fitted.classes is not None, seed=seed, options=options)
    parts = [table(fitted, data), table(fitted, validation)]
    if progress is not None:
        progress(0, 1, {})
    _fit(model, *parts[0])
    losses = [_loss(model, matrix, labels, fitted) for matrix, labels in parts]
    history = {"loss": [losses[0]], "val_loss": [losses[1]]}
    if progress is not None:
        progress(1, 1, {name: values[-1] for name, values in history.items()})
    return model, history


def estimator_class(name: str, *, classes: bool) -> type[Any]:
    """The class of an estimator.

    Args:
        name: `boosting`, `linear` or `mlp`.
        classes: Whether the target is a class.

    Raises:
        SpecError: If there is no such estimator.
    """
    if (name, classes) not in _CLASSES:
        raise SpecError(
            f"There is no default estimator '{name}'.",
            remedy=f"There are: {', '.join(_DEFAULTS)}.",
            value=name,
        )
    found: type[Any] = _CLASSES[name, classes]
    return found


def table(fitted: Fitted, source: Source) -> tuple[Array, Array]:
    """Features and labels of a whole source, float64 rows × features and one label a row."""
    names = (*fitted.schema.names, *([fitted.target.name] if fitted.target else []))
    pieces = [
        (fitted.matrix(chunk.columns), fitted.labels(chunk.columns))
        for chunk in source.chunks(names)
    ]
    matrix = np.concatenate([piece for piece, _ in pieces]).astype(np.float64)
    return matrix, np.concatenate([piece for _, piece in pieces])


def _model(estimator: str, *, classes: bool, seed: int, options: dict[str, Any]) -> Any:
    cls = estimator_class(estimator, classes=classes)
    check_options(options, cls().get_params(), f"The training of '{estimator}' ({cls.__name__})")
    settings = {
        **_DEFAULTS[estimator],
        **_EXTRA.get((estimator, classes), {}),
        "random_state": seed,
        **options,
    }
    return cls(**settings)


def _fit(model: Any, matrix: Array, labels: Array) -> None:
    # A few rows can't be split for early stopping; then the whole training runs.
    settings = model.get_params()
    if "early_stopping" in settings and len(matrix) < 100:  # noqa: PLR2004 - a few
        model.set_params(early_stopping=False)
    model.fit(matrix, labels)


def _loss(model: Any, matrix: Array, labels: Array, fitted: Fitted) -> float:
    """Mean squared error of the transformed target, or the mean log loss; NaN without rows."""
    if len(labels) == 0:
        return float("nan")
    if fitted.classes is None:
        return float(np.mean((model.predict(matrix) - labels.astype(np.float64)) ** 2))
    chances = np.full((len(matrix), len(fitted.classes)), _SMALLEST)
    chances[:, model.classes_] = np.maximum(model.predict_proba(matrix), _SMALLEST)
    return float(-np.mean(np.log(chances[np.arange(len(labels)), labels])))
