"""A batch job: a table of any length through a predictor into a file, chunk by chunk."""

from __future__ import annotations

import dataclasses as dc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from samescale import sinks
from samescale.batch import work
from samescale.batch.places import refuse_same as refuse_same
from samescale.batch.unfinished import Unfinished
from samescale.batch.written import Written as Written
from samescale.batch.written import joined as joined
from samescale.batch.written import summed_up as summed_up
from samescale.batch.written import unused as unused
from samescale.door.tables import opened
from samescale.errors import ModelError, SourceError, SpecError
from samescale.progress import NoProgress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.findings import Finding
    from samescale.ir.types import Answers, Array
    from samescale.predictor import Answer, Predictor
    from samescale.progress import Progress
    from samescale.sources.base import Source

Noted: TypeAlias = "list[tuple[int, tuple[Finding, ...]]]"


def predict_file(
    predictor: Predictor,
    source: object,
    path: str | os.PathLike[str],
    *,
    probabilities: bool = False,
    progress: Progress | None = None,
    threads: int | None = None,
    resume: bool = False,
) -> Written:
    """See `Predictor.predict_file`."""
    target, told = Path(path), progress or NoProgress()
    _refuse_numbers(predictor, probabilities=probabilities)
    refuse_same(target, source)
    sinks.check(target)
    table = opened(predictor.schema, source)
    job = _Job(predictor, table, probabilities, _threads(threads), told)
    told.start("predict", table.rows)
    try:
        noted = _by_parts(job, target) if resume else _at_once(job, target)
    finally:
        told.stop()
    rows = sum(count for count, _ in noted)
    found = summed_up(joined(noted, rows))
    return Written(target, rows, (*unused(predictor.schema, table), *found))


@final
@dc.dataclass(frozen=True, slots=True)
class _Job:
    predictor: Predictor
    table: Source
    probabilities: bool
    threads: int
    told: Progress

    def chunks(self, done: int = 0) -> Iterator[tuple[dict[str, Array], tuple[Finding, ...]]]:
        """The columns to be written and the findings of each chunk, from row `done` on."""
        for answer in work.answers(self.predictor, self.table, threads=self.threads, done=done):
            yield (
                _columns(self.predictor, answer, probabilities=self.probabilities),
                answer.findings,
            )
            self.told.step(_rows(answer.predictions))


def _at_once(job: _Job, target: Path) -> Noted:
    noted: Noted = []
    with sinks.create(target) as sink:
        for columns, findings in job.chunks():
            sink.write(columns)
            noted.append((_rows(columns), findings))
    return noted


def _by_parts(job: _Job, target: Path) -> Noted:
    with Unfinished.of(target, _identity(job)) as unfinished:
        job.told.step(unfinished.rows)
        unfinished.take(job.chunks(unfinished.rows))
        sinks.join(unfinished.files, target)
        unfinished.remove()  # while it is held: nobody may have begun in it anew
    return unfinished.noted


def _identity(job: _Job) -> dict[str, object]:
    """What must be the same for a job to be gone on with."""
    predictor, table = job.predictor, job.table
    manifest = predictor.manifest
    return {
        "preprocessing": predictor.digest,
        "model": None if manifest is None else {k: dict(v) for k, v in manifest.members.items()},
        # Two runtimes differ in the last bits.
        "runtime": None if manifest is None else predictor.runtime.label,
        "policies": dict(predictor.guard.policies),
        "source": table.description,
        "version": repr(_version(table)),
        "rows": table.rows,
        "probabilities": job.probabilities,
    }


def _version(table: Source) -> object:
    """What tells a table from another of the same name."""
    version = table.version
    if version is None or (isinstance(version, tuple) and None in version):
        raise SourceError(
            f"Nothing tells whether {table.description} will hold the same rows another time, so "
            "a job that reads it can't be gone on with.",
            remedy="Leave resume out, or give the name of a file on this machine.",
        )
    return version


def _threads(given: int | None) -> int:
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if type(given) is not int or given < 1:
        raise SpecError(
            f"threads is {given!r}.", remedy="Give a whole number from 1 on.", value=given
        )
    return given


def _refuse_numbers(predictor: Predictor, *, probabilities: bool) -> None:
    if probabilities and predictor.classes is None:
        raise ModelError(
            "The target is a number, which has no classes to give probabilities for.",
            remedy="Leave the probabilities out.",
        )


def _columns(predictor: Predictor, answer: Answer, *, probabilities: bool) -> dict[str, Array]:
    if not isinstance(answer.predictions, dict):
        given = answer.probabilities if probabilities else None
        return _of_target("", answer.predictions, given, predictor.classes)
    columns: dict[str, Array] = {}
    known = predictor.classes or {}
    chances: dict[str, Array] = {}
    if probabilities and isinstance(answer.probabilities, dict):
        chances = answer.probabilities
    for name, found in answer.predictions.items():
        own = _of_target(f"_{name}", found, chances.get(name), known.get(name))
        _check_clash({*columns} & {*own})
        columns |= own
    return columns


def _of_target(end: str, predictions: Array, given: Array | None, classes: Any) -> dict[str, Array]:
    """The columns of one target, which are called `prediction` and `probability`, and `end`."""
    columns = {f"prediction{end}": predictions}
    for name, column in zip(classes, given.T, strict=True) if given is not None else ():
        word = str(name).lower() if isinstance(name, bool) else name
        columns[f"probability{end}_{word}"] = np.ascontiguousarray(column)
    return columns


def _check_clash(names: set[str]) -> None:
    if names:
        raise ModelError(
            f"Two targets have a class whose column is called '{min(names)}'.",
            remedy="Leave the probabilities out.",
            value=min(names),
        )


def _rows(predictions: Answers) -> int:
    one = next(iter(predictions.values())) if isinstance(predictions, dict) else predictions
    return len(one)
