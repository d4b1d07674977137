"""What a source is: something that gives a table as chunks of columns, again and again."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.ir.types import Array
    from samescale.schema import Column


@dc.dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table, as columns.

    Attributes:
        columns: Arrays by name, rows first. Numbers keep the source's own dtype; a nullable
            integer or boolean column that holds a missing value is float64 with NaN; strings are
            object arrays of `str` or `None`; datetimes are float64 seconds since 1970 (UTC).
        start: The index of the chunk's first row in the table.
        rows: How many rows it has.
    """

    columns: Mapping[str, Array]
    start: int
    rows: int


class Source(ABC):
    """A table that can be read any number of times, in chunks, without being held in memory."""

    @property
    @abstractmethod
    def description(self) -> str:
        """Where the rows come from, in a few words, for progress and provenance."""

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The columns as the source knows them, in its own order."""

    @property
    @abstractmethod
    def rows(self) -> int | None:
        """How many rows there are, if that is known without reading them."""

    @abstractmethod
    def chunks(self, names: Sequence[str], *, rows: int = 65_536) -> Iterator[Chunk]:
        """The columns `names`, in chunks of at most `rows` rows, from the beginning."""
