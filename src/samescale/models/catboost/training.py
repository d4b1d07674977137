"""The trees that `samescale fit --model catboost` trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

import catboost

from samescale.models._boosted import table, training_table
from samescale.models._options import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source

OPTIONS: Final[Mapping[str, float]] = {
    "rounds": 1000,
    "patience": 50,
    "learning_rate": 0.1,
    "depth": 6,
}
"""What `train` takes of a person's own, and what it takes else."""
_NAMES: Final = {"learn": "loss", "validation": "val_loss"}


def train(
    fitted: Fitted,
    data: Source,
    validation: Source,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> tuple[catboost.CatBoost, History]:
    """See `CatboostKind.train`."""
    check_options(options, OPTIONS, "The training of 'catboost'")
    own = {**OPTIONS, **options}
    rounds, patience = int(own.pop("rounds")), int(own.pop("patience"))
    model = _model(fitted)(
        iterations=rounds,
        random_seed=seed,
        allow_writing_files=False,
        verbose=False,
        **_loss(fitted),
        **own,
    )
    seen = catboost.Pool(*training_table(fitted, data))
    matrix, labels = table(fitted, validation)
    given: dict[str, Any] = {}
    if len(labels):
        given = {
            "eval_set": catboost.Pool(matrix, labels),
            "early_stopping_rounds": patience,
            "use_best_model": True,
        }
    model.fit(seen, callbacks=[_Told(progress, rounds)], **given)
    return model, _history(model.get_evals_result())


def _history(results: Mapping[str, Mapping[str, list[float]]]) -> History:
    """CatBoost's scores by name; roots of mean squares are squared."""
    return {
        _NAMES[part]: [score**2 if metric == "RMSE" else score for score in scores]
        for part, found in results.items()
        for metric, scores in found.items()
    }


def _model(fitted: Fitted) -> type[Any]:
    found: type[Any] = (
        catboost.CatBoostRegressor if fitted.classes is None else catboost.CatBoostClassifier
    )
    return found


def _loss(fitted: Fitted) -> dict[str, str]:
    if fitted.classes is None:
        return {"loss_function": "RMSE"}
    return {"loss_function": "Logloss" if len(fitted.classes) == 2 else "MultiClass"}  # noqa: PLR2004


@final
class _Told:
    """Tells a progress after every round, as CatBoost asks its callbacks."""

    def __init__(self, progress: Progress | None, rounds: int) -> None:
        self._progress = progress
        self._rounds = rounds

    def after_iteration(self, info: Any) -> bool:
        """Tell how far it is, and the scores. Never ends the training."""
        if self._progress is not None:
            found = {
                part: {m: x[-1:] for m, x in told.items()} for part, told in info.metrics.items()
            }
            scores = {name: values[-1] for name, values in _history(found).items() if values}
            self._progress(info.iteration, self._rounds, scores)
        return True
