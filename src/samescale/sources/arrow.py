"""Arrow tables and frames that give an Arrow C stream, such as those of pandas and polars."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from samescale.sources.base import Chunk, Source
from samescale.sources.columns import layout
from samescale.sources.columns.framework import framework
from samescale.sources.columns.spans import spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.errors import SourceError
    from samescale.schema import Column

_SIZED = ("num_rows", "shape", "__len__")


@final
class ArrowSource(Source):
    """A table in memory, by the C stream protocol (`__arrow_c_stream__`), as it is where it can be.

    The index of a pandas frame is no column: `frame.reset_index()` makes it one.

    Args:
        data: The table or the frame.
        columns: What the columns are, where the table is a part of a larger one.

    Raises:
        SourceError: If it can't be made Arrow data. A column of mixed objects is `refused` alone.

    >>> import pyarrow as pa
    >>> source = ArrowSource(pa.table({"age": [41, None]}))
    >>> next(source.chunks(["age"])).columns["age"]
    array([41., nan])
    """

    def __init__(self, data: Any, *, columns: tuple[Column, ...] | None = None) -> None:
        self._data = data
        self._columns = columns
        self._name = type(data).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, (_packed(self._table), self._layout.columns)

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` has the Arrow C stream and a length."""
        return (
            hasattr(data, "__arrow_c_stream__")
            and not isinstance(data, type)
            and framework(data) is None
            and any(hasattr(data, name) for name in _SIZED)
        )

    @property
    def description(self) -> str:
        """The class of the table and its length."""
        return f"the {self._name} of {self.rows} rows"

    @cached_property
    def _read(self) -> tuple[Any, Mapping[str, SourceError]]:
        import pyarrow as pa

        from samescale.sources.columns import apart

        try:
            table = pa.table(self._data)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            return apart.read(self._data, f"the {self._name}", error)
        layout.unique(table.column_names, f"the {self._name}")
        index = _index(table.schema.metadata)
        return table.select([name for name in table.column_names if name not in index]), {}

    @property
    def _table(self) -> Any:
        return self._read[0]

    @cached_property
    def _layout(self) -> layout.Layout:
        from samescale.sources.columns import arrow

        if self._columns is not None:
            return layout.Layout(self._columns)
        table = self._table

        def one(place: int) -> Column:
            field = table.schema.field(place)
            return arrow.column(field.name, field.type, nulls=table.column(place).null_count > 0)

        built = layout.build(table.column_names, one, f"the {self._name}")
        return layout.Layout(built.columns, {**built.refused, **self._read[1]})

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, without a pandas index."""
        return self._layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._layout.refused

    @property
    def untyped(self) -> frozenset[str]:
        """The columns of Arrow's null type."""
        return frozenset(field.name for field in self._table.schema if str(field.type) == "null")

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return int(self._table.num_rows)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """Slices of the table, converted one by one."""
        from samescale.sources.columns import arrow as read

        picked = self._layout.pick(names, self.description)
        start = 0
        for batch in self._table.select(list(names)).to_batches(max_chunksize=rows):
            columns = {c.name: read.taken(batch.column(c.name), c, arrow=arrow) for c in picked}
            yield Chunk(columns, start, batch.num_rows)
            start += batch.num_rows

    def parts(self, count: int, names: Sequence[str] | None = None) -> tuple[Source, ...]:
        """Slices of the table."""
        columns = self._layout.columns
        picked = self._layout.pick(names or [c.name for c in columns], self.description)
        table = self._table.select([column.name for column in picked])
        return tuple(
            ArrowSource(table.slice(start, stop - start), columns=columns)
            for start, stop in spans(table.num_rows, count)
        )


def _packed(table: Any) -> bytes:
    # A slice that is pickled takes the whole table's buffers along; as a stream it doesn't.
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpacked(packed: bytes, columns: tuple[Column, ...]) -> ArrowSource:
    import pyarrow as pa

    return ArrowSource(pa.ipc.open_stream(packed).read_all(), columns=columns)


def _index(metadata: Mapping[bytes, bytes] | None) -> set[str]:
    if not metadata or b"pandas" not in metadata:
        return set()
    index = json.loads(metadata[b"pandas"]).get("index_columns", [])
    return {name for name in index if isinstance(name, str)}
