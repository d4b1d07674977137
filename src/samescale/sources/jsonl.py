"""A JSON lines file as a table: one object a line."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, final

from samescale.errors import SourceError
from samescale.sources.base import Chunk, Source
from samescale.sources.columns import lines, paths, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from samescale.ir.types import Array
    from samescale.schema import Column


@final
class JsonLinesSource(Source):
    """One JSON lines file, UTF-8, read block by block; `.gz` is unpacked on the way.

    The file is read once before the first chunk, to find the columns and their types. A key that a
    line lacks is a missing value; text that is an ISO 8601 date in every line is a date; a list of
    one length in every line is an entry with a shape.

    Args:
        data: The file's path.
        dtypes: `{"column": "string"}` for columns whose values are to be read as text.

    Raises:
        SourceError: If there is no such file, a line is no JSON object, or a column holds values
            of several kinds.
    """

    OPTIONS: ClassVar[frozenset[str]] = frozenset({"dtypes"})

    def __init__(self, data: str | Path, *, dtypes: Mapping[str, str] | None = None) -> None:
        self._path = paths.existing(data)
        self._texts = frozenset(_texts(dtypes or {}))

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` names a JSON lines file."""
        return paths.is_file(data, "jsonl")

    @property
    def description(self) -> str:
        """The file's name."""
        return str(self._path)

    @cached_property
    def _survey(self) -> lines.Survey:
        return lines.survey(self._path, self._texts)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the order in which their keys first appear."""
        return self._survey.layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._survey.layout.refused

    @property
    def untyped(self) -> frozenset[str]:
        """Columns without any value."""
        return self._survey.untyped

    @property
    def rows(self) -> int:
        """How many lines hold an object."""
        return self._survey.rows

    @property
    def version(self) -> object:
        """When the file was written, and its length."""
        return paths.version(self._path)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The lines, `rows` at a time."""
        del arrow
        picked = self._survey.layout.pick(names, self.description)
        start = 0
        for block in lines.blocks(self._path, rows):
            columns = {c.name: self._array(c, block) for c in picked}
            yield Chunk(columns, start, len(block))
            start += len(block)

    def _array(self, column: Column, block: list[dict[str, Any]]) -> Array:
        given = lines.column(block, column.name, self._texts)
        if column.kind == "datetime":
            return lines.seconds(given)
        _, array = values.read(column.name, given)
        return lines.as_(array, column)


def _texts(dtypes: Mapping[str, str]) -> Iterator[str]:
    for name, dtype in dtypes.items():
        if dtype not in {"string", "str"}:
            raise SourceError(
                f"The dtype '{dtype}' of column '{name}' can't be set for JSON lines.",
                remedy='Only "string" can: JSON itself tells numbers from text.',
                column=name,
            )
        yield name
