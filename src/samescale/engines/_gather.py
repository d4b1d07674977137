"""Small chunks joined: a statistic costs as much for a hundred rows as for some thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.sources.base import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ROWS = 16_384
_BYTES = 2**22


def gathered(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same rows in the same order, in chunks that are worth a statistic's while.

    Chunks are joined only while their dtypes are the same: a whole number beyond 2^53 would be
    rounded by a neighbour that is a float.
    """
    waiting: list[Chunk] = []
    rows = size = 0
    dtypes: object = None
    for chunk in chunks:
        own = _dtypes(chunk)
        if waiting and own != dtypes:
            yield _joined(waiting)
            waiting, rows, size = [], 0, 0
        dtypes = own
        waiting.append(chunk)
        rows, size = rows + chunk.rows, size + _size(chunk)
        if rows >= _ROWS or size >= _BYTES:
            yield _joined(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield _joined(waiting)


def _joined(chunks: list[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    columns = {
        name: _concatenated([chunk.columns[name] for chunk in chunks]) for name in chunks[0].columns
    }
    return Chunk(columns, chunks[0].start, sum(chunk.rows for chunk in chunks))


def _concatenated(arrays: list[Any]) -> Any:
    if isinstance(arrays[0], np.ndarray):
        return np.concatenate(arrays)
    from samescale.sources.columns import arrow

    return arrow.joined(arrays)


def _dtypes(chunk: Chunk) -> list[tuple[object, tuple[int, ...]]]:
    return [
        (column.dtype, column.shape[1:]) if isinstance(column, np.ndarray) else (column.type, ())
        for column in chunk.columns.values()
    ]


def _size(chunk: Chunk) -> int:
    return sum(column.nbytes for column in chunk.columns.values())
