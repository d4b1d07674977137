"""A source as parts for workers elsewhere."""

from __future__ import annotations

import dataclasses as dc
from math import ceil, prod
from typing import TYPE_CHECKING, Protocol, final

from samescale.engines._gather import gathered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.schema import Column
    from samescale.sources.base import Chunk, Source

# A part that is sent by value passes through a scheduler: it is to be small.
_BYTES = 8 << 20
_TEXT = 64
# So that a slow worker holds up one of many parts, and not half of the table.
_EACH = 4


class Part(Protocol):
    """Some rows of a table, counted from 0, that can be sent to a worker."""

    def chunks(self, names: Sequence[str], *, arrow: bool = False) -> Iterator[Chunk]:
        """The columns `names` of the rows."""


def cut(source: Source, names: Sequence[str], workers: int) -> Iterator[Part]:
    """The source in parts; where it can't be cut, its chunks are read here and carried there.

    Args:
        source: The table.
        names: The columns that are to be read.
        workers: How many parts can be folded at once.
    """
    wanted = max(_EACH * workers, ceil((source.rows or 0) * width(source, names) / _BYTES))
    parts = source.parts(wanted, names)
    if parts:
        yield from parts
        return
    for chunk in gathered(source.chunks(names, arrow=True)):
        yield Carried(dc.replace(chunk, start=0))


def width(source: Source, names: Sequence[str]) -> int:
    """About how many bytes the columns `names` take in a row."""
    wanted = [column for column in source.columns if column.name in set(names)]
    return sum(_bytes(column) * prod(column.shape) for column in wanted)


def _bytes(column: Column) -> int:
    return _TEXT if column.dtype == "string" else column.type.numpy.itemsize


@final
@dc.dataclass(frozen=True, slots=True)
class Carried:
    """One chunk of a source that was read where the engine is."""

    chunk: Chunk

    def chunks(self, names: Sequence[str], *, arrow: bool = False) -> Iterator[Chunk]:
        """The chunk."""
        del names, arrow
        yield self.chunk
