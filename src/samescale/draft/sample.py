"""A fair sample of a table's rows, and what one pass can say of all of them."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.ir.types import Array
    from samescale.schema import Column
    from samescale.sources.base import Chunk, Source


# A very wide table is judged by fewer rows: twice the sample is held.
_CELLS = 20_000_000
_FEWEST = 1_000


@final
@dc.dataclass(frozen=True, slots=True)
class Sampled:
    """One column of the sample.

    Attributes:
        column: The column, as its source knows it.
        values: The sampled values that aren't missing, in the order of the rows.
        rows: How many rows the table has.
        missing: How many of all rows miss a value.
        low: The least of all values, if they are numbers.
        high: The greatest, likewise.
        whole: Whether the sample is the whole table.
    """

    column: Column
    values: Array
    rows: int
    missing: int
    low: float | None
    high: float | None
    whole: bool

    @property
    def distinct(self) -> int:
        """How many different values the sample has."""
        return len(set(self.values.tolist()))


def take(source: Source, size: int, seed: int) -> dict[str, Sampled]:
    """Sample a source in one pass; any `size` of its rows are as likely as any other.

    Args:
        source: The table.
        size: How many rows at most are kept.
        seed: What the choice of rows follows from; chunk sizes make no difference.

    Raises:
        DataError: If the table has no row.
    """
    plain = [column for column in source.columns if not column.shape]
    size = min(size, max(_FEWEST, _CELLS // max(len(plain), 1)))
    kept = _Kept(size, seed)
    gaps = dict.fromkeys((column.name for column in plain), 0)
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    rows = 0
    for chunk in _chunks(source, plain):
        for column in plain:
            array = chunk.columns[column.name]
            gaps[column.name] += int(_gaps(array).sum())
            _note(lows, highs, column, array)
        kept.add(chunk.columns, chunk.rows)
        rows += chunk.rows
    if plain and not rows:
        raise DataError(f"There is no row in {source.description}.", remedy="Give a table of rows.")
    return {
        column.name: Sampled(
            column,
            _present(kept.column(column.name)),
            rows,
            gaps[column.name],
            lows.get(column.name),
            highs.get(column.name),
            rows <= size,
        )
        for column in plain
    }


def _chunks(source: Source, columns: list[Column]) -> Iterator[Chunk]:
    return source.chunks([column.name for column in columns]) if columns else iter(())


def _gaps(array: Array) -> Array:
    if array.dtype.kind == "O":
        return np.array([value is None for value in array.tolist()], dtype=bool)
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(len(array), dtype=bool)


def _present(array: Array) -> Array:
    return array[~_gaps(array)]


def _note(lows: dict[str, float], highs: dict[str, float], column: Column, array: Array) -> None:
    if column.kind == "string":
        return
    present = _present(array)
    if present.size:
        name, low, high = column.name, float(present.min()), float(present.max())
        lows[name] = min(lows.get(name, low), low)
        highs[name] = max(highs.get(name, high), high)


@final
class _Kept:
    """The rows with the smallest of one random key each: a fair sample of a stream."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._random = np.random.default_rng(seed)
        self._keys: list[Array] = []
        self._columns: dict[str, list[Array]] = {}

    def add(self, columns: Mapping[str, Array], rows: int) -> None:
        self._keys.append(self._random.random(rows))
        for name, array in columns.items():
            self._columns.setdefault(name, []).append(array)
        if sum(map(len, self._keys)) > 2 * self._size:
            self._prune()

    def _prune(self) -> None:
        keys = np.concatenate(self._keys)
        if len(keys) > self._size:
            # In place, because the lists are what is held; ties can't be told apart.
            chosen = np.sort(np.argpartition(keys, self._size)[: self._size])
            self._keys[:] = [keys[chosen]]
            for parts in self._columns.values():
                parts[:] = [np.concatenate(parts)[chosen]]

    def column(self, name: str) -> Array:
        self._prune()
        return np.concatenate(self._columns[name]) if self._columns.get(name) else np.empty(0)
