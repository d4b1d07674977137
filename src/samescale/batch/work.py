"""The chunks of a table, answered by several threads, handed out in the table's order."""

from __future__ import annotations

import dataclasses as dc
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from samescale.door import of
from samescale.errors import GuardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from samescale.findings import Finding
    from samescale.ir.types import Array
    from samescale.predictor import Answer, Predictor
    from samescale.schema import Schema
    from samescale.sources.base import Chunk, Source


def answers(
    predictor: Predictor, table: Source, *, threads: int, done: int = 0
) -> Iterator[Answer]:
    """The answers of a table's chunks, in its order.

    Args:
        predictor: What answers.
        table: The rows.
        threads: How many chunks are answered at once. One more is read meanwhile.
        done: How many rows at the beginning are passed over.

    Yields:
        An answer a chunk; for a table of no rows, one of no rows.
    """
    entry = of(predictor.schema)
    chunks = _after(entry.raw(table), done)
    empty = not done
    for answer in _in_order(chunks, lambda chunk: _answer(predictor, chunk), threads):
        empty = False
        yield answer
    if empty:  # a file of no rows still says what its columns are
        yield predictor.answer(_no_rows(predictor.schema))


def _after(chunks: Iterable[Chunk], done: int) -> Iterator[Chunk]:
    """The chunks from row `done` on."""
    for chunk in chunks:
        over = done - chunk.start
        if over <= 0:
            yield chunk
        elif over < chunk.rows:
            left = {name: column[over:] for name, column in chunk.columns.items()}
            yield dc.replace(chunk, columns=left, start=done, rows=chunk.rows - over)


def _in_order(
    chunks: Iterator[Chunk], answer: Callable[[Chunk], Answer], threads: int
) -> Iterator[Answer]:
    with ThreadPoolExecutor(threads, "predict") as pool:
        waiting: deque[Future[Answer]] = deque()
        try:
            for future in _begun(pool, chunks, answer):
                waiting.append(future)
                # As many chunks are in memory as keep the threads busy while the first is written.
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _begun(
    pool: ThreadPoolExecutor, chunks: Iterator[Chunk], answer: Callable[[Chunk], Answer]
) -> Iterator[Future[Answer]]:
    """The chunks' answers, begun; where reading fails, the error stands behind the rows before."""
    try:
        for chunk in chunks:
            yield pool.submit(answer, chunk)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised when its turn comes
        failed: Future[Answer] = Future()
        failed.set_exception(error)
        yield failed


def _answer(predictor: Predictor, chunk: Chunk) -> Answer:
    admitted = of(predictor.schema).admit(chunk)
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
