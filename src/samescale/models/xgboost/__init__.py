"""XGBoost's boosted trees as the model half of a bundle, without pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np
import xgboost

from samescale.errors import ModelError
from samescale.models import _boosted
from samescale.models._boosted import fault, in_order
from samescale.models.base import ModelKind, Runtime
from samescale.models.xgboost import form, stored, ubjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source
    from samescale.statistics.base import Json

MEMBER: Final = "model/booster.json"


@final
class XgboostRuntime(Runtime):
    """XGBoost's trees behind their preprocessing, on one thread; NaN goes where it was sent then.

    Args:
        booster: The trees, set to one thread.
        fitted: The preprocessing.
    """

    def __init__(self, booster: xgboost.Booster, fitted: Fitted) -> None:
        self._booster = booster
        self._fitted = fitted

    def predict(self, columns: Mapping[str, Array]) -> Array:
        """The trees' answers: float32, `[rows]`, `[rows, k]` or `[rows, classes]`."""
        matrix = np.ascontiguousarray(self._fitted.matrix_of(columns))
        found = self._booster.inplace_predict(matrix, validate_features=False)
        if self._fitted.classes is None:
            return np.asarray(found)
        count = len(self._fitted.classes)
        return in_order(np.asarray(found), range(count), count)


@final
class XgboostKind(ModelKind):
    """XGBoost: `XGBClassifier`, `XGBRegressor`, or a `Booster` of trees."""

    name: ClassVar[str] = "xgboost"
    extra: ClassVar[str] = "xgboost"
    rtol: ClassVar[float] = 1e-5

    def accepts(self, model: object) -> bool:
        """Whether `model` is XGBoost's."""
        return isinstance(model, xgboost.Booster | xgboost.XGBModel)

    def check(self, model: Any, fitted: Fitted) -> None:
        """See that the trees were trained on the matrix of `fitted`, for its target.

        Raises:
            ModelError: If it isn't trained, holds no trees or categories, is of another width or
                of other feature names, or predicts another kind of target.
        """
        found = form.of(model)
        _boosted.check(found, fitted)
        if fitted.classes is not None and len(found.classes) != len(fitted.classes):
            raise ModelError(
                f"{found.name} was trained on {len(found.classes)} classes, and the target has "
                f"{len(fitted.classes)}.",
                remedy="Train it on fitted.labels(table), with rows of every class.",
                value=len(found.classes),
            )

    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """The objective and the task, for readers of the manifest."""
        task = "regression" if fitted.classes is None else "classification"
        return {"objective": _objective(form.of(model).objective), "task": task}

    def save(self, model: Any) -> dict[str, bytes]:
        """One JSON file of XGBoost's, in one form: the same trees, the same bytes.

        After an early stop it holds the trees that the wrapper's `predict` uses.

        Raises:
            ModelError: If a tree splits by categories, or gives several answers at once.
        """
        return {MEMBER: stored.canonical(bytes(form.booster(model).save_raw("json")))}

    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> XgboostRuntime:
        """The runtime of stored trees.

        Raises:
            ModelError: If the file isn't sound, or doesn't fit `fitted`.
        """
        booster = self.restore(members)
        if config != self.config(booster, fitted):
            raise ModelError(f"The model isn't the '{config.get('objective')}' of the manifest.")
        self.check(booster, fitted)
        return XgboostRuntime(booster, fitted)

    def restore(self, members: Mapping[str, bytes]) -> Any:
        """The trees as a `Booster`, set to one thread.

        Raises:
            ModelError: As `load`.
        """
        if set(members) != {MEMBER}:
            raise ModelError(f"The model's members are {sorted(members)}, not '{MEMBER}'.")
        data = members[MEMBER]
        if stored.canonical(data) != data:
            raise fault("XGBoost file", "it isn't in the form that samescale writes")
        try:
            return xgboost.Booster({"nthread": 1}, model_file=bytearray(data))
        except xgboost.core.XGBoostError as error:
            raise fault("XGBoost file", str(error).strip().splitlines()[0]) from error

    def read(self, content: bytes) -> Any:
        """The trees of a JSON or a UBJSON file, as XGBoost's `save_model` writes them.

        Raises:
            ModelError: If it is neither, or isn't sound.
        """
        is_text = content.lstrip()[1:].lstrip()[:1] == b'"'
        made = stored.canonical(content) if is_text else stored.written(ubjson.parsed(content))
        return self.restore({MEMBER: made})

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The trees as an ONNX graph that adds them in float32 in XGBoost's own order.

        Raises:
            UnsupportedError: If the objective can't be written.
            MissingExtraError: If `onnx` isn't installed.
        """
        from samescale import convert

        classes = None if fitted.classes is None else len(fitted.classes)
        trees = stored.learner(self.save(model)[MEMBER])
        made = convert.load("xgboost").to_onnx(trees, classes)
        return bytes(made.SerializeToString(deterministic=True))

    def versions(self) -> dict[str, str]:
        """XGBoost's version."""
        return {"xgboost": xgboost.__version__}

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
        """Boosted trees, trained on `data` and stopped by `validation`.

        Args:
            fitted: The preprocessing and the target.
            data: The training rows, raw. Their features are held in memory.
            validation: Rows that `fitted` hasn't seen.
            seed: Fixes everything random.
            progress: Told after every round.
            options: `rounds` (at most so many, 1000), `patience` (stop after so many without
                gain, 50), `learning_rate` (0.1), `max_depth` (6), `subsample` (1.0).

        Returns:
            A `Booster` of the best round, and the scores by name, one a round: `loss` and
            `val_loss` (mean squared error of the transformed target, or log loss).

        Raises:
            SpecError: If there is no such option.
            ModelError: If there is no target, or one class only.
        """
        from samescale.models.xgboost.training import train

        return train(fitted, data, validation, seed=seed, progress=progress, **options)


KIND: Final = XgboostKind()


def _objective(name: str) -> str:
    """The objective as it's stored."""
    return "multi:softprob" if name == "multi:softmax" else name
