"""Parquet: each chunk a row group."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import numpy as np
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
            self._writers.append(_writer(self._path, table.schema))
        self._writers[0].write_table(table)

    @staticmethod
    def join(parts: Sequence[Path], path: Path) -> None:
        """Write the row groups of `parts` one after another."""
        with pq.ParquetFile(parts[0]) as first, _writer(path, first.schema_arrow) as sink:
            for part in parts:
                with pq.ParquetFile(part) as file:
                    for group in range(file.num_row_groups):
                        sink.write_table(file.read_row_group(group))

    def close(self) -> None:
        """Write the footer."""
        for writer in self._writers:
            writer.close()


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # Floats seldom come twice: looking each up in a dictionary costs seven times the writing, and
    # the file is larger by a quarter.
    coded = [field.name for field in schema if not pa.types.is_floating(field.type)]
    return pq.ParquetWriter(path, schema, use_dictionary=coded or False)


def _array(column: Array) -> pa.Array:
    if column.dtype.kind in "fiu":  # `pa.array` imports pandas, which takes 0.3 s
        buffers = [None, pa.py_buffer(np.ascontiguousarray(column))]
        return pa.Array.from_buffers(pa.from_numpy_dtype(column.dtype), len(column), buffers)
    return pa.array(column, pa.string()) if column.dtype.kind == "O" else pa.array(column)
