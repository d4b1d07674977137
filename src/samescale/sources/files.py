"""A folder, a glob or a list of files of one kind as one table, in the order of their names."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, final

from samescale.sources import open as open_source
from samescale.sources.base import Source
from samescale.sources.columns import joining, paths
from samescale.sources.columns.layout import Layout
from samescale.sources.columns.several import Several
from samescale.sources.columns.spans import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.errors import SourceError
    from samescale.schema import Column
    from samescale.sources.base import Chunk


@final
class FilesSource(Source):
    """Several files as one table.

    A folder is walked, hidden names (`.`, `_`) and files of other kinds left out. Folder and glob
    are sorted by name; a list keeps its order. The files have the same columns; integers and
    numbers widen to float64.

    Args:
        data: A folder, a glob such as `"part-*.parquet"`, or a list of paths.
        options: What the files' kind takes.

    Raises:
        SourceError: If there is no file, or their kinds or columns differ.
    """

    OPTIONS: ClassVar[frozenset[str]] = frozenset({"dtypes", "delimiter", "missing_values"})

    def __init__(self, data: object, **options: Any) -> None:
        self._data = data
        self._options = options
        self._paths = paths.expand(data)

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` names a folder, a glob or several files."""
        return paths.is_many(data)

    @property
    def description(self) -> str:
        """The folder or glob, and how many files it has."""
        several = isinstance(self._data, list | tuple)
        named = "the list" if several else paths.shown(self._data)
        return f"{named} ({len(self._paths)} files)"

    @cached_property
    def _parts(self) -> Sequence[Source]:
        return [open_source(path, **self._options) for path in self._paths]

    @cached_property
    def _layout(self) -> Layout:
        refused = {name: error for part in self._parts for name, error in part.refused.items()}
        joined = joining.columns(self._parts)
        return Layout(tuple(c for c in joined if c.name not in refused), refused)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all files together."""
        return self._layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._layout.refused

    @property
    def textual(self) -> bool:
        """Whether the files are CSV."""
        return all(part.textual for part in self._parts)

    @property
    def untyped(self) -> frozenset[str]:
        """Columns without a value in any file."""
        return frozenset.intersection(*(part.untyped for part in self._parts))

    @property
    def rows(self) -> int | None:
        """The rows of all files, if each knows its own."""
        counts = [part.rows for part in self._parts]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def version(self) -> object:
        """When each file was written, and its length."""
        return tuple(part.version for part in self._parts)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The chunks of the files, one after another."""
        self._layout.pick(names, self.description)
        return joining.chunks(self._parts, self.columns, names, rows, arrow=arrow)

    def parts(self, count: int, names: Sequence[str] | None = None) -> tuple[Source, ...]:
        """Files, or parts of them where there are fewer files than parts; small ones together."""
        each = -(-count // len(self._parts))
        found = [part for file in self._parts for part in file.parts(each, names) or (file,)]
        sizes = [part.rows or 1 for part in found]
        return tuple(
            Several(found[first:last], self.columns, self.description)
            for first, last in grouped(sizes, count)
        )
