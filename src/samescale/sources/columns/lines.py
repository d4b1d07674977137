"""How a JSON lines file is read: its blocks of objects, and what each column holds."""

from __future__ import annotations

import dataclasses as dc
import gzip
import json
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import SourceError
from samescale.ir.types import numpy_dtype
from samescale.sources.columns import layout, times, values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from samescale.ir.types import Array
    from samescale.schema import Column
    from samescale.sources.columns.paths import File

_BLOCK = 16_384


@final
@dc.dataclass(frozen=True, slots=True)
class Survey:
    """What was found in the file.

    Attributes:
        layout: The columns.
        untyped: Those without any value.
        rows: How many objects there are.
    """

    layout: layout.Layout
    untyped: frozenset[str]
    rows: int


def blocks(path: File, rows: int) -> Iterator[list[dict[str, Any]]]:
    """The objects of a file, `rows` at a time; empty lines are passed over.

    Raises:
        SourceError: If a line is no JSON object, naming the line.
    """
    with path.open("rb") as stored, _unpacked(path, stored) as file:
        objects = _objects(path, file)
        while block := list(islice(objects, rows)):
            yield block


def _unpacked(path: File, stored: Any) -> AbstractContextManager[Any]:
    return gzip.open(stored, "rb") if path.suffix == ".gz" else nullcontext(stored)


def _objects(path: File, file: Any) -> Iterator[dict[str, Any]]:
    try:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _object(path, number, line)
    except (OSError, EOFError) as error:
        raise SourceError(
            f"'{path}' can't be read: {error}", remedy="Check the file.", path=str(path)
        ) from error


def _object(path: File, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"Line {number} of '{path}' is no JSON object: {error}",
            remedy="Write one JSON object a line, as UTF-8.",
            path=str(path),
            row=number - 1,
        ) from error
    if not isinstance(row, dict):
        raise SourceError(
            f"Line {number} of '{path}' is {type(row).__name__}, not an object.",
            remedy='Write every row as {"column": value}.',
            path=str(path),
            row=number - 1,
        )
    return row


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key stands twice")
    return row


def column(block: list[dict[str, Any]], name: str, texts: frozenset[str]) -> list[Any]:
    """The values of one column; those of `texts` as text."""
    given = [row.get(name) for row in block]
    if name not in texts:
        return given
    return [v if v is None or isinstance(v, str) else json.dumps(v) for v in given]


def survey(path: File, texts: frozenset[str]) -> Survey:
    """Read the file once, to find its columns.

    Raises:
        SourceError: If a line is no JSON object, or there is none.
    """
    rows = 0
    found: dict[str, _Found] = {}
    for block in blocks(path, _BLOCK):
        for name in {key: None for row in block for key in row}:
            before = found.get(name, _Found(name, gaps=rows > 0))
            found[name] = before.with_(column(block, name, texts), rows, texts)
        for name in found.keys() - {key for row in block for key in row}:
            found[name] = dc.replace(found[name], gaps=True)
        rows += len(block)
    if not rows:
        raise SourceError(f"'{path}' has no rows.", remedy="Give a file with rows.", path=str(path))
    names = list(found)
    built = layout.build(names, lambda place: found[names[place]].column(path), str(path))
    return Survey(built, frozenset(n for n in names if found[n].known is None), rows)


@final
@dc.dataclass(frozen=True, slots=True)
class _Found:
    name: str
    gaps: bool
    known: Column | None = None
    dates: bool = True
    error: SourceError | None = None

    def with_(self, given: list[Any], start: int, texts: frozenset[str]) -> _Found:
        gaps = self.gaps or None in given
        present = [value for value in given if value is not None]
        if self.error is not None or not present:
            return dc.replace(self, gaps=gaps)
        try:
            known = self._joined(values.read(self.name, present)[0], start)
        except SourceError as error:
            return dc.replace(self, error=error)
        dates = self.dates and self.name not in texts and known.kind == "string"
        return dc.replace(self, gaps=gaps, known=known, dates=dates and times.are_dates(present))

    def _joined(self, column: Column, start: int) -> Column:
        known = self.known
        if known is None or (known.kind, known.shape) == (column.kind, column.shape):
            return column if known is None or known.dtype != "float64" else known
        if known.shape == column.shape and {known.kind, column.kind} == {"number", "integer"}:
            return dc.replace(known, kind="number", dtype="float64")
        raise SourceError(
            f"Column '{self.name}' is {column.kind} {column.shape or ''} after row {start}, "
            f"{known.kind} {known.shape or ''} before.",
            remedy=f'Read it as text: dtypes={{"{self.name}": "string"}}.',
            column=self.name,
            row=start,
        )

    def column(self, path: File) -> Column:
        if self.error is not None:
            self.error.add_note(f"In '{path}'.")
            raise self.error
        if self.known is None:
            return values.read(self.name, [None])[0]
        known = dc.replace(self.known, nullable=self.gaps)
        if known.kind == "string" and self.dates:
            return dc.replace(known, kind="datetime", dtype="float64")
        whole = known.kind in {"integer", "boolean"}
        return dc.replace(known, dtype="float64") if whole and self.gaps else known


def seconds(given: list[Any]) -> Array:
    """Dates as float64 seconds; a missing one is NaN."""
    return np.array([np.nan if v is None else times.from_object(v) for v in given])


def as_(array: Array, column: Column) -> Array:
    """An array of one block as the whole column has it."""
    dtype = numpy_dtype(column.dtype)
    if dtype.kind == "O" and array.dtype.kind == "f":
        return np.full(array.shape, None, dtype=object)
    if array.dtype.kind == "i" and dtype.kind == "f" and array.size:
        largest = max(abs(int(array.min())), abs(int(array.max())))
        if largest > values.EXACT:
            raise values.inexact(column.name, None, largest)
    return array.astype(dtype, copy=False)
