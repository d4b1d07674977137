"""A batch job: a table of any length through a predictor into a file, chunk by chunk."""

from __future__ import annotations

import dataclasses as dc
import glob
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale import sinks
from samescale.door import of
from samescale.door.tables import opened
from samescale.errors import GuardError, ModelError, SourceError
from samescale.findings import Finding
from samescale.progress import NoProgress

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from samescale.door import Admitted
    from samescale.ir.types import Array
    from samescale.predictor import Answer, Predictor
    from samescale.progress import Progress
    from samescale.schema import Schema
    from samescale.sources.base import Source

_NAMED: Final = 8


@final
@dc.dataclass(frozen=True, slots=True)
class Written:
    """What a batch job did.

    Attributes:
        path: The file that was written.
        rows: How many rows it has.
        findings: What was noted, once a column and mistake, of the first chunk concerned, or of
            the first one where it weighs a `warning`: `row` is an index in the source, `share`
            that of all rows. Columns that aren't in the contract are in one note, SG102.
    """

    path: Path
    rows: int
    findings: tuple[Finding, ...]


def predict_file(
    predictor: Predictor,
    source: object,
    path: str | os.PathLike[str],
    *,
    probabilities: bool = False,
    progress: Progress | None = None,
) -> Written:
    """See `Predictor.predict_file`."""
    target, told = Path(path), progress or NoProgress()
    _refuse_numbers(predictor, probabilities=probabilities)
    refuse_same(target, source)
    table = opened(predictor.schema, source)
    noted: list[tuple[int, tuple[Finding, ...]]] = []
    told.start("predict", table.rows)
    try:
        with sinks.create(target) as sink:
            for answer in _answers(predictor, table):
                sink.write(_columns(predictor, answer, probabilities=probabilities))
                noted.append((len(answer.predictions), answer.findings))
                told.step(len(answer.predictions))
    finally:
        told.stop()
    rows = sum(count for count, _ in noted)
    return Written(target, rows, (*unused(predictor.schema, table), *_joined(noted, rows)))


def unused(schema: Schema, table: Source) -> tuple[Finding, ...]:
    """SG102 as a note: the columns of a source that the contract doesn't have, all in one."""
    there = dict.fromkeys([*(column.name for column in table.columns), *table.refused])
    beside = [repr(name) for name in there if name not in schema.names]
    if not beside:
        return ()
    more = f" and {len(beside) - _NAMED} more" if len(beside) > _NAMED else ""
    listed = ", ".join(beside[:_NAMED])
    return (Finding("SG102", f"Not in the contract, and not used: {listed}{more}.", "", "info"),)


def refuse_same(target: Path, *read: object) -> None:
    """Refuse to write over what is read.

    Args:
        target: What is to be written.
        read: Files, folders and globs that are read; anything else is passed over.

    Raises:
        SourceError: If it is one of them, under whatever name.
    """
    named = (data for data in read if isinstance(data, str | PurePath))
    files = [Path(file) for data in named for file in (data, *_inside(data))]
    if any(_same(target, file) for file in files):
        raise SourceError(
            f"'{target}' is the file that is read.",
            remedy="Give what is written a name of its own.",
            path=str(target),
        )


def _same(target: Path, file: Path) -> bool:
    try:
        return target.samefile(file)
    except OSError:  # one of them isn't there, or its name is none
        return False


def _inside(data: str | PurePath) -> list[str]:
    return [name for at in (f"{data}", f"{data}/**") for name in glob.glob(at, recursive=True)]  # noqa: PTH207 - pathlib's own takes no absolute pattern


def _refuse_numbers(predictor: Predictor, *, probabilities: bool) -> None:
    if probabilities and predictor.classes is None:
        raise ModelError(
            "The target is a number, which has no classes to give probabilities for.",
            remedy="Leave the probabilities out.",
        )


def _answers(predictor: Predictor, table: Source) -> Iterator[Answer]:
    empty = True
    for admitted in of(predictor.schema).chunks(table):
        empty = False
        yield _answer(predictor, admitted)
    if empty:  # a file of no rows still says what its columns are
        yield predictor.answer(_no_rows(predictor.schema))


def _answer(predictor: Predictor, admitted: Admitted) -> Answer:
    try:
        answer = predictor.answer_admitted(admitted)
    except GuardError as error:
        findings = _moved(error.findings, admitted.start)
        message = f"In the rows from {admitted.start} on: {error.message}"
        raise GuardError(message, findings=findings, remedy=error.remedy) from error
    return dc.replace(answer, findings=_moved(answer.findings, admitted.start))


def _moved(findings: Iterable[Finding], start: int) -> tuple[Finding, ...]:
    return tuple(
        finding if finding.row is None else dc.replace(finding, row=finding.row + start)
        for finding in findings
    )


def _no_rows(schema: Schema) -> dict[str, Array]:
    return {c.name: np.zeros((0, *c.shape), c.type.numpy) for c in schema.columns}


def _columns(predictor: Predictor, answer: Answer, *, probabilities: bool) -> dict[str, Array]:
    columns = {"prediction": answer.predictions}
    if probabilities and answer.probabilities is not None:
        for name, column in zip(predictor.classes or (), answer.probabilities.T, strict=True):
            word = str(name).lower() if isinstance(name, bool) else name
            columns[f"probability_{word}"] = np.ascontiguousarray(column)
    return columns


def _joined(noted: Iterable[tuple[int, tuple[Finding, ...]]], rows: int) -> tuple[Finding, ...]:
    first: dict[tuple[str, str | None], Finding] = {}
    concerned: dict[tuple[str, str | None], float] = {}
    for count, findings in noted:
        for finding in findings:
            key = finding.code, finding.column
            worse = finding.severity != "info" and first.get(key, finding).severity == "info"
            first[key] = finding if worse else first.get(key, finding)
            concerned[key] = concerned.get(key, 0.0) + (finding.share or 0.0) * count
    return tuple(
        finding if finding.share is None else dc.replace(finding, share=concerned[key] / rows)
        for key, finding in first.items()
    )
