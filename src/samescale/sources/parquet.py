"""A Parquet file as a table, read in batches of rows."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, final

from samescale.errors import SourceError
from samescale.sources.base import Chunk, Source
from samescale.sources.columns import layout, paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from samescale.schema import Column

# Each column is read through a buffer of its own instead of a whole row group at once: a row group
# of a million rows and fifty columns would be 400 MB.
_BUFFER = 1 << 16
# A chunk of a wide table has fewer rows: a queue of chunks is to stay small.
_CHUNK = 6 << 20
_FEWEST = 1_024
_TEXT = 64


@final
class ParquetSource(Source):
    """One Parquet file. Memory holds one chunk and one page a column, whatever the row groups.

    The number of rows and, where the writer left statistics, whether a value is missing are known
    from the file's footer.

    Args:
        data: The file's path; `.parquet` or `.pq`.

    Raises:
        SourceError: If there is no such file, or it isn't Parquet.
    """

    def __init__(self, data: str | Path) -> None:
        self._path = paths.existing(data)

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` names a Parquet file."""
        return paths.is_file(data, "parquet")

    @property
    def description(self) -> str:
        """The file's name."""
        return str(self._path)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            file = parquet.ParquetFile(self._path, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from error
        with file:
            yield file

    def _unreadable(self, error: Exception) -> SourceError:
        return SourceError(
            f"'{self._path}' can't be read as Parquet: {str(error).splitlines()[0]}",
            remedy="Write the file again; it may have been cut short.",
            path=str(self._path),
        )

    @cached_property
    def _footer(self) -> tuple[layout.Layout, int, frozenset[str]]:
        from samescale.sources.columns import arrow

        with self._opened() as file:
            schema, gaps = file.schema_arrow, _gaps(file.metadata)
            fields = [field for field in schema if not field.name.startswith("__index_level_")]

            def one(place: int) -> Column:
                field = fields[place]
                return arrow.column(field.name, field.type, nulls=gaps.get(field.name))

            found = layout.build([field.name for field in fields], one, self.description)
            untyped = frozenset(field.name for field in fields if str(field.type) == "null")
            return found, file.metadata.num_rows, untyped

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, without a pandas index that has no name."""
        return self._footer[0].columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._footer[0].refused

    @property
    def untyped(self) -> frozenset[str]:
        """The columns of Arrow's null type."""
        return self._footer[2]

    @property
    def rows(self) -> int:
        """How many rows the footer tells."""
        return self._footer[1]

    def chunks(self, names: Sequence[str], *, rows: int = 65_536) -> Iterator[Chunk]:
        """Batches of the file."""
        import pyarrow as pa

        from samescale.sources.columns import arrow

        picked = self._footer[0].pick(names, self.description)
        start = 0
        with self._opened() as file:
            try:
                for batch in file.iter_batches(
                    batch_size=_at_most(rows, picked), columns=list(names), use_threads=False
                ):
                    columns = {c.name: arrow.to_numpy(batch.column(c.name), c) for c in picked}
                    yield Chunk(columns, start, batch.num_rows)
                    start += batch.num_rows
            except (pa.ArrowException, OSError) as error:
                raise self._unreadable(error) from error


def _at_most(rows: int, columns: Sequence[Column]) -> int:
    width = sum(_width(column) for column in columns) or 1
    return min(rows, max(_FEWEST, _CHUNK // width))


def _width(column: Column) -> int:
    one = _TEXT if column.dtype == "string" else column.type.numpy.itemsize
    return one * prod(column.shape)


def _gaps(metadata: Any) -> dict[str, bool]:
    gaps: dict[str, bool] = {}
    unknown: set[str] = set()
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(index)
            statistics = chunk.statistics
            if statistics is None or not statistics.has_null_count:
                unknown.add(chunk.path_in_schema)
                continue
            name = chunk.path_in_schema
            gaps[name] = gaps.get(name, False) or statistics.null_count > 0
    return {name: gap for name, gap in gaps.items() if name not in unknown}
