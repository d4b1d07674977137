"""A fitted value that was adapted elsewhere, in place of a spec to adapt here."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from samescale import sources
from samescale.door import tables
from samescale.errors import DataError, SpecError
from samescale.schema import Schema
from samescale.train.told import work
from samescale.train.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.progress import Progress
    from samescale.sources.base import Chunk, Source
    from samescale.spec import Spec
    from samescale.train.parts import Part


def spec(declared: Spec | None, fitted: Fitted | None) -> Spec | None:
    """The spec that counts: the declared one, or that of the fitted value.

    Raises:
        SpecError: If both are given, or the fitted value has no target.
    """
    if fitted is None:
        return declared
    if declared is not None:
        raise SpecError(
            "Both a spec and a fitted value are given.",
            remedy="Leave one of them out: a fitted value has its spec.",
        )
    if fitted.target is None:
        raise SpecError(
            "The fitted value has no target, so there is nothing to learn.",
            remedy="Adapt a spec that declares one: ss.Spec(…, target=ss.Target(…)).",
        )
    return fitted.spec


def check_targets(found: Spec | Fitted | None) -> None:
    """See that there is one target at most: the models that are trained here give one answer.

    Raises:
        SpecError: If there are several; says how a model of several is made.
    """
    if found is not None and len(found.targets) > 1:
        names = [target.name for target in found.targets]
        raise SpecError(
            f"There are {len(names)} targets, {', '.join(map(repr, names))}, and ss.fit trains a "
            "model of one.",
            remedy="Train your own with an output for each on fitted.to_keras(network) or "
            "fitted.matrix(table) and fitted.labels(table), and bundle it: ss.Bundle(fitted, model)"
            "; or fit one target after the other.",
            value=names,
        )


def opened(table: object, fitted: Fitted | None, options: Mapping[str, Any]) -> Source:
    """The table; its text is read as what the contract of the fitted value says, if there is one.

    Raises:
        SourceError: If it can't be read.
        SpecError: If a column of the contract isn't in it.
    """
    if fitted is None:
        return sources.open(table, **options)
    target = () if fitted.target is None else (fitted.target.column,)
    source = tables.opened(Schema((*fitted.schema.columns, *target)), table, **options)
    there = [column.name for column in source.columns]
    for name in fitted.schema.names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1)
            raise SpecError(
                f"Column '{name}' of the fitted value isn't in {source.description}.",
                remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(there)}.",
                column=name,
            )
    return source


def check(fitted: Fitted, training: Part, progress: Progress) -> None:
    """See that the fitted value takes every row that is to be learned from.

    Args:
        fitted: What was adapted elsewhere.
        training: The rows.
        progress: Who is told of rows.

    Raises:
        DataError: Naming the first row that breaks the contract, or is of an unknown class; or if
            all are of one class.
    """
    met: set[Any] = set()
    with work(progress, "check", training.rows):
        for chunk in training.chunks((*fitted.schema.names, training.target)):
            labels = _labels(fitted, chunk, training)
            met |= set() if fitted.classes is None else {*labels.tolist()}
            progress.step(chunk.rows)
    if fitted.classes is not None and len(met) == 1:
        only = fitted.classes[met.pop()]
        raise DataError(
            f"Each of the {training.rows} rows to learn from is of class {only!r}.",
            remedy=f"Give rows of the others too: {', '.join(map(repr, fitted.classes))}.",
            column=training.target,
            value=only,
        )


def _labels(fitted: Fitted, chunk: Chunk, training: Part) -> Array:
    try:
        fitted.admit(chunk)
        return fitted.labels(chunk)
    except DataError as error:
        rows = [one.row for one in getattr(error, "findings", ())] or [error.details.get("row")]
        row = next((row for row in rows if isinstance(row, int)), None)
        if row is not None:
            error.add_note(f"That is row {training.original(row)} of {training.table.description}.")
        raise


def caveat(fitted: Fitted | None) -> str:
    """What a reader of the score should know of the statistics behind it, if they were given."""
    if fitted is None:
        return ""
    told = fitted.provenance  # of a file from elsewhere, which need not say it
    rows = f" ({counted(told['rows'], 'row')})" if "rows" in told else ""
    source = told.get("source", "other data")
    return (
        f"learned before the split, from {source}{rows}: validation rows may have been among them"
    )
