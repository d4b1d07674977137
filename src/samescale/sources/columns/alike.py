"""Batches in memory that are alike, as one table."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, final

from samescale.sources.base import View
from samescale.sources.columns import blocks
from samescale.sources.columns.held import Held, HeldPart, slices
from samescale.sources.columns.spans import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.sources.base import Chunk, Source

# What is kept of a stream; a stream of any length takes no more.
BYTES = 32 << 20
_DESCRIPTION = "the dict of {} columns"


@final
class Alike(View):
    """Dicts of arrays of numbers, of the same names, dtypes and shapes, one after another.

    Args:
        batches: The dicts.
        like: The source of the first one, which tells their columns.
    """

    def __init__(self, batches: Sequence[blocks.Table], like: Source | None = None) -> None:
        self._batches = batches
        self._like = like or HeldPart(Held(batches[0], _DESCRIPTION.format(len(batches[0]))))
        self._sizes = [len(next(iter(batch.values()))) for batch in batches]
        self._rows = sum(self._sizes)

    @property
    def over(self) -> Source:
        """The first batch."""
        return self._like

    @property
    def rows(self) -> int:
        """How many rows they have together."""
        return self._rows

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """Blocks of small batches, slices of large ones."""
        del arrow
        picked = [{name: batch[name] for name in names} for batch in self._batches]
        start = 0
        for _, table in blocks.joined(enumerate(picked), rows):
            count = len(next(iter(table.values())))
            yield from slices(table, count, rows, start=start)
            start += count

    def shares(self, count: int, names: Sequence[str]) -> tuple[Source, ...]:
        """Some of the batches each."""
        del names
        return tuple(
            Alike(self._batches[first:last], self._like)
            for first, last in grouped(self._sizes, count)
        )


def first(tables: Iterator[tuple[int, Any]]) -> tuple[list[Source], Iterator[tuple[int, Any]]]:
    """The first of numbered tables, as far as they are alike each other or the next, in memory.

    Args:
        tables: What `blocks.gathered` gives.

    Returns:
        The tables of `BYTES` bytes at most, and what is left.
    """
    kept: list[blocks.Table] = []
    room = BYTES
    for number, table in tables:
        room -= sum(array.nbytes for array in table.values()) if blocks.form(table) else room + 1
        if room < 0:
            tables = itertools.chain([(number, table)], tables)
            break
        own = isinstance(table, blocks.Block)
        kept.append(table if own else {name: array.copy() for name, array in table.items()})
    return [Alike(run) for _, run in runs(kept)], tables


def runs(batches: Sequence[Any]) -> Iterator[tuple[bool, Sequence[Any]]]:
    """Batches that follow each other, and whether they are alike."""
    for form, group in itertools.groupby(batches, blocks.form):
        yield form is not None, list(group)
