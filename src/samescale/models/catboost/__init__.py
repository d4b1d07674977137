"""CatBoost's symmetric trees as the model half of a bundle, without pickle."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import catboost
import numpy as np

from samescale.errors import ModelError
from samescale.models import _boosted
from samescale.models._boosted import fault, in_order
from samescale.models.base import ModelKind, Runtime
from samescale.models.catboost import form, links, stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.base import History, Progress
    from samescale.models.catboost.stored import Stored
    from samescale.sources.base import Source
    from samescale.statistics.base import Json

MEMBER: Final = "model/trees.json"


@final
class CatboostRuntime(Runtime):
    """CatBoost's trees behind their preprocessing, on one thread.

    Args:
        model: The trees.
        told: What they were trained for.
        fitted: The preprocessing.
    """

    def __init__(self, model: catboost.CatBoost, told: Stored, fitted: Fitted) -> None:
        self._model = model
        self._told = told
        self._fitted = fitted

    def predict(self, columns: Mapping[str, Array]) -> Array:
        """The trees' answers: float64, `[rows]`, `[rows, k]` or `[rows, classes]`."""
        matrix = np.ascontiguousarray(self._fitted.matrix_of(columns))
        raw = self._model.predict(matrix, prediction_type="RawFormulaVal", thread_count=1)
        found = links.answers(np.asarray(raw, np.float64), self._told.loss)
        if self._fitted.classes is None:
            return found
        return in_order(found, self._told.classes, len(self._fitted.classes))


@final
class CatboostKind(ModelKind):
    """CatBoost: `CatBoostClassifier`, `CatBoostRegressor` or `CatBoost`, of symmetric trees."""

    name: ClassVar[str] = "catboost"
    extra: ClassVar[str] = "catboost"
    rtol: ClassVar[float] = 1e-9

    def accepts(self, model: object) -> bool:
        """Whether `model` is CatBoost's."""
        return isinstance(model, catboost.CatBoost)

    def check(self, model: Any, fitted: Fitted) -> None:
        """See that the trees were trained on the matrix of `fitted`, for its target.

        Raises:
            ModelError: If it isn't trained, takes more than numbers, has trees of another shape,
                is of another width or of other feature names, or predicts another kind of target.
        """
        _boosted.check(form.of(model), fitted)

    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """The loss and the task, for readers of the manifest."""
        return _config(form.read(model), fitted)

    def save(self, model: Any) -> dict[str, bytes]:
        """One JSON file: borders, splits and leaves. The same trees, the same bytes.

        Raises:
            ModelError: As `check`.
        """
        return {MEMBER: form.read(model).data}

    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> CatboostRuntime:
        """The runtime of stored trees.

        Raises:
            ModelError: If the file isn't sound, or doesn't fit `fitted`.
        """
        told = _read(members)
        if config != _config(told, fitted):
            raise ModelError(f"The model isn't the '{config.get('loss')}' of the manifest.")
        _boosted.check(form.form(told, "CatBoost"), fitted)
        return CatboostRuntime(_built(told), told, fitted)

    def restore(self, members: Mapping[str, bytes]) -> Any:
        """The trees as a `CatBoost`, whose own `predict` gives raw scores.

        Raises:
            ModelError: As `load`.
        """
        return _built(_read(members))

    def read(self, content: bytes) -> Any:
        """The trees of a JSON file, as `save_model(path, format="json")` writes them.

        CatBoost writes leaves there with fewer digits than they have, so answers differ from
        those of the model that was saved, by some 1e-9 of a leaf. Its binary `.cbm` isn't read.

        Raises:
            ModelError: If it isn't such a file, isn't sound, or asks for more than numbers.
        """
        if content.startswith(b"CBM1"):
            raise ModelError(
                "CatBoost's binary format isn't read: its loader follows whatever it says.",
                remedy="Save it as JSON, model.save_model(path, format='json'); or load it in "
                "Python and bundle it, which keeps the last digits.",
            )
        return _built(stored.read(form.received(content).data))

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The trees as an ONNX graph that adds them in float64.

        Raises:
            MissingExtraError: If `onnx` isn't installed.
        """
        from samescale import convert

        count = None if fitted.classes is None else len(fitted.classes)
        made = convert.load("catboost").to_onnx(form.read(model), count)
        return bytes(made.SerializeToString(deterministic=True))

    def versions(self) -> dict[str, str]:
        """CatBoost's version."""
        return {"catboost": catboost.__version__}

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
                gain, 50), `learning_rate` (0.1), `depth` (6).

        Returns:
            A `CatBoost…` of the best round, and the scores by name, one a round: `loss` and
            `val_loss` (mean squared error of the transformed target, or log loss).

        Raises:
            SpecError: If there is no such option.
            ModelError: If there is no target, or one class only.
        """
        from samescale.models.catboost.training import train

        return train(fitted, data, validation, seed=seed, progress=progress, **options)


KIND: Final = CatboostKind()


def _config(told: Stored, fitted: Fitted) -> dict[str, Json]:
    task = "regression" if fitted.classes is None else "classification"
    return {"loss": told.loss, "task": task}


def _read(members: Mapping[str, bytes]) -> Stored:
    if set(members) != {MEMBER}:
        raise ModelError(f"The model's members are {sorted(members)}, not '{MEMBER}'.")
    told = stored.read(members[MEMBER])
    if told.data != members[MEMBER]:
        raise fault("CatBoost file", "it isn't in the form that samescale writes")
    return told


def _built(told: Stored) -> catboost.CatBoost:
    model = catboost.CatBoost()
    try:
        with tempfile.TemporaryDirectory() as folder:  # CatBoost reads JSON from files only
            path = Path(folder) / "model.json"
            path.write_bytes(told.catboost())
            model.load_model(str(path), format="json")
        model.set_leaf_values(told.leaves)
        bias = told.bias[0] if len(told.bias) == 1 else list(told.bias)
        model.set_scale_and_bias(told.scale, bias)
    except catboost.CatBoostError as error:
        raise fault("CatBoost file", str(error)) from error
    model.samescale_ = told  # CatBoost forgets what it was trained for
    return model
