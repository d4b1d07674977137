"""A table whose whole numbers and truth values are plain numbers.

What arrives scaled is no whole number any more, and a contract of whole numbers would refuse it
before anybody could say that it is scaled.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.sources.base import Chunk, Source, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.schema import Column

_WHOLE: Final = frozenset({"integer", "boolean"})


@final
class Plain(View):
    """Another source, its plain columns of integers and booleans as float64.

    Args:
        source: The other one.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def over(self) -> Source:
        """The other one."""
        return self._source

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns, those of whole numbers as numbers."""
        return tuple(map(_plain, self._source.columns))

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """Its chunks."""
        whole = {c.name for c in self._source.columns if c.kind in _WHOLE and not c.shape}
        for chunk in self._source.chunks(names, rows=rows, arrow=arrow):
            columns = {
                name: np.asarray(values, np.float64) if name in whole else values
                for name, values in chunk.columns.items()
            }
            yield Chunk(columns, chunk.start, chunk.rows)


def _plain(column: Column) -> Column:
    if column.kind not in _WHOLE or column.shape:
        return column
    return dc.replace(column, kind="number", dtype="float64")
