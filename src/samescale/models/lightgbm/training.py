"""The trees that `samescale fit --model lightgbm` trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import lightgbm

from samescale.models._boosted import table, training_table
from samescale.models._options import check_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.fitted import Fitted
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source

OPTIONS: Final[Mapping[str, float]] = {
    "rounds": 1000,
    "patience": 50,
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 20,
}
"""What `train` takes of a person's own, and what it takes else."""
_NAMES: Final = {"seen": "loss", "unseen": "val_loss"}


def train(
    fitted: Fitted,
    data: Source,
    validation: Source,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> tuple[lightgbm.Booster, History]:
    """See `LightgbmKind.train`."""
    check_options(options, OPTIONS, "The training of 'lightgbm'")
    own = {**OPTIONS, **options}
    rounds, patience = int(own.pop("rounds")), int(own.pop("patience"))
    settings = {**_task(fitted), **own, "seed": seed, **_SAME}
    seen = lightgbm.Dataset(*training_table(fitted, data), params=settings)
    matrix, labels = table(fitted, validation)
    watched = [(seen, "seen")]
    if len(labels):
        watched.append((lightgbm.Dataset(matrix, labels, reference=seen), "unseen"))
    history: History = {}
    told = [_told(history, progress, rounds)]
    stops = [lightgbm.early_stopping(patience, verbose=False)] if len(labels) else []
    found = lightgbm.train(
        settings,
        seen,
        rounds,
        valid_sets=[part for part, _ in watched],
        valid_names=[name for _, name in watched],
        callbacks=[*told, *stops],
    )
    return found, history


# The same bits whatever order threads finish in, and no word on the terminal.
_SAME: Final = {"deterministic": True, "force_row_wise": True, "verbosity": -1}


def _task(fitted: Fitted) -> dict[str, Any]:
    if fitted.classes is None:
        return {"objective": "regression", "metric": "l2"}
    if len(fitted.classes) == 2:  # noqa: PLR2004 - one chance says the other
        return {"objective": "binary", "metric": "binary_logloss"}
    return {"objective": "multiclass", "num_class": len(fitted.classes), "metric": "multi_logloss"}


def _told(history: History, progress: Progress | None, rounds: int) -> Callable[[Any], None]:
    """Keeps the scores of each round, and tells a progress of them."""

    def told(state: Any) -> None:
        for part, _, score, *_ in state.evaluation_result_list:
            history.setdefault(_NAMES[part], []).append(float(score))
        if progress is not None:
            scores = {name: values[-1] for name, values in history.items()}
            progress(state.iteration + 1, rounds, scores)

    return told
