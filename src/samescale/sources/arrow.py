"""Arrow tables and frames that give an Arrow C stream, such as those of pandas and polars."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from samescale.sources.base import Chunk, Source
from samescale.sources.columns import layout

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

    Raises:
        SourceError: If it can't be made Arrow data. A column of mixed objects is `refused` alone.

    >>> import pyarrow as pa
    >>> source = ArrowSource(pa.table({"age": [41, None]}))
    >>> next(source.chunks(["age"])).columns["age"]
    array([41., nan])
    """

    def __init__(self, data: Any) -> None:
        self._data = data
        self._name = type(data).__name__

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` has the Arrow C stream and a length."""
        return (
            hasattr(data, "__arrow_c_stream__")
            and not isinstance(data, type)
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

    def chunks(self, names: Sequence[str], *, rows: int = 65_536) -> Iterator[Chunk]:
        """Slices of the table, converted one by one."""
        from samescale.sources.columns import arrow

        picked = self._layout.pick(names, self.description)
        start = 0
        for batch in self._table.select(list(names)).to_batches(max_chunksize=rows):
            columns = {c.name: arrow.to_numpy(batch.column(c.name), c) for c in picked}
            yield Chunk(columns, start, batch.num_rows)
            start += batch.num_rows


def _index(metadata: Mapping[bytes, bytes] | None) -> set[str]:
    if not metadata or b"pandas" not in metadata:
        return set()
    index = json.loads(metadata[b"pandas"]).get("index_columns", [])
    return {name for name in index if isinstance(name, str)}
