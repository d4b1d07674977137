"""The whole way in one call: a raw table in, a scored bundle out."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from samescale import models
from samescale.bundle import Bundle
from samescale.bundle.served import answering
from samescale.bundle.write import check_place
from samescale.errors import DataError, SpecError
from samescale.predictor import Predictor
from samescale.progress import default
from samescale.spec import Spec
from samescale.train import given
from samescale.train.admitted import Admitted
from samescale.train.course import Course
from samescale.train.parts import Part, parts
from samescale.train.result import FitResult as FitResult
from samescale.train.result import provenance, split_text
from samescale.train.score import score
from samescale.train.settings import check as check_settings
from samescale.train.settings import settings
from samescale.train.told import training as telling

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.models.base import ModelKind
    from samescale.progress import Progress
    from samescale.sources.base import Source

# Model -> its kind, what the kind's `train` takes for it, and the share of the training rows that
# are kept from it to know when to stop. scikit-learn's estimators keep such rows aside themselves.
MODELS: Final[Mapping[str, tuple[str, Mapping[str, Any], float]]] = {
    "keras": ("keras", {}, 0.1),
    "torch": ("torch", {}, 0.1),
    "boosting": ("sklearn", {"estimator": "boosting"}, 0.0),
    "linear": ("sklearn", {"estimator": "linear"}, 0.0),
    "mlp": ("sklearn", {"estimator": "mlp"}, 0.0),
    "xgboost": ("xgboost", {}, 0.1),
    "lightgbm": ("lightgbm", {}, 0.1),
    "catboost": ("catboost", {}, 0.1),
}


def fit(  # noqa: PLR0913 - the whole way has its settings in one place, each by keyword
    table: object,
    target: str | None = None,
    *,
    spec: Spec | None = None,
    fitted: Fitted | None = None,
    model: str = "keras",
    validation: float = 0.2,
    seed: int = 0,
    progress: Progress | None = None,
    out: str | os.PathLike[str] | None = None,
    training: Mapping[str, Any] | None = None,
    **options: Any,
) -> FitResult:
    """Split, infer a spec, adapt, train, score and bundle.

    Rows are split off before anything is learned: neither the spec, nor a statistic, nor a weight
    has seen the rows of the score. Where a row goes depends on its number and the seed alone, so
    classes aren't stratified. Rows without a target are left out.

    A `fitted` that was adapted elsewhere, on a cluster say, is taken as it is: nothing is inferred
    or adapted here. Its statistics may then have seen rows of the score; the result says so.

    Args:
        table: Any table: a path, a frame, arrays by name, an iterable of batches.
        target: The column to predict; that of the spec if left out.
        spec: What becomes of each column; inferred from the training rows if left out.
        fitted: The preprocessing, already learned, in place of a spec; it has a target.
        model: `"keras"` or `"torch"` (a small network), `"boosting"`, `"linear"` or `"mlp"`
            (scikit-learn's), `"xgboost"`, `"lightgbm"` or `"catboost"`.
        validation: The share of rows that are kept aside, between 0 and 1.
        seed: Fixes everything random: the same table, seed and machine, the same model.
        progress: Who is told how far it is; a bar on a terminal if left out.
        out: Where to save the bundle, if it is to be saved.
        training: What the model's training takes, as `{"epochs": 20}`.
        options: What the source takes, as `dtypes={"code": "string"}` for a CSV file.

    Returns:
        The bundle, a predictor, the score in the target's own units, and the whole as text.

    Raises:
        SourceError: If the table can't be read.
        SpecError: If the target or a column of the spec isn't there, no such model is, the model
            doesn't take a setting of `training`, both a spec and a fitted value are given, or
            there are several targets, for which you train a model of your own.
        DataError: If a value can't be taken, or too few rows are there; names column and row. With
            `fitted`, a row to learn from that breaks its contract is one.
        BundleError: If there is no folder to save the bundle in.
        MissingExtraError: If the model's framework isn't installed.

    Examples:
        >>> import samescale as ss
        >>> metres = [float(x) for x in range(100)]
        >>> result = ss.fit(
        ...     {"metres": metres, "feet": [x / 0.3048 for x in metres]},
        ...     "feet",
        ...     spec=ss.Spec({"metres": ss.Normalization()}),
        ...     model="linear",
        ... )
        >>> result.score.rows, round(result.score["R²"], 2)
        (20, 1.0)
    """
    told = progress or default()
    check_place(out)
    kind, own, stopping = _model(model, training or {})
    given.check_targets(spec or fitted)
    spec, caveat = given.spec(spec, fitted), given.caveat(fitted)
    source = given.opened(table, fitted, options)
    name = _target(source, target, spec)
    split = parts(source, name, told, seed=seed, validation=validation, stopping=stopping)
    fitted, decisions = _preprocessing(split.training, spec, fitted, told)
    steps: list[int] = []
    with telling(told, steps) as epochs:
        trained, history = kind.train(
            fitted,
            split.training,
            Admitted(split.stopping if split.stopping.count else split.validation, fitted),
            seed=seed,
            progress=epochs,
            **{**own, **(training or {})},
        )
    # As a bundle will be answered, so that what is scored is what will be served.
    predictor = Predictor(fitted, answering(kind, trained, fitted))
    scored = score(predictor, split.training, split.validation, told)
    unit = "epoch" if "epochs" in settings(model) else "round"
    course = Course.of(history, max(steps, default=0), unit)
    made = provenance(split, validation, seed, scored, caveat) | (
        {"training": course.to_json()} if course else {}
    )
    bundle = Bundle(fitted, trained, provenance={**made, "model": model})
    if out is not None:
        bundle.save(out)
    said = split_text(split, validation, seed, caveat)
    return FitResult(bundle, predictor, scored, history, decisions, said, course, caveat)


def _model(name: str, training: Mapping[str, Any]) -> tuple[ModelKind, Mapping[str, Any], float]:
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1)
        raise SpecError(
            f"There is no model '{name}'.",
            remedy=f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(MODELS)}.",
            value=name,
        )
    check_settings(name, training, MODELS)
    kind, own, stopping = MODELS[name]
    return models.load(kind), own, stopping


def _target(source: Source, name: str | None, spec: Spec | None) -> str:
    declared = spec.target.name if spec and spec.target else None
    if name is None and declared is None:
        raise SpecError("Nothing says what to predict.", remedy="Give target='…', a column's name.")
    if name and declared and name != declared:
        raise SpecError(
            f"The target is '{name}', and the spec's is '{declared}'.",
            remedy="Leave one of them out.",
            column=name,
        )
    found, there = name or declared or "", [column.name for column in source.columns]
    if found not in there:
        near = difflib.get_close_matches(found, there, n=1)
        raise SpecError(
            f"Column '{found}', the target, isn't in {source.description}.",
            remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(there)}.",
            column=found,
        )
    return found


def _preprocessing(
    training: Part, spec: Spec | None, fitted: Fitted | None, progress: Progress
) -> tuple[Fitted, str]:
    """What is learned from the training rows, or what was given; and why the spec is that one."""
    if fitted is not None:
        given.check(fitted, training, progress)
        return fitted, ""
    decided, decisions = _spec(training, training.target, spec)
    return _adapt(decided, training, progress), decisions


def _spec(training: Part, target: str, spec: Spec | None) -> tuple[Spec, str]:
    """The spec to adapt, and why it is that one. A spec without a target gets an inferred one."""
    if spec is not None and spec.target is not None:
        return spec, ""
    from samescale.draft import infer

    drafted = infer(training, target=target)
    if spec is None:
        return drafted.spec, drafted.text()
    return Spec(spec.columns, drafted.spec.target), ""


def _adapt(spec: Spec, training: Part, progress: Progress) -> Fitted:
    try:
        return spec.adapt(training, progress=progress)
    except DataError as error:
        row = error.details.get("row")
        if isinstance(row, int):
            error.add_note(f"That is row {training.original(row)} of {training.table.description}.")
        raise
