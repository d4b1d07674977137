"""What a source is: something that gives a table as chunks of columns, again and again."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.errors import SourceError
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
    """A table that can be read any number of times, in chunks, without being held in memory.

    A concrete source is made of the data and of keyword options alone; `OPTIONS` names them, and
    `samescale.sources.open` finds the class by asking each for `accepts`.
    """

    OPTIONS: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    @abstractmethod
    def accepts(cls, data: object) -> bool:
        """Whether this class reads `data`: a look at its type or its name, nothing is imported."""

    @property
    @abstractmethod
    def description(self) -> str:
        """Where the rows come from, in a few words, for progress and provenance."""

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The columns as the source knows them, in its own order.

        `nullable` is `False` only where the source knows that no value is missing; a float column
        of an array says `False` although it may hold NaN, which the statistic `Missing` counts.
        """

    @property
    @abstractmethod
    def rows(self) -> int | None:
        """How many rows there are, if that is known without reading them."""

    @property
    def untyped(self) -> frozenset[str]:
        """The columns that hold no value at all, so that any kind suits them."""
        return frozenset()

    @property
    def textual(self) -> bool:
        """Whether its values are written as text, so that their types are guesses (CSV)."""
        return False

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """The columns of types that can't be read, each with the error that asking for it gives."""
        return {}

    @property
    def version(self) -> object:
        """What differs once the table was written to; `None` where nobody writes to it."""
        return None

    @abstractmethod
    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The columns `names`, in chunks of at most `rows` rows, from the beginning.

        Args:
            names: The columns.
            rows: How many rows a chunk has at most.
            arrow: Whether text without a shape may come as Arrow has it: `pyarrow.Array` or
                `ChunkedArray` of `string`, `large_string`, `string_view` or a dictionary of one of
                them. `samescale.sources.columns.arrow.objects` makes the usual array of it.

        Raises:
            SourceError: If a name isn't in the table, or a value can't be read.
        """

    def parts(self, count: int, names: Sequence[str] | None = None) -> tuple[Source, ...]:
        """The table cut into sources that can be pickled and read elsewhere, in its own order.

        Each has the table's columns, types included, and counts its rows from 0. A part of a table
        in memory holds its rows; a part of files opens them, where they must be found under the
        same name.

        Args:
            count: How many parts there should be; there may be fewer, where files can't be cut.
            names: The columns that will be asked of them; all if left out.

        Returns:
            The parts; none if the table can't be cut, which a table that is read once can't.
        """
        del count, names
        return ()

    def shares(self, count: int, names: Sequence[str]) -> tuple[Source, ...]:
        """The table cut for threads of this process, in its own order: by default as `parts` does.

        Args:
            count: How many shares there should be.
            names: The columns that will be asked of them.

        Returns:
            The shares; none if only one thread can read the table.
        """
        return self.parts(count, names)

    def close(self) -> None:
        """Give back what reading took, such as a temporary file; by default nothing."""
        return


class View(Source, ABC):
    """A source that is another one, seen otherwise: it says what differs, the other one the rest.

    It is made by whoever needs it, and never found by `samescale.sources.open`.
    """

    @property
    @abstractmethod
    def over(self) -> Source:
        """The other one."""

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Never."""
        del data
        return False

    @property
    def description(self) -> str:
        """Where the rows come from."""
        return self.over.description

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self.over.columns

    @property
    def rows(self) -> int | None:
        """How many rows there are, if that is known."""
        return self.over.rows

    @property
    def untyped(self) -> frozenset[str]:
        """The columns without a value."""
        return self.over.untyped

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """The columns that can't be read."""
        return self.over.refused

    @property
    def version(self) -> object:
        """What differs once the other one was written to."""
        return self.over.version
