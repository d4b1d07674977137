"""LightGBM's boosted trees as the model half of a bundle, without pickle."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import lightgbm
import numpy as np

from samescale.errors import ModelError
from samescale.models import _boosted
from samescale.models._boosted import fault, in_order
from samescale.models.base import ModelKind, Runtime
from samescale.models.lightgbm import form, stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source
    from samescale.statistics.base import Json

MEMBER: Final = "model/booster.txt"


@final
class LightgbmRuntime(Runtime):
    """LightGBM's trees behind their preprocessing, on one thread.

    Args:
        booster: The trees.
        fitted: The preprocessing.
        classes: The code of each column of its probabilities.
    """

    def __init__(self, booster: lightgbm.Booster, fitted: Fitted, classes: Sequence[int]) -> None:
        self._booster = booster
        self._fitted = fitted
        self._classes = tuple(classes)

    def predict(self, columns: Mapping[str, Array]) -> Array:
        """The trees' answers: float64, `[rows]`, `[rows, k]` or `[rows, classes]`."""
        matrix = np.ascontiguousarray(self._fitted.matrix_of(columns))
        found = np.asarray(self._booster.predict(matrix, num_threads=1), np.float64)
        if self._fitted.classes is None:
            return found
        return in_order(found, self._classes, len(self._fitted.classes))


@final
class LightgbmKind(ModelKind):
    """LightGBM: `LGBMClassifier`, `LGBMRegressor`, or a `Booster`."""

    name: ClassVar[str] = "lightgbm"
    extra: ClassVar[str] = "lightgbm"
    rtol: ClassVar[float] = 1e-9

    def accepts(self, model: object) -> bool:
        """Whether `model` is LightGBM's."""
        return isinstance(model, lightgbm.Booster | lightgbm.LGBMModel)

    def check(self, model: Any, fitted: Fitted) -> None:
        """See that the trees were trained on the matrix of `fitted`, for its target.

        Raises:
            ModelError: If it isn't trained, is of another width or of other feature names, or
                predicts another kind of target.
        """
        found = form.of(model)
        _boosted.check(found, fitted)
        told = isinstance(model, lightgbm.LGBMModel)  # which classes it met
        if fitted.classes is not None and not told and len(found.classes) != len(fitted.classes):
            raise ModelError(
                f"{found.name} was trained on {len(found.classes)} classes, and the target has "
                f"{len(fitted.classes)}.",
                remedy="Train it on fitted.labels(table), with rows of every class.",
                value=len(found.classes),
            )

    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """The objective, the task and the class codes in the order of its probabilities."""
        found = form.of(model)
        task = "regression" if fitted.classes is None else "classification"
        return {"objective": found.objective, "task": task, "classes": [*found.classes]}

    def save(self, model: Any) -> dict[str, bytes]:
        """One text model of LightGBM's, in one form: the same trees, the same bytes.

        After an early stop it holds the trees that `predict` uses.

        Raises:
            ModelError: If its leaves are linear models.
        """
        return {MEMBER: form.read(model).text}

    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> LightgbmRuntime:
        """The runtime of stored trees.

        Raises:
            ModelError: If the file isn't sound, or doesn't fit `fitted`.
        """
        booster, found = self.restore(members), form.form(_read(members), "Booster")
        classes = config.get("classes")
        task = "regression" if fitted.classes is None else "classification"
        told = {"objective": found.objective, "task": task, "classes": classes}
        if config != told or not isinstance(classes, list) or len(classes) != len(found.classes):
            raise ModelError(f"The model isn't the '{config.get('objective')}' of the manifest.")
        _boosted.check(dc.replace(found, classes=tuple(classes)), fitted)
        return LightgbmRuntime(booster, fitted, [int(str(code)) for code in classes])

    def restore(self, members: Mapping[str, bytes]) -> Any:
        """The trees as a `Booster`.

        Raises:
            ModelError: As `load`.
        """
        data = _read(members).text
        if data != members[MEMBER]:
            raise fault("LightGBM file", "it isn't in the form that samescale writes")
        try:
            return lightgbm.Booster(model_str=data.decode("utf-8"))
        except lightgbm.basic.LightGBMError as error:
            raise fault("LightGBM file", str(error)) from error

    def read(self, content: bytes) -> Any:
        """The trees of a text file, as LightGBM's `save_model` writes them.

        Raises:
            ModelError: If it isn't one, or isn't sound.
        """
        return self.restore({MEMBER: stored.read(content).text})

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The trees as an ONNX graph that adds them in float64.

        Raises:
            UnsupportedError: If it splits by categories, or its objective can't be written.
            MissingExtraError: If `onnx` isn't installed.
        """
        from samescale import convert

        count = None if fitted.classes is None else len(fitted.classes)
        made = convert.load("lightgbm").to_onnx(form.read(model), form.of(model).classes, count)
        return bytes(made.SerializeToString(deterministic=True))

    def versions(self) -> dict[str, str]:
        """LightGBM's version."""
        return {"lightgbm": lightgbm.__version__}

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
                gain, 50), `learning_rate` (0.1), `num_leaves` (31), `min_data_in_leaf` (20).

        Returns:
            A `Booster` of the best round, and the scores by name, one a round: `loss` and
            `val_loss` (mean squared error of the transformed target, or log loss).

        Raises:
            SpecError: If there is no such option.
            ModelError: If there is no target, or one class only.
        """
        from samescale.models.lightgbm.training import train

        return train(fitted, data, validation, seed=seed, progress=progress, **options)


KIND: Final = LightgbmKind()


def _read(members: Mapping[str, bytes]) -> stored.Stored:
    if set(members) != {MEMBER}:
        raise ModelError(f"The model's members are {sorted(members)}, not '{MEMBER}'.")
    return stored.read(members[MEMBER])
