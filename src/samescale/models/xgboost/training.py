"""The trees that `samescale fit --model xgboost` trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

import xgboost

from samescale.models._boosted import table, training_table
from samescale.models._options import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.fitted import Fitted
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source

OPTIONS: Final[Mapping[str, float]] = {
    "rounds": 1000,
    "patience": 50,
    "learning_rate": 0.1,
    "max_depth": 6,
    "subsample": 1.0,
}
"""What `train` takes of a person's own, and what it takes else."""


def train(
    fitted: Fitted,
    data: Source,
    validation: Source,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> tuple[xgboost.Booster, History]:
    """See `XgboostKind.train`."""
    check_options(options, OPTIONS, "The training of 'xgboost'")
    own = {**OPTIONS, **options}
    rounds, patience = int(own.pop("rounds")), int(own.pop("patience"))
    seen = xgboost.DMatrix(*training_table(fitted, data))
    matrix, labels = table(fitted, validation)
    watched = {"seen": seen}
    if len(labels):
        watched["unseen"] = xgboost.DMatrix(matrix, labels)
    told = _Told(progress, rounds)
    found = xgboost.train(
        {**_task(fitted), **own, "seed": seed},
        seen,
        rounds,
        evals=[(part, name) for name, part in watched.items()],
        early_stopping_rounds=patience if len(labels) else None,
        verbose_eval=False,
        callbacks=[told],
    )
    best = found.attr("best_iteration")
    return found if best is None else found[: int(best) + 1], told.history


def _task(fitted: Fitted) -> dict[str, Any]:
    if fitted.classes is None:
        return {"objective": "reg:squarederror", "eval_metric": "rmse"}
    if len(fitted.classes) == 2:  # noqa: PLR2004 - one chance says the other
        return {"objective": "binary:logistic", "eval_metric": "logloss"}
    classes = len(fitted.classes)
    return {"objective": "multi:softprob", "num_class": classes, "eval_metric": "mlogloss"}


@final
class _Told(xgboost.callback.TrainingCallback):  # type: ignore[misc]  # XGBoost has no annotations
    """Keeps the scores of each round, and tells a progress of them."""

    def __init__(self, progress: Progress | None, rounds: int) -> None:
        super().__init__()
        self.history: History = {}
        self._progress = progress
        self._rounds = rounds

    def after_iteration(
        self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Sequence[float]]]
    ) -> bool:
        """Tell how far it is, and the scores. Never ends the training."""
        del model
        for part, name in (("seen", "loss"), ("unseen", "val_loss")):
            for metric, scores in evals_log.get(part, {}).items():
                score = float(scores[-1])
                self.history.setdefault(name, []).append(score**2 if metric == "rmse" else score)
        if self._progress is not None:
            last = {name: values[-1] for name, values in self.history.items()}
            self._progress(epoch + 1, self._rounds, last)
        return False
