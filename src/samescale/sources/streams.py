"""Arrow streams without a length, which can be read only once: a reader, a query's result."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from samescale.sources.base import Chunk, Source
from samescale.sources.columns import joining
from samescale.sources.columns.framework import framework
from samescale.sources.columns.layout import Layout
from samescale.sources.columns.several import shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.errors import SourceError
    from samescale.schema import Column
    from samescale.sources.columns.spool import Spool


@final
class StreamSource(Source):
    """A stream that is copied to a temporary Arrow IPC file when it is first asked for anything.

    Memory holds one batch at a time. The file is deleted when the source is closed or collected.

    Args:
        data: Anything with `__arrow_c_stream__` and no length.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` has the Arrow C stream and no length."""
        sized = any(hasattr(data, name) for name in ("num_rows", "shape", "__len__"))
        streams = hasattr(data, "__arrow_c_stream__") and not isinstance(data, type)
        return streams and not sized and framework(data) is None

    @property
    def description(self) -> str:
        """The stream's class, and that it is spooled."""
        return f"the {type(self._data).__name__} (spooled to a temporary file)"

    @cached_property
    def _spool(self) -> Spool:
        import pyarrow as pa

        from samescale.sources.columns.spool import Spool

        return Spool(pa.RecordBatchReader.from_stream(self._data), self.description)

    @cached_property
    def _layout(self) -> Layout:
        parts = self._spool.parts
        return Layout(joining.columns(parts), parts[0].refused)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The stream's columns."""
        return self._layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._layout.refused

    @property
    def untyped(self) -> frozenset[str]:
        """The columns of Arrow's null type."""
        return self._spool.parts[0].untyped

    @property
    def rows(self) -> int:
        """How many rows the stream gave."""
        return sum(part.rows for part in self._spool.parts)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """Batches of the temporary file."""
        self._layout.pick(names, self.description)
        return joining.chunks(self._spool.parts, self.columns, names, rows, arrow=arrow)

    def shares(self, count: int, names: Sequence[str]) -> tuple[Source, ...]:
        """Batches of the temporary file, some to each."""
        self._layout.pick(names, self.description)
        return shared(self._spool.parts, count, names, self.columns, self.description)

    def close(self) -> None:
        """Delete the temporary file."""
        self._spool.close()
