"""Batches that are alike, copied one behind another: each is then cheap, however small."""

from __future__ import annotations

import itertools
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samescale.ir.types import Array

Table: TypeAlias = "dict[str, Array]"
Form: TypeAlias = "tuple[tuple[str, np.dtype[Any], tuple[int, ...]], ...]"


@final
class Block(dict[str, "Array"]):
    """A table of arrays that are nobody else's."""


ROWS = 65_536
BYTES = 1 << 22
_NAMES = ("bool", "f2", "f4", "f8", *(f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)))
_NUMBERS = frozenset(map(np.dtype, _NAMES))


def form(batch: Any) -> Form | None:
    """The names, dtypes and shapes of a dict of arrays of numbers, all of one length.

    Anything else has none: it is read as a table of its own, which says what is wrong with it.

    >>> form({"a": np.zeros(3)}), form({"a": [1, 2]}), form({"a": np.zeros(3), "b": np.zeros(2)})
    ((('a', dtype('float64'), ()),), None, None)
    """
    if type(batch) not in {dict, Block} or not batch:
        return None
    found = []
    rows = None
    for name, array in batch.items():
        if type(array) is not np.ndarray or array.dtype not in _NUMBERS or not array.ndim:
            return None
        count = len(array)
        if type(name) is not str or (rows is not None and count != rows):
            return None
        rows = count
        found.append((name, array.dtype, array.shape[1:]))
    return tuple(found)


def gathered(batches: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Batches, those joined that follow each other and have the same form.

    The arrays of a batch aren't kept: a generator may fill the same ones again.

    Returns:
        Each with the number of the first batch that is in it.
    """

    def key(numbered: tuple[int, Any]) -> Form | int:
        number, batch = numbered
        return form(batch) or number

    for alike, group in itertools.groupby(enumerate(batches), key):
        if isinstance(alike, int):
            yield from group
        else:
            yield from joined(group)


def joined(batches: Iterable[tuple[int, Table]], rows: int = ROWS) -> Iterator[tuple[int, Table]]:
    """Batches of one form in blocks of `rows` rows and `BYTES` bytes at most; large ones as given.

    Args:
        batches: The batches, numbered.
        rows: How many rows a block has at most.
    """
    block: _Filling | None = None
    for number, batch in batches:
        count = _rows(batch)
        if block is not None and not block.fits(count):
            yield block.first, block.table
            block = None
        if block is None:
            room = _room(batch, rows)
            if 2 * count > room:
                yield number, batch
                continue
            block = _Filling(number, batch, room)
        block.add(batch, count)
    if block is not None:
        yield block.first, block.table


class _Filling:
    """Room for rows of one form."""

    def __init__(self, first: int, like: Table, room: int) -> None:
        self.first = first
        self._arrays = {
            name: np.empty((room, *array.shape[1:]), array.dtype) for name, array in like.items()
        }
        self._room = room
        self._ends = [0]

    def fits(self, count: int) -> bool:
        return self._ends[-1] + count <= self._room

    def add(self, batch: Table, count: int) -> None:
        start, stop = self._ends[-1], self._ends[-1] + count
        for name, array in self._arrays.items():
            array[start:stop] = batch[name]
        self._ends.append(stop)

    @property
    def table(self) -> Table:
        # Whoever keeps a few rows is not to keep the room for many.
        few = 2 * self._ends[-1] < self._room
        rows = {name: array[: self._ends[-1]] for name, array in self._arrays.items()}
        return Block({name: array.copy() if few else array for name, array in rows.items()})


def _rows(batch: Table) -> int:
    return len(next(iter(batch.values())))


def _room(batch: Table, rows: int) -> int:
    width = sum(prod(array.shape[1:]) * array.itemsize for array in batch.values())
    return min(rows, max(1, BYTES // max(width, 1)))
