"""What was sent, whatever it is, as columns by name and a number of rows."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale import sources
from samescale.door import findings as found
from samescale.door.cells import CellsSource
from samescale.sources.base import Chunk, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.errors import SourceError
    from samescale.findings import Finding
    from samescale.schema import Column, Kind, Schema


@final
@dc.dataclass(frozen=True, slots=True)
class Sent:
    """What was sent.

    Attributes:
        columns: What was sent for each name.
        rows: How many rows the table has.
        start: The index of its first row.
        findings: What is wrong with the table as a whole.
    """

    columns: Mapping[str, Any]
    rows: int
    start: int = 0
    findings: tuple[Finding, ...] = ()


def read(schema: Schema, table: Any) -> Sent:
    """The columns of `table`.

    Raises:
        SourceError: If it is no table, or a file can't be read.
    """
    match table:
        case Chunk():
            return Sent(table.columns, table.rows, table.start)
        case Mapping():
            return _mapping(schema, table)
        case np.ndarray() if table.dtype.names is None:
            return _matrix(schema, table)
        case list() | tuple() if all(isinstance(row, Mapping) for row in table):
            return _rows(schema, table)
        case _:
            return _source(opened(schema, table))


def opened(schema: Schema, table: object, **options: Any) -> Source:
    """The source that reads `table`, its text read as what the contract says.

    A file of text has no types: a column of codes that happen to be digits in this file would be
    read as integers, and lose its zeros; a column of numbers with one cell that is none, as text.

    Args:
        schema: The contract.
        table: What `samescale.sources.open` reads.
        options: What it takes; `dtypes` among them count for more than the contract.

    Raises:
        SourceError: If it is no table, or a file can't be read.
    """
    found_ = sources.open(table, **options)
    if isinstance(table, Source) or "dtypes" not in found_.OPTIONS:
        return found_
    given = options.get("dtypes", {})
    read = {column.name: column.kind for column in found_.columns}
    due = {c.name: c.kind for c in schema.columns if c.name in read and c.name not in given}
    misread = {name: "string" for name, kind in due.items() if _is_misread(read[name], kind)}
    if misread:
        found_.close()
        found_ = sources.open(table, **{**options, "dtypes": {**misread, **given}})
    texts = {name for name, kind in read.items() if kind == "string"} | misread.keys()
    cells = {name: kind for name, kind in due.items() if name in texts and kind != "string"}
    return CellsSource(found_, cells) if cells and found_.textual else found_


def _is_misread(read: Kind, due: Kind) -> bool:
    # The seconds of a date would pass for a number.
    return read != "string" and (due == "string" or (read == "datetime" and due != "datetime"))


def _mapping(schema: Schema, table: Mapping[str, Any]) -> Sent:
    if _is_row(schema, table):
        return Sent({name: [value] for name, value in table.items()}, 1)
    lengths = {name: len(v) for name, v in table.items() if _depth(v) > 0}
    known = [lengths[name] for name in schema.names if name in lengths]
    rows = known[0] if known else next(iter(lengths.values()), 0)
    single = [c for c in schema.columns if c.name in table and c.name not in lengths]
    return Sent(
        {name: table[name] for name in table if name not in {c.name for c in single}},
        rows,
        findings=tuple(_single(column) for column in single),
    )


def _is_row(schema: Schema, table: Mapping[str, Any]) -> bool:
    # A column without a shape decides, its value is one value or many; most of them, because one
    # may be wrong.
    plain = [_depth(table[c.name]) == 0 for c in schema.columns if c.name in table and not c.shape]
    if plain:
        return 2 * sum(plain) > len(plain)
    shaped = [_depth(table[c.name]) <= len(c.shape) for c in schema.columns if c.name in table]
    return any(shaped) or (not shaped and all(_depth(value) == 0 for value in table.values()))


def _depth(value: Any) -> int:
    if isinstance(value, list | tuple):
        return 1 + (_depth(value[0]) if value else 0)
    return 0 if isinstance(value, str | bytes | None) else int(np.ndim(value))


def _single(column: Column) -> Finding:
    return found.wrong_shape(
        column,
        f"Column '{column.name}' is a single value among columns of rows.",
        "Send every column as an array or a list, one entry a row.",
    )


def _rows(schema: Schema, table: Sequence[Mapping[str, Any]]) -> Sent:
    names = {name: None for row in table for name in row}
    columns: dict[str, Any] = {} if table else {column.name: [] for column in schema.columns}
    lacking: list[Finding] = []
    for name in names:
        absent = next((index for index, row in enumerate(table) if name not in row), None)
        if absent is not None and name in schema.names:
            lacking.append(_lacking(schema[name], absent))
            continue
        columns[name] = [row.get(name) for row in table]
    return Sent(columns, len(table), findings=tuple(lacking))


def _lacking(column: Column, row: int) -> Finding:
    return dc.replace(
        found.missing_column(column, ()),
        message=f"Column '{column.name}' is missing in row {row}.",
        row=row,
    )


def _matrix(schema: Schema, table: Any) -> Sent:
    width = len(schema.columns)
    shape = " × ".join(map(str, table.shape))
    if any(column.shape for column in schema.columns):
        message = f"An array of {shape} can't hold columns whose entries have a shape."
        wrong = found.wrong_shape(None, message, "Send a dict of arrays.")
    elif table.ndim != 2 or table.shape[1] != width:  # noqa: PLR2004 - rows and columns
        message = f"The array is {shape}; the schema has {width} columns."
        listed = ", ".join(schema.names[:20])
        wrong = found.wrong_shape(None, message, f"Send rows of {width}, in this order: {listed}.")
    else:
        columns = {name: table[:, place] for place, name in enumerate(schema.names)}
        return Sent(columns, len(table))
    return Sent({}, len(table) if table.ndim else 0, findings=(wrong,))


def _source(source: Source) -> Sent:
    names = [column.name for column in source.columns]
    chunks = [chunk.columns for chunk in source.chunks(names)]
    columns: dict[str, Any] = {
        name: np.concatenate([chunk[name] for chunk in chunks]) if chunks else [] for name in names
    }
    for name in source.untyped & set(names):
        columns[name] = [None] * len(columns[name])
    rows = len(next(iter(columns.values()), ()))
    return Sent({**columns, **{name: Unread(e) for name, e in source.refused.items()}}, rows)


@final
@dc.dataclass(frozen=True, slots=True)
class Unread:
    """A column of a type that no column of the contract has.

    Attributes:
        error: What the source said.
    """

    error: SourceError
