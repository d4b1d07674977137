"""What can be read only once, copied to temporary Arrow IPC files: read again from there."""

from __future__ import annotations

import copy
import dataclasses as dc
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import pyarrow as pa
from pyarrow import ipc

from samescale.errors import SourceError
from samescale.sources.base import Chunk, Source
from samescale.sources.columns import arrow as read
from samescale.sources.columns import layout
from samescale.sources.columns.spans import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from samescale.schema import Column


@final
class Spool:
    """Record batches written to disk as they come, a file for each run of equal schemas.

    Args:
        batches: Arrow record batches; one is held at a time.
        description: What they come from, for errors.

    Raises:
        SourceError: If there is none.
    """

    def __init__(self, batches: Iterable[Any], description: str) -> None:
        folder = tempfile.mkdtemp(prefix="samescale-")
        self._delete = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            self.parts = tuple(_write(Path(folder), batches, description))
        except BaseException:
            self._delete()
            raise
        if not self.parts:
            raise SourceError(
                f"There is no row in {description}.", remedy="Give at least one batch."
            )

    def close(self) -> None:
        """Delete the files."""
        self._delete()


def _write(folder: Path, batches: Iterable[Any], description: str) -> Iterator[SpooledPart]:
    source = iter(batches)
    batch = next(source, None)
    number = 0
    while batch is not None:
        path = folder / f"{number}.arrow"
        number += 1
        schema, sizes = batch.schema, list[int]()
        nulls = dict.fromkeys(schema.names, 0)
        with pa.OSFile(str(path), "wb") as file, ipc.new_file(file, schema) as writer:
            while batch is not None and _same(batch.schema, schema):
                writer.write_batch(batch)
                sizes.append(batch.num_rows)
                for name, array in zip(schema.names, batch.columns, strict=True):
                    nulls[name] += array.null_count
                batch = next(source, None)
        yield SpooledPart(path, schema, nulls, tuple(sizes), description)


def _same(one: Any, other: Any) -> bool:
    return bool(one.equals(other, check_metadata=True))


def _kept(field: Any, column: Column) -> Column:
    kind = (field.metadata or {}).get(b"kind", b"").decode()
    if kind in {"", column.kind}:
        return column
    return dc.replace(column, kind=kind, nullable=True)


@final
class SpooledPart(Source):
    """One file of a spool, or some of its batches. Made by it alone."""

    def __init__(
        self,
        path: Path,
        schema: Any,
        nulls: Mapping[str, int],
        sizes: tuple[int, ...],
        description: str,
    ) -> None:
        self._path, self._schema, self._sizes = path, schema, sizes
        self._description = description
        self._batches = range(len(sizes))

        def one(place: int) -> Column:
            field = schema.field(place)
            return _kept(field, read.column(field.name, field.type, nulls=nulls[field.name] > 0))

        self._layout = layout.build(schema.names, one, description)

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Nothing: a spool makes its parts."""
        del data
        return False

    @property
    def description(self) -> str:
        """What was spooled."""
        return self._description

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the file."""
        return self._layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._layout.refused

    @property
    def untyped(self) -> frozenset[str]:
        """The columns of Arrow's null type."""
        return frozenset(field.name for field in self._schema if pa.types.is_null(field.type))

    @property
    def rows(self) -> int:
        """The rows of the file."""
        return sum(self._sizes[index] for index in self._batches)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The file's batches, cut to `rows`."""
        picked = self._layout.pick(names, self._description)
        start = 0
        with pa.OSFile(str(self._path), "rb") as file:
            reader = ipc.open_file(file)
            for index in self._batches:
                whole = reader.get_batch(index)
                for offset in range(0, whole.num_rows, rows):
                    batch = whole.slice(offset, rows)
                    columns = {
                        c.name: read.taken(batch.column(c.name), c, arrow=arrow) for c in picked
                    }
                    yield Chunk(columns, start, batch.num_rows)
                    start += batch.num_rows

    def shares(self, count: int, names: Sequence[str]) -> tuple[Source, ...]:
        """Some of the file's batches each."""
        del names
        sizes = [self._sizes[index] for index in self._batches]
        return tuple(self._with(self._batches[first:last]) for first, last in grouped(sizes, count))

    def _with(self, batches: range) -> SpooledPart:
        share = copy.copy(self)
        share._batches = batches  # noqa: SLF001 - of its own kind
        return share
