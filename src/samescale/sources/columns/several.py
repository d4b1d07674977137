"""Some of the files of a table, to be read elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from samescale.sources.base import View
from samescale.sources.columns import joining
from samescale.sources.columns.spans import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.schema import Column
    from samescale.sources.base import Chunk, Source


@final
class Several(View):
    """Some files, one after another, with the columns that all files of the table have together.

    Args:
        files: The files.
        columns: The table's columns.
        description: What the table is called.
    """

    def __init__(
        self, files: Sequence[Source], columns: tuple[Column, ...], description: str
    ) -> None:
        self._files, self._columns, self._description = tuple(files), columns, description

    @property
    def over(self) -> Source:
        """The first of the files."""
        return self._files[0]

    @property
    def description(self) -> str:
        """The table's."""
        return self._description

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's."""
        return self._columns

    @property
    def rows(self) -> int | None:
        """The rows of these files, if each knows its own."""
        counts = [file.rows for file in self._files]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def version(self) -> object:
        """When each of these files was written, and its length."""
        return tuple(file.version for file in self._files)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The chunks of these files, one after another."""
        return joining.chunks(self._files, self._columns, names, rows, arrow=arrow)


def shared(
    parts: Sequence[Source],
    count: int,
    names: Sequence[str],
    columns: tuple[Column, ...],
    description: str,
) -> tuple[Source, ...]:
    """The shares of a table of several parts; large parts are cut, small ones put together.

    Args:
        parts: The parts, each of which knows how many rows it has.
        count: How many shares there should be.
        names: The columns that will be asked of them.
        columns: The table's columns.
        description: What the table is called.
    """
    each = -(-count // max(len(parts), 1))
    found = [share for part in parts for share in _cut(part, each, names)]
    sizes = [share.rows or 0 for share in found]
    return tuple(
        Several(found[first:last], columns, description) for first, last in grouped(sizes, count)
    )


def _cut(part: Source, count: int, names: Sequence[str]) -> Sequence[Source]:
    return (part.shares(count, names) if count > 1 else ()) or (part,)
