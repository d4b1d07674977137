"""scikit-learn's estimators as the model half of a bundle.

Stored by skops, without pickle; `docs/decisions/0002-sklearn-models-with-skops.md` says why.
"""

from __future__ import annotations

import warnings
from importlib import metadata
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, is_classifier, is_regressor

from samescale.errors import ModelError
from samescale.models import _several
from samescale.models.base import ModelKind, Runtime
from samescale.models.sklearn import soundness, stored, twice
from samescale.models.sklearn.received import received

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted, FittedTarget
    from samescale.ir.types import Answers, Array
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source
    from samescale.statistics.base import Json

MEMBER: Final = "model/estimator.skops"
# Rows that an estimator is given at once: what it computes in between stays in the cache.
_BLOCK: Final = 8_192


@final
class SklearnRuntime(Runtime):
    """A scikit-learn estimator behind its preprocessing.

    The estimator gets the float32 matrix widened to float64. Then what a row is answered doesn't
    depend on how many others came with it, as it does by 1e-7 where a linear model multiplies in
    float32, and no digit of the matrix changes.

    Args:
        estimator: The fitted estimator.
        fitted: The preprocessing.
    """

    def __init__(self, estimator: Any, fitted: Fitted) -> None:
        self._estimator = estimator
        self._fitted = fitted
        self._targets = fitted.targets
        self._orders = [np.asarray(own, np.int64) for own in _classes(estimator, fitted)]

    def predict(self, columns: Mapping[str, Array]) -> Answers:
        """The estimator's answers: float64, `[rows]`, `[rows, k]` or `[rows, classes]`.

        Of several targets, a dict of such by name.

        Raises:
            ValueError: If the estimator takes no NaN and a feature is one.
        """
        matrix = self._fitted.matrix_of(columns)
        blocks = [
            self._ask(matrix[start : start + _BLOCK].astype(np.float64, order="C"))
            for start in range(0, max(1, len(matrix)), _BLOCK)
        ]
        joined = [
            one[0] if len(one) == 1 else np.concatenate(one) for one in zip(*blocks, strict=True)
        ]
        if len(self._targets) <= 1:
            return joined[0]
        return {target.name: one for target, one in zip(self._targets, joined, strict=True)}

    def _ask(self, matrix: Array) -> list[Array]:
        """For each target the answers to a block of rows."""
        several = len(self._targets) > 1
        if not self._orders:
            found = np.asarray(self._estimator.predict(matrix), np.float64)
            return [np.ascontiguousarray(one) for one in found.T] if several else [found]
        given = self._estimator.predict_proba(matrix)
        return [
            _spread(np.asarray(found, np.float64), order, len(target.classes or ()))
            for found, order, target in zip(
                given if several else [given], self._orders, self._targets, strict=True
            )
        ]


@final
class SklearnKind(ModelKind):
    """scikit-learn: any fitted estimator of its own that holds nothing but plain data."""

    name: ClassVar[str] = "sklearn"
    extra: ClassVar[str] = "sklearn"
    rtol: ClassVar[float] = 1e-9

    def accepts(self, model: object) -> bool:
        """Whether `model` is an estimator that predicts."""
        return isinstance(model, BaseEstimator) and hasattr(type(model), "predict")

    def check(self, model: Any, fitted: Fitted) -> None:
        """See that the estimator was trained on the matrix of `fitted`, for its target.

        Of several targets, which are all numbers or all classes, it gives one column each, or one
        array of probabilities each, in their order.

        A pipeline is taken as it is, scalers of its own included, if it learned them on the
        features that it will see: then they're part of the model.

        Raises:
            ModelError: If it isn't trained, is of another width, of other feature names, predicts
                another kind of target, or learned the raw columns.
        """
        _check_fits(model, fitted)
        twice.check(model, fitted)

    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """The estimator's class and its task, for readers of the manifest."""
        return {"estimator": type(model).__name__, "task": soundness.task(fitted)}

    def save(self, model: Any) -> dict[str, bytes]:
        """One skops file, in canonical form: the same state, the same bytes.

        Raises:
            ModelError: If it holds more than plain data; names the types.
        """
        return {MEMBER: stored.dumps(model)}

    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> SklearnRuntime:
        """The runtime of a stored estimator, on one thread of its own.

        Raises:
            ModelError: If it isn't a skops file of plain data, its trees point outside their
                arrays, or it doesn't fit `fitted`.
        """
        model = self.restore(members)
        if not self.accepts(model) or config != self.config(model, fitted):
            raise ModelError(f"The model isn't the {config.get('estimator')!r} of the manifest.")
        _check_fits(model, fitted)
        for part in soundness.estimators(model):
            _settle(part)
        return SklearnRuntime(model, fitted)

    def restore(self, members: Mapping[str, bytes]) -> Any:
        """The estimator itself.

        Raises:
            ModelError: As `load`.
        """
        if set(members) != {MEMBER}:
            raise ModelError(f"The model's members are {sorted(members)}, not '{MEMBER}'.")
        model = stored.loads(members[MEMBER])
        width = getattr(model, "n_features_in_", None)
        if not isinstance(width, int | np.integer):
            raise ModelError(f"The model was trained on {width} features.", value=width)
        soundness.check(model, int(width))
        return model

    def read(self, content: bytes) -> Any:
        """The estimator of a file of `skops.io.dump`.

        Raises:
            ModelError: If it isn't one, or holds more than plain data; names the types.
        """
        return self.restore({MEMBER: received(content)})

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The estimator as an ONNX graph in float64.

        Raises:
            UnsupportedError: If it, or a part of it, can't be written; names it.
            MissingExtraError: If `onnx` isn't installed.
        """
        from samescale import convert

        _several.refuse_network(fitted)
        classes = None if fitted.classes is None else len(fitted.classes)
        made = convert.load("sklearn").to_onnx(model, len(fitted.feature_names), classes)
        return bytes(made.SerializeToString(deterministic=True))

    def versions(self) -> dict[str, str]:
        """scikit-learn's and skops' versions."""
        return {
            "scikit-learn": sklearn.__version__,
            "skops": metadata.version("skops"),
            "scipy": metadata.version("scipy"),
        }

    def train(
        self,
        fitted: Fitted,
        data: Source,
        validation: Source,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        **options: Any,
    ) -> tuple[Any, History]:
        """A default estimator, trained on `data` and scored on `validation`.

        Args:
            fitted: The preprocessing and the target.
            data: The training rows, raw.
            validation: Rows that `fitted` hasn't seen.
            seed: Fixes everything random.
            progress: Told after every step.
            options: `estimator`: "boosting" (gradient-boosted trees), "linear" (ridge or logistic
                regression) or "mlp"; anything else goes to scikit-learn's class.

        Returns:
            The estimator, and the scores by name: `loss` and `val_loss` (mean squared error of
            the transformed target, or log loss).

        Raises:
            SpecError: If there is no such estimator, or it has no such option.
        """
        from samescale.models.sklearn.training import train

        return train(fitted, data, validation, seed=seed, progress=progress, **options)


KIND: Final = SklearnKind()


def _classes(estimator: Any, fitted: Fitted) -> list[Any]:
    """For each target that is a class, the codes that the estimator's probabilities are of."""
    if soundness.task(fitted) == "regression":
        return []
    return list(estimator.classes_) if len(fitted.targets) > 1 else [estimator.classes_]


def _spread(found: Array, order: Array, count: int) -> Array:
    """Probabilities of every class.

    One that this estimator's training rows didn't hold is one that it gives no chance.
    """
    result = np.zeros((len(found), count), np.float64)
    result[:, order] = found
    return result


def _check_fits(model: Any, fitted: Fitted) -> None:
    width = getattr(model, "n_features_in_", None)
    if width is None:
        raise ModelError(
            f"{type(model).__name__} isn't trained.",
            remedy="Call fit(fitted.matrix(table), fitted.labels(table)) first.",
        )
    if width != len(fitted.feature_names):
        raise ModelError(
            f"{type(model).__name__} was trained on {width} features; this preprocessing gives "
            f"{len(fitted.feature_names)}.",
            remedy="Train it on fitted.matrix(table) of this very fitted.",
            value=width,
        )
    _check_names(model, fitted)
    _check_task(model, fitted)


def _check_names(model: Any, fitted: Fitted) -> None:
    names = getattr(model, "feature_names_in_", None)
    if names is not None and tuple(names) != fitted.feature_names:
        wrong = next((name for name in names if name not in fitted.feature_names), names[0])
        raise ModelError(
            f"{type(model).__name__} was trained on a frame with the feature '{wrong}', which "
            "isn't where this preprocessing has it.",
            remedy="Train it on fitted.matrix(table).",
            value=str(wrong),
        )


def _check_task(model: Any, fitted: Fitted) -> None:
    soundness.check_mixed(model, fitted)
    name = type(model).__name__
    if soundness.task(fitted) == "regression":
        _check_numbers(model, fitted)
        return
    if is_regressor(model) or not hasattr(model, "predict_proba"):
        raise ModelError(
            f"{name} gives no probabilities, and the target is a class.",
            remedy="Use a classifier with predict_proba, or wrap it in CalibratedClassifierCV.",
        )
    if len(fitted.targets) > 1:
        soundness.check_lists(model, fitted)
    for target, known in zip(fitted.targets, _classes(model, fitted), strict=True):
        _check_codes(name, np.asarray(known), target)


def _check_numbers(model: Any, fitted: Fitted) -> None:
    name, targets = type(model).__name__, fitted.targets
    if targets and is_classifier(model):
        raise ModelError(
            f"{name} predicts classes, and the target '{targets[0].name}' is a number.",
            remedy="Begin the target's chain with a lookup, or train a regressor.",
        )
    if targets and (outputs := _outputs(model)) != len(targets):
        one = f"'{targets[0].name}' is one" if len(targets) == 1 else f"there are {len(targets)}"
        more = "" if len(targets) == 1 else " targets"
        raise ModelError(
            f"{name} gives {outputs} answers for a row, and {one}{more}.",
            remedy="Train it on fitted.labels(table)."
            if len(targets) == 1
            else "Train it on np.column_stack([*fitted.labels(table).values()]).",
            value=outputs,
        )


def _check_codes(name: str, known: Array, target: FittedTarget) -> None:
    count = len(target.classes or ())
    if known.ndim != 1 or known.dtype.kind not in "iu" or not set(known) <= set(range(count)):
        raise ModelError(
            f"{name} was trained on the classes {list(known)[:5]}, not on class codes 0 to "
            f"{count - 1}.",
            remedy="Train it on fitted.labels(table).",
            target=target.name,
        )


def _outputs(model: Any) -> int:
    """How many answers a row gets: estimators say it in many ways, so the model is asked."""
    with warnings.catch_warnings():  # of names that a frame had
        warnings.simplefilter("ignore")
        return int(np.size(model.predict(np.zeros((1, int(model.n_features_in_))))))


def _settle(part: Any) -> None:
    """What could make two equal calls differ, or warn: threads that race, names of a frame."""
    settings = part.get_params(deep=False)
    if "n_jobs" in settings:
        part.set_params(n_jobs=1)
    vars(part).pop("feature_names_in_", None)
