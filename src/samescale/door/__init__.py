"""The door: what every entry takes its rows through, before anything is computed.

Columns are matched by name, in any order; every value is checked and converted once to exactly
what the graph's inputs declare. What is wrong is a finding that names column, row, value and
remedy, and all of them are found, not only the first.
"""

from __future__ import annotations

import dataclasses as dc
import threading
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

from samescale.door import findings as found
from samescale.door import tables, values
from samescale.door.rows import ShortWay
from samescale.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.door.numbers import Taken
    from samescale.findings import Finding
    from samescale.ir.types import Array
    from samescale.schema import Column, Schema
    from samescale.sources.base import Chunk, Source

Extra: TypeAlias = Literal["error", "ignore"]
OnFinding: TypeAlias = Literal["raise", "return"]
_SHOWN = 5
_KEPT = 64


@final
@dc.dataclass(frozen=True, slots=True)
class Admitted:
    """Rows that came through the door.

    Attributes:
        columns: An array for every column of the schema, in its order: C-contiguous, of exactly
            the declared dtype and row shape. Columns with an error are absent.
        rows: How many rows there are.
        findings: What was found, if errors weren't to be raised.
        start: The index of the first row in the table it is part of.
    """

    columns: Mapping[str, Array]
    rows: int
    findings: tuple[Finding, ...] = ()
    start: int = 0


@final
class Door:
    """The door of one schema, compiled once.

    Args:
        schema: The contract.

    >>> from samescale.schema import Column, Schema
    >>> door = Door(Schema((Column("age", "float32"), Column("city", "string", kind="string"))))
    >>> door.admit({"city": "Kyiv", "age": 41}).columns["age"]
    array([41.], dtype=float32)
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._short = ShortWay(schema)

    def admit(
        self, table: Any, *, extra: Extra = "error", on_finding: OnFinding = "raise"
    ) -> Admitted:
        """Take rows in.

        Args:
            table: A row (dict of single values), a list of rows, a dict of arrays or lists, a 2-D
                array of the schema's width (columns in its order), a `Chunk`, a data frame, an
                Arrow table, a file.
            extra: What a column that isn't in the schema is: an `error`, or to `ignore`.
            on_finding: Whether errors `raise` or `return` with what was admitted.

        Raises:
            SchemaError: If there is an error; its `findings` are all of them.
            SourceError: If `table` is nothing that can be read as a table.
        """
        short = self._shortly(table, more=extra == "ignore")
        return self._long(table, extra, on_finding) if short is None else short

    def _shortly(self, table: Any, *, more: bool) -> Admitted | None:
        if type(table) is list:
            plain = all(type(row) is dict for row in table)
            columns, rows = (self._short.rows(table, more=more) if plain else None), len(table)
        elif type(table) is dict:
            columns, rows = self._short.rows([table], more=more), 1
            if columns is None:
                columns = self._short.arrays(table, more=more)
                rows = 0 if columns is None else len(next(iter(columns.values())))
        elif type(table).__module__.startswith("pandas") and len(getattr(table, "columns", ())):
            columns, rows = self._short.frame(table, more=more), len(table)
        else:
            return None
        return None if columns is None else Admitted(columns, rows)

    def _long(self, table: Any, extra: Extra, on_finding: OnFinding) -> Admitted:
        sent = tables.read(self.schema, table)
        columns: dict[str, Array] = {}
        problems = list(sent.findings)
        problems += self._names(sent, extra)
        for column in self.schema.columns:
            if column.name in sent.columns:
                array, wrong = _take(column, sent)
                problems += wrong
                if array is not None:
                    columns[column.name] = array
        if on_finding == "raise" and any(finding.severity == "error" for finding in problems):
            raise _error(problems)
        return Admitted(columns, sent.rows, tuple(problems), sent.start)

    def _names(self, sent: tables.Sent, extra: Extra) -> list[Finding]:
        names = self.schema.names
        told = {finding.column for finding in sent.findings}
        # A table without a shape that fits has no names to compare.
        if any(finding.column is None for finding in sent.findings):
            return []
        unknown = [name for name in sent.columns if name not in names]
        problems = [
            found.missing_column(column, map(str, unknown))
            for column in self.schema.columns
            if column.name not in sent.columns and column.name not in told
        ]
        unsent = [name for name in names if name not in sent.columns]
        return problems + [
            found.unknown_column(name, unsent) for name in unknown if extra == "error"
        ]

    def chunks(
        self, source: Source, *, rows: int = 65_536, on_finding: OnFinding = "raise"
    ) -> Iterator[Admitted]:
        """Take a whole source in, chunk by chunk; findings name rows of the whole table.

        Columns of the source that the schema doesn't have aren't read.

        Raises:
            SchemaError: If there is an error.
        """
        for chunk in self.raw(source, rows=rows):
            yield self.admit(chunk, on_finding=on_finding)

    def raw(self, source: Source, *, rows: int = 65_536) -> Iterator[Chunk]:
        """The chunks of a source that has every column, as `admit` takes them: not looked at yet.

        Columns of the source that the schema doesn't have aren't read.

        Raises:
            SchemaError: If a column is missing.
        """
        known = {column.name for column in source.columns}
        lacking = [column for column in self.schema.columns if column.name not in known]
        if lacking:
            raise _error([self._lacking(column, source) for column in lacking])
        yield from source.chunks(self.schema.names, rows=rows)

    def _lacking(self, column: Column, source: Source) -> Finding:
        error = source.refused.get(column.name)
        if error is not None:
            return found.unread(column, error.message, error.remedy)
        there = {*(known.name for known in source.columns), *source.refused}
        return found.missing_column(column, there - set(self.schema.names))


def _take(column: Any, sent: tables.Sent) -> Taken:
    given = sent.columns[column.name]
    if isinstance(given, tables.Unread):
        return None, [found.unread(column, given.error.message, given.error.remedy)]
    return values.take(column, given, sent.rows, sent.start)


def _error(problems: Sequence[Finding]) -> SchemaError:
    errors = [finding for finding in problems if finding.severity == "error"]
    if len(errors) == 1:
        only = errors[0]
        told = f"{only.code} {only.message}"  # the code is what `samescale explain` takes
        return SchemaError(told, findings=problems, remedy=only.remedy)
    listed = "\n".join(f"  {finding}" for finding in errors[:_SHOWN])
    more = f"\n  … and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    return SchemaError(f"{len(errors)} findings:\n{listed}{more}", findings=problems)


_doors: dict[int, Door] = {}
_lock = threading.Lock()


def of(schema: Schema) -> Door:
    """The door of `schema`, compiled when it is first asked for."""
    # By identity, because hashing a schema with its categories costs more than a row does. The
    # door holds its schema, so the id can't come to mean another one while it is kept.
    found_ = _doors.get(id(schema))
    if found_ is None:
        made = Door(schema)
        with _lock:
            if len(_doors) >= _KEPT:
                del _doors[next(iter(_doors))]
            found_ = _doors[id(schema)] = made
    return found_


def door(
    schema: Schema, table: Any, *, extra: Extra = "error", on_finding: OnFinding = "raise"
) -> Admitted:
    """Take rows in by the contract `schema`: `Door(schema).admit(table)`.

    Raises:
        SchemaError: If there is an error; its `findings` are all of them.
        SourceError: If `table` is nothing that can be read as a table.

    >>> from samescale.schema import Column, Schema
    >>> schema = Schema((Column("income", "float32"),))
    >>> door(schema, {"incme": [1.5]})
    Traceback (most recent call last):
    samescale.errors.SchemaError: 2 findings:
      SG101 Column 'income' is missing. 'incme' was sent, which is not in the schema. Rename 'incme' to 'income'.
      SG102 Column 'incme' is not in the schema. Did you mean 'income'?
    """  # noqa: E501 - what is raised can't be broken
    return of(schema).admit(table, extra=extra, on_finding=on_finding)
