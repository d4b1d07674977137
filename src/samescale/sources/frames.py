"""A data frame without the Arrow C stream: anything with `.columns` and `.to_numpy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from samescale.sources.base import Source
from samescale.sources.columns.held import Held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.errors import SourceError
    from samescale.schema import Column
    from samescale.sources.base import Chunk


@final
class FrameSource(Source):
    """A frame that is read column by column: `frame[name].to_numpy()`.

    Args:
        data: The frame. No framework is imported: `.columns` and `.to_numpy` are what is asked.

    Raises:
        SourceError: If a name isn't text.
    """

    def __init__(self, data: Any) -> None:
        description = f"the {type(data).__name__} of {len(data)} rows"
        self._held = Held({name: _array(data[name]) for name in data.columns}, description)

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` has `.columns` and `.to_numpy`, and no Arrow C stream."""
        # In this order: a lazy frame warns where it is asked for its columns.
        return (
            hasattr(data, "to_numpy")
            and hasattr(data, "columns")
            and not hasattr(data, "__arrow_c_stream__")
        )

    @property
    def description(self) -> str:
        """The frame's class and length."""
        return self._held.description

    @property
    def columns(self) -> tuple[Column, ...]:
        """The frame's columns."""
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
        """The frame's length."""
        return self._held.rows

    def chunks(self, names: Sequence[str], *, rows: int = 65_536) -> Iterator[Chunk]:
        """Slices of the columns."""
        return self._held.chunks(names, rows)


def _array(column: Any) -> Any:
    return column.to_numpy()
