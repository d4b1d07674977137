"""An iterable of batches as a table: mappings of arrays, Arrow batches, frames, or single rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import SourceError
from samescale.sources import open as open_source
from samescale.sources.base import Source
from samescale.sources.columns import joining
from samescale.sources.columns.alike import Alike, first, runs
from samescale.sources.columns.blocks import gathered
from samescale.sources.columns.framework import framework
from samescale.sources.columns.layout import Layout
from samescale.sources.columns.several import shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.schema import Column
    from samescale.sources.base import Chunk

_ROWS = 8_192


@final
class BatchesSource(Source):
    """Batches one after another, of the same columns.

    A list is read where it is. Anything else may be readable once, or give other rows the second
    time, so when it is first asked for anything it is copied: the first 32 MB of numbers in memory,
    the rest, batch by batch, to a temporary Arrow IPC file, which is deleted when the source is
    closed or collected.

    Args:
        data: An iterable of mappings of arrays, of Arrow batches, of frames, or of rows (mappings
            of single values).

    >>> source = BatchesSource({"x": np.arange(2) + i} for i in (0, 2))
    >>> source.rows, [chunk.columns["x"].tolist() for chunk in source.chunks(["x"])]
    (4, [[0, 1, 2, 3]])
    """

    def __init__(self, data: Iterable[Any]) -> None:
        self._data = data
        self._spools: list[Any] = []

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is iterable and neither a table nor rows nor names of files."""
        if isinstance(data, list | tuple):
            return bool(data) and (_is_table(data[0]) or _is_batch(data[0]))
        taken = isinstance(data, str | bytes | PurePath | np.ndarray | Mapping)
        rows = isinstance(data, Iterable) and not taken and not _is_table(data)
        return rows and framework(data) is None

    @property
    def description(self) -> str:
        """The iterable's class, and whether it is copied."""
        if isinstance(self._data, list | tuple):
            return f"the {type(self._data).__name__} of {len(self._data)} batches"
        return f"the {type(self._data).__name__} of batches (spooled to a temporary file)"

    @cached_property
    def _parts(self) -> Sequence[Source]:
        if not isinstance(self._data, list | tuple):
            held, rest = first(gathered(_tables(self._data)))
            return [*held, *self._spooled(rest, empty=not held)]
        parts: list[Source] = []
        for alike, run in runs(self._data):
            parts += [Alike(run)] if alike else map(open_source, run)
        return parts

    def _spooled(self, tables: Iterator[tuple[int, Any]], *, empty: bool) -> Sequence[Source]:
        following = next(tables, None)
        if following is None and not empty:
            return ()
        from samescale.sources.columns.spool import Spool

        given = () if following is None else itertools.chain([following], tables)
        spool = Spool(_records(given), self.description)
        self._spools.append(spool)
        return spool.parts

    @cached_property
    def _layout(self) -> Layout:
        refused = {name: error for part in self._parts for name, error in part.refused.items()}
        return Layout(joining.columns(self._parts), refused)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all batches together."""
        return self._layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._layout.refused

    @property
    def untyped(self) -> frozenset[str]:
        """Columns without a value in any batch."""
        return frozenset.intersection(*(part.untyped for part in self._parts))

    @property
    def rows(self) -> int:
        """The rows of all batches."""
        return sum(part.rows or 0 for part in self._parts)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The batches, cut to `rows`."""
        self._layout.pick(names, self.description)
        return joining.chunks(self._parts, self.columns, names, rows, arrow=arrow)

    def shares(self, count: int, names: Sequence[str]) -> tuple[Source, ...]:
        """Batches of the list or of the temporary file, some to each."""
        self._layout.pick(names, self.description)
        return shared(self._parts, count, names, self.columns, self.description)

    def close(self) -> None:
        """Delete the temporary file, if there is one."""
        for spool in self._spools:
            spool.close()


def _is_table(data: object) -> bool:
    names = ("__arrow_c_stream__", "__arrow_c_array__", "to_numpy")
    return not isinstance(data, type) and any(hasattr(data, name) for name in names)


def _is_batch(data: object) -> bool:
    if not isinstance(data, Mapping) or not data:
        return False
    return all(isinstance(value, np.ndarray) and value.ndim for value in data.values())


def _is_row(data: object) -> bool:
    if not isinstance(data, Mapping):
        return False
    for value in data.values():
        if type(value) is np.ndarray and value.ndim:
            continue
        if value is None or isinstance(value, str) or np.ndim(value) == 0:
            return True
    return False


def _tables(data: Iterable[Any]) -> Iterator[Any]:
    rows: list[Any] = []
    for item in data:
        if _is_row(item):
            rows.append(item)
            if len(rows) < _ROWS:
                continue
            item, rows = rows, []  # noqa: PLW2901 - the rows gathered stand for a batch
        elif rows:
            yield rows
            rows = []
        yield item
    if rows:
        yield rows


def _records(tables: Iterable[tuple[int, Any]]) -> Iterator[Any]:
    import pyarrow as pa

    from samescale.sources.columns import arrow

    for index, table in tables:
        try:
            part = open_source(table)
            names = [column.name for column in part.columns]
            chunks = [chunk.columns for chunk in part.chunks(names)]
        except SourceError as error:
            error.add_note(f"This is batch {index}.")
            raise
        kinds = {c.name: "" if c.name in part.untyped else c.kind for c in part.columns}
        for columns in chunks:
            arrays = {
                name: arrow.from_numpy(array) if kinds[name] else pa.nulls(len(array))
                for name, array in columns.items()
            }
            yield pa.RecordBatch.from_arrays(
                list(arrays.values()),
                schema=pa.schema([_field(n, a.type, kinds[n]) for n, a in arrays.items()]),
            )


def _field(name: str, kind: Any, family: str) -> Any:
    import pyarrow as pa

    # Seconds and integers with gaps are both float64 in a chunk: the file has to say which.
    return pa.field(name, kind, metadata={"kind": family} if family else None)
