"""Parquet: each chunk a row group."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import pyarrow as pa
import pyarrow.parquet as pq

from samescale.sinks.base import Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from samescale.ir.types import Array


@final
class ParquetSink(Sink):
    """A Parquet file; dtypes stay as they are, strings are UTF-8."""

    SUFFIXES: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writers: list[pq.ParquetWriter] = []

    def write(self, columns: Mapping[str, Array]) -> None:
        """Add a row group; the first settles the types."""
        table = pa.table({name: _array(column) for name, column in columns.items()})
        if not self._writers:
            self._writers.append(pq.ParquetWriter(self._path, table.schema))
        self._writers[0].write_table(table)

    @staticmethod
    def join(parts: Sequence[Path], path: Path) -> None:
        """Write the row groups of `parts` one after another."""
        with pq.ParquetFile(parts[0]) as first, pq.ParquetWriter(path, first.schema_arrow) as sink:
            for part in parts:
                with pq.ParquetFile(part) as file:
                    for group in range(file.num_row_groups):
                        sink.write_table(file.read_row_group(group))

    def close(self) -> None:
        """Write the footer."""
        for writer in self._writers:
            writer.close()


def _array(column: Array) -> pa.Array:
    return pa.array(column, pa.string()) if column.dtype.kind == "O" else pa.array(column)
