"""Tables that lie on a cluster, in partitions: what those of all frameworks have in common."""

from __future__ import annotations

import dataclasses as dc
import pickle
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, final

from samescale import sources
from samescale.sources.base import Chunk, Source
from samescale.sources.columns import joining
from samescale.sources.columns.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from samescale.errors import SourceError
    from samescale.schema import Column


class CollectionSource(Source, ABC):
    """A collection: it says its layout, and gives its partitions here, one at a time.

    How many rows there are isn't known, for it may take as long as computing them all.
    """

    @property
    @abstractmethod
    def _layout(self) -> Layout: ...

    @abstractmethod
    def _partitions(self, names: Sequence[str]) -> Iterator[Source]: ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """The collection's columns."""
        return self._layout.columns

    @property
    def refused(self) -> Mapping[str, SourceError]:
        """Columns of types that can't be read."""
        return self._layout.refused

    @property
    def rows(self) -> None:
        """Not known."""
        return

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The partitions, one after another; each is computed and held while it is read."""
        self._layout.pick(names, self.description)
        start = 0
        for partition in self._partitions(names):
            for chunk in partition.chunks(names, rows=rows, arrow=arrow):
                yield Chunk(chunk.columns, start, chunk.rows)
                start += chunk.rows


def partition(table: Any, columns: tuple[Column, ...]) -> Source:
    """One partition, as Arrow data or a frame, with the collection's columns."""
    kind: Any = sources.load("arrow")
    part: Source = kind(table, columns=columns)
    return part


def chunks(
    tables: Iterable[Any],
    columns: tuple[Column, ...],
    names: Sequence[str],
    *,
    arrow: bool = False,
) -> Iterator[Chunk]:
    """The chunks of some Arrow tables, one after another, their rows counted from 0."""
    start = 0
    for table in tables:
        for chunk in partition(table, columns).chunks(names, arrow=arrow):
            yield Chunk(chunk.columns, start, chunk.rows)
            start += chunk.rows


@final
@dc.dataclass(frozen=True, slots=True)
class Survey:
    """What the columns of one partition are.

    Attributes:
        columns: Those that can be read.
        untyped: Those without a value.
        refused: Those that can't be read.
        description: What the collection is called.
    """

    columns: tuple[Column, ...]
    untyped: frozenset[str]
    refused: Mapping[str, SourceError]
    description: str

    @classmethod
    def of(cls, table: object, description: str) -> bytes:
        """The survey of a partition, to be sent from where it lies."""
        part = sources.open(table)
        return pickle.dumps(cls(part.columns, part.untyped, part.refused, description))


def joined(
    names: Sequence[str], known: Iterable[Column], surveys: Iterable[bytes]
) -> tuple[Layout, frozenset[str]]:
    """The layout of a collection, and its columns without a value.

    Args:
        names: All columns, in the collection's order.
        known: Those that its own schema says enough of.
        surveys: What the partitions tell of the others.

    Raises:
        SourceError: If a column isn't of one kind in all partitions.
    """
    found: list[Any] = [pickle.loads(bytes(one)) for one in surveys]  # noqa: S301 - of `Survey.of`
    refused = {name: error for survey in found for name, error in survey.refused.items()}
    readable = [
        dc.replace(survey, columns=tuple(c for c in survey.columns if c.name not in refused))
        for survey in found
    ]
    told = joining.columns(readable) if readable else ()
    untyped = frozenset.intersection(*(survey.untyped for survey in found)) if found else ()
    columns = {column.name: column for column in (*known, *told)}
    kept = tuple(columns[name] for name in names if name in columns)
    return Layout(kept, refused), frozenset(untyped)


def with_gaps(column: Column) -> Column:
    """A column of a schema without rows: only whole numbers and booleans can't be missing."""
    return dc.replace(column, nullable=column.kind not in {"integer", "boolean"})


def is_whole(kind: Any) -> bool:
    """Whether values of an Arrow type become floats where one is missing, which only rows tell."""
    return str(kind) == "bool" or str(kind).startswith(("int", "uint"))
