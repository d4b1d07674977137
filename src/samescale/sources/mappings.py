"""A mapping of arrays or lists as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final

from samescale.sources.base import Source
from samescale.sources.columns.held import Held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.errors import SourceError
    from samescale.schema import Column
    from samescale.sources.base import Chunk


@final
class MappingSource(Source):
    """Columns by name: arrays, lists, or anything with `__array__`, all of one length.

    An array of more than one axis is a column whose entries have a shape: `(rows, 28, 28)`.

    Args:
        data: The columns.

    Raises:
        SourceError: If the lengths differ, or there is no column.

    >>> source = MappingSource({"age": [41, 27], "city": ["Kyiv", None]})
    >>> [(c.name, c.kind, c.dtype) for c in source.columns]
    [('age', 'integer', 'int64'), ('city', 'string', 'string')]
    """

    def __init__(self, data: Mapping[str, object]) -> None:
        self._held = Held(data, f"the dict of {len(data)} columns")

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is a mapping and no frame."""
        return isinstance(data, Mapping) and not hasattr(data, "__arrow_c_stream__")

    @property
    def description(self) -> str:
        """That it is a dict."""
        return self._held.description

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the mapping's order."""
        return self._held.layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._held.layout.refused

    @property
    def untyped(self) -> frozenset[str]:
        """Columns without any value."""
        return self._held.untyped

    @property
    def rows(self) -> int:
        """The length of each column."""
        return self._held.rows

    def chunks(self, names: Sequence[str], *, rows: int = 65_536) -> Iterator[Chunk]:
        """Slices of the columns."""
        return self._held.chunks(names, rows)
