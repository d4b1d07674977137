"""A Parquet file as a table, read in batches of rows."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, final

from samescale.errors import SourceError
from samescale.sources.base import Chunk, Source
from samescale.sources.columns import layout, paths
from samescale.sources.columns.remote import is_remote
from samescale.sources.columns.spans import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.schema import Column

# Each column is read through a buffer of its own instead of a whole row group at once: a row group
# of a million rows and fifty columns would be 400 MB.
_BUFFER = 1 << 16
# Where each read is a journey, fewer and larger ones.
_REMOTE = 1 << 22
# A chunk of a wide table has fewer rows: a queue of chunks is to stay small.
_CHUNK = 6 << 20
# Who asks for more rows than usual is ready for larger ones, up to so many times.
_USUAL, _TIMES = 65_536, 3
_FEWEST = 1_024
_TEXT = 64
_CODE = 4
_CODES = 1 << 18


@final
class ParquetSource(Source):
    """One Parquet file. Memory holds one chunk and one page a column, whatever the row groups.

    The number of rows and, where the writer left statistics, whether a value is missing are known
    from the file's footer.

    Args:
        data: The file's path; `.parquet` or `.pq`.
        groups: The first row group that is read and the one behind the last, where this is a part
            of the file.

    Raises:
        SourceError: If there is no such file, or it isn't Parquet.
    """

    def __init__(self, data: str | paths.File, *, groups: tuple[int, int] | None = None) -> None:
        self._path = paths.existing(data)
        self._groups = groups

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` names a Parquet file."""
        return paths.is_file(data, "parquet")

    @property
    def description(self) -> str:
        """The file's name."""
        return str(self._path)

    @contextmanager
    def _opened(self, codes: Sequence[str] = ()) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            file = parquet.ParquetFile(
                paths.random(self._path),
                buffer_size=_REMOTE if is_remote(self._path) else _BUFFER,
                pre_buffer=False,
                read_dictionary=list(codes),
            )
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
    def _footer(self) -> tuple[layout.Layout, tuple[int, ...], frozenset[str]]:
        from samescale.sources.columns import arrow

        with self._opened() as file:
            schema, gaps = file.schema_arrow, _gaps(file.metadata)
            fields = [field for field in schema if not field.name.startswith("__index_level_")]

            def one(place: int) -> Column:
                field = fields[place]
                return arrow.column(field.name, field.type, nulls=gaps.get(field.name))

            found = layout.build([field.name for field in fields], one, self.description)
            untyped = frozenset(field.name for field in fields if str(field.type) == "null")
            return found, _sizes(file.metadata), untyped

    @property
    def _sizes(self) -> tuple[int, ...]:
        """The rows of each row group that is read."""
        return self._footer[1] if self._groups is None else self._footer[1][slice(*self._groups)]

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        from samescale.sources.columns.coded import coded

        texts = frozenset(c.name for c in self.columns if _is_text(c))
        with self._opened() as file:
            return coded(file.metadata, texts)

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
        return sum(self._sizes)

    @property
    def version(self) -> object:
        """When the file was written, and its length."""
        return paths.version(self._path)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """Batches of the file; text as the codes of its dictionaries, where the file has them."""
        import pyarrow as pa

        picked = self._footer[0].pick(names, self.description)
        codes = tuple(name for name in names if arrow and name in self._codes)
        start = 0
        with self._opened(codes) as file:
            try:
                for batch in file.iter_batches(
                    batch_size=_at_most(rows, picked, codes),
                    row_groups=None if self._groups is None else [*range(*self._groups)],
                    columns=list(names),
                    use_threads=False,
                ):
                    for chunk in _cut(batch, picked, rows, arrow=arrow):
                        yield Chunk(chunk.columns, start, chunk.rows)
                        start += chunk.rows
            except (pa.ArrowException, OSError) as error:
                raise self._unreadable(error) from error

    def parts(self, count: int, names: Sequence[str] | None = None) -> tuple[Source, ...]:
        """Runs of the file's row groups; a file of one row group is one part."""
        del names
        first = 0 if self._groups is None else self._groups[0]
        return tuple(
            self._part(first + start, first + stop) for start, stop in grouped(self._sizes, count)
        )

    def _part(self, start: int, stop: int) -> ParquetSource:
        part = ParquetSource(self._path, groups=(start, stop))
        # What is known of the file is known of its parts.
        vars(part)["_footer"] = self._footer
        return part


def _sizes(metadata: Any) -> tuple[int, ...]:
    return tuple(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))


def _cut(batch: Any, columns: Sequence[Column], rows: int, *, arrow: bool) -> Iterator[Chunk]:
    from samescale.sources.columns import arrow as read

    for start in range(0, batch.num_rows, rows):
        part = batch.slice(start, rows)
        taken = {c.name: read.taken(part.column(c.name), c, arrow=arrow) for c in columns}
        yield Chunk(taken, start, part.num_rows)


def _at_most(rows: int, columns: Sequence[Column], codes: Sequence[str]) -> int:
    # Each batch brings its dictionary, which is read once for as many rows as there may be.
    width = sum(_CODE if c.name in codes else _width(c) for c in columns) or 1
    most = int(_CHUNK * min(max(1.0, rows / _USUAL), _TIMES))
    return min(_CODES if codes else rows, max(_FEWEST, most // width))


def _is_text(column: Column) -> bool:
    return column.dtype == "string" and not column.shape


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
