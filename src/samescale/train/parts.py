"""A table taken apart: each part is a source like any other, and none is held in memory."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError
from samescale.sources.base import Chunk, Source, View
from samescale.train.split import NAMES, Split
from samescale.train.told import work
from samescale.train.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.ir.types import Array
    from samescale.progress import Progress
    from samescale.schema import Column
    from samescale.train.split import Name


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Part(View):
    """The rows of a table that belong to one part of a split and have a target.

    Args:
        table: The whole table.
        target: The column without which a row is left out.
        split: Where each row belongs.
        name: Which part this is.
        count: How many rows it has.
    """

    table: Source
    target: str
    split: Split
    name: Name
    count: int

    @property
    def over(self) -> Source:
        """The table."""
        return self.table

    @property
    def description(self) -> str:
        """Which rows of what."""
        return f"the {self.name} rows of {self.table.description}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's columns; the target has no gaps here."""
        return tuple(
            dc.replace(column, nullable=False) if column.name == self.target else column
            for column in self.table.columns
        )

    @property
    def rows(self) -> int:
        """How many rows belong to the part."""
        return self.count

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The part's rows, counted from 0."""
        start = 0
        for chunk, kept in self._kept(names, rows, arrow=arrow):
            if kept.any():
                columns = {name: _filtered(chunk.columns[name], kept) for name in names}
                yield Chunk(columns, start, int(kept.sum()))
                start += int(kept.sum())

    def original(self, row: int) -> int:
        """The number that a row of this part has in the table.

        Raises:
            IndexError: If the part has no such row.
        """
        before = 0
        for chunk, kept in self._kept((), _ROWS):
            if row < before + int(kept.sum()):
                return chunk.start + int(np.flatnonzero(kept)[row - before])
            before += int(kept.sum())
        raise IndexError(row)

    def _kept(
        self, names: Sequence[str], rows: int, *, arrow: bool = False
    ) -> Iterator[tuple[Chunk, Array]]:
        wanted = tuple(dict.fromkeys((*names, self.target)))
        for chunk in self.table.chunks(wanted, rows=rows, arrow=arrow):
            target = chunk.columns[self.target]
            yield chunk, self.split.holds(self.name, chunk.start, chunk.rows) & ~_missing(target)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """A table taken apart.

    Attributes:
        training: What statistics and weights are learned from.
        stopping: What tells a training when to stop; without rows if none were asked for.
        validation: What nothing is learned from.
        rows: How many rows the table has.
        dropped: How many of them have no target and are in no part.
    """

    training: Part
    stopping: Part
    validation: Part
    rows: int
    dropped: int


def parts(
    table: Source,
    target: str,
    progress: Progress,
    *,
    seed: int,
    validation: float,
    stopping: float = 0.0,
) -> Parts:
    """Take a table apart. Only its target column is looked at, and only for gaps.

    Args:
        table: The table.
        target: The column without which a row is left out.
        progress: Who is told of rows.
        seed: Any whole number.
        validation: The share of rows that are kept aside.
        stopping: The share of the others that tell a training when to stop.

    Raises:
        SpecError: If the share isn't between 0 and 1.
        DataError: If there would be nothing to learn from, or nothing to validate with.
    """
    rows = _rows(table, target, progress)
    split = Split.of(rows, seed=seed, validation=validation, stopping=stopping)
    counts = _counts(table, target, split, rows, progress)
    training, stop, held = (Part(table, target, split, name, counts[name]) for name in NAMES)
    made = Parts(training, stop, held, rows, dropped=rows - sum(counts.values()))
    _check(made, need_stopping=stopping > 0)
    return made


_ROWS = 65_536


def _rows(table: Source, target: str, progress: Progress) -> int:
    """How many rows there are; a table that doesn't know is read for it."""
    if table.rows is not None:
        return table.rows
    counts: list[int] = []
    with work(progress, "count", None):
        for chunk in table.chunks((target,)):
            counts.append(chunk.rows)
            progress.step(chunk.rows)
    return sum(counts)


def _counts(
    table: Source, target: str, split: Split, rows: int, progress: Progress
) -> dict[Name, int]:
    counts: dict[Name, int] = dict.fromkeys(NAMES, 0)
    with work(progress, "split", rows):
        for chunk in table.chunks((target,)):
            there = ~_missing(chunk.columns[target])
            for name in NAMES:
                counts[name] += int((split.holds(name, chunk.start, chunk.rows) & there).sum())
            progress.step(chunk.rows)
    return counts


def _filtered(values: Any, kept: Array) -> Any:
    # Text may come as Arrow has it.
    return values[kept] if isinstance(values, np.ndarray) else values.filter(kept)


def _missing(values: Any) -> Array:
    """Which rows lack a value; those of a tensor that lack any."""
    if not isinstance(values, np.ndarray):  # text, as Arrow has it
        return np.asarray(values.is_null())
    if values.dtype.kind == "O":
        return np.fromiter((value is None for value in values.tolist()), bool, len(values))
    if values.dtype.kind != "f":
        return np.zeros(len(values), bool)
    return np.asarray(np.isnan(values.reshape(len(values), -1)).any(axis=1))


def _check(made: Parts, *, need_stopping: bool) -> None:
    needed = [made.training, made.validation, *([made.stopping] if need_stopping else [])]
    for part in needed:
        if part.count == 0:
            rows = made.rows - made.dropped
            held = f"{counted(rows, 'row')} with '{part.target}'"
            raise DataError(
                f"The table's {held} leave{'s' if rows == 1 else ''} none for {part.name}.",
                remedy="Give more rows, or another share of validation rows.",
                column=part.target,
            )
