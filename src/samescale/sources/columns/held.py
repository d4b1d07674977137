"""A table held in memory as NumPy arrays."""

from __future__ import annotations

import copy
from abc import ABC
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import SourceError
from samescale.sources.base import Chunk, Source
from samescale.sources.columns import layout, values
from samescale.sources.columns.spans import spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.ir.types import Array
    from samescale.schema import Column


@final
class Held:
    """Columns in memory, all of one length; what in-memory sources are made of.

    Args:
        table: Arrays or lists by name, rows first.
        description: What the table is called in errors.

    Raises:
        SourceError: If the lengths differ or there is no column.
    """

    def __init__(self, table: Mapping[str, object], description: str) -> None:
        names = [_name(name, description) for name in table]
        for name in names:
            _check_rows(name, table[name])
        read: dict[str, tuple[Column, Array]] = {}

        def one(index: int) -> Column:
            read[names[index]] = values.read(names[index], table[names[index]])
            return read[names[index]][0]

        self.layout = layout.build(names, one, description)
        self.arrays = {name: array for name, (_, array) in read.items()}
        self.description = description
        self.rows = _length(self.arrays, description)
        self.untyped = frozenset(
            name for name, (column, array) in read.items() if _is_empty(column, array)
        )

    def chunks(self, names: Sequence[str], rows: int) -> Iterator[Chunk]:
        """Slices of the arrays, without a copy."""
        self.layout.pick(names, self.description)
        yield from slices({name: self.arrays[name] for name in names}, self.rows, rows)

    def cut(self, start: int, stop: int, names: Sequence[str]) -> Held:
        """The rows from `start` to `stop`; types are not found anew, so they are the table's."""
        part = copy.copy(self)
        part.arrays = {name: self.arrays[name][start:stop] for name in names}
        part.rows = stop - start
        return part


class HeldSource(Source, ABC):
    """A source that is made of what it holds: it sets `_held` and says what it accepts."""

    _held: Held

    @property
    def description(self) -> str:
        """What is held, and its length."""
        return self._held.description

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are held."""
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
        """How many rows are held."""
        return self._held.rows

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """Slices of the columns, without a copy."""
        del arrow
        return self._held.chunks(names, rows)

    def parts(self, count: int, names: Sequence[str] | None = None) -> tuple[Source, ...]:
        """Slices of the columns that are asked for."""
        held = self._held
        picked = tuple(held.arrays) if names is None else tuple(names)
        held.layout.pick(picked, held.description)
        return tuple(HeldPart(held.cut(*span, picked)) for span in spans(held.rows, count))


@final
class HeldPart(HeldSource):
    """Some rows of what a source holds. Made by it alone."""

    def __init__(self, held: Held) -> None:
        self._held = held

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Never."""
        del data
        return False


def slices(arrays: Mapping[str, Array], rows: int, most: int, *, start: int = 0) -> Iterator[Chunk]:
    """Slices of arrays, without a copy where they are contiguous.

    Args:
        arrays: The arrays by name.
        rows: How many rows they have.
        most: How many a slice has at most.
        start: The place of the first row in the table.
    """
    for first in range(0, rows, most):
        last = min(first + most, rows)
        cut = {name: np.ascontiguousarray(array[first:last]) for name, array in arrays.items()}
        yield Chunk(cut, start + first, last - first)


def _name(name: object, description: str) -> str:
    if not isinstance(name, str):
        raise SourceError(
            f"A column of {description} is named {name!r}, which is no text.",
            remedy="Name the columns with text.",
        )
    return name


def _check_rows(name: str, values: object) -> None:
    sized = hasattr(values, "__len__") or hasattr(values, "__array__")
    if isinstance(values, str | bytes) or not sized or getattr(values, "ndim", 1) == 0:
        raise SourceError(
            f"Column '{name}' is the single value {values!r}, not a column of rows.",
            remedy="Give an array or a list, one entry a row.",
            column=name,
        )


def _is_empty(column: Column, array: Array) -> bool:
    if column.kind != "number" or not column.nullable:
        return False
    return bool(np.isnan(array).all())


def _length(arrays: Mapping[str, Array], description: str) -> int:
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        first, *others = lengths.items()
        name, rows = next(item for item in others if item[1] != first[1])
        raise SourceError(
            f"The columns of {description} differ in length: '{first[0]}' has {first[1]} rows "
            f"and '{name}' has {rows}.",
            remedy="Give columns of one length.",
            column=name,
        )
    return next(iter(lengths.values()), 0)
