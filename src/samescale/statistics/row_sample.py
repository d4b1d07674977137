"""A sample of the distinct rows of a table, the same whatever fed it."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, final

import numpy as np

from samescale.errors import DataError
from samescale.statistics._features import numeric, same_width
from samescale.statistics._rows.bottom import Bottom
from samescale.statistics._rows.hashes import mixed
from samescale.statistics._rows.kept import Kept
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch, Columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array
    from samescale.statistics.base import Json

Stored: TypeAlias = Literal["uint8", "float32", "float64"]

# Where little is known yet: the first rows make it cheap to pass over most of the others.
_FIRST = (1 << 13, 1 << 16)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class RowSample(Statistic):
    """The distinct rows with the smallest 64-bit hashes, and how often each of them was met.

    The hash knows a row's values and nothing else, so each distinct row is as likely to be among
    them as any other, and any order, chunking or tree of merges keeps the same ones (bottom-k
    sampling: E. Cohen, H. Kaplan, *Summarizing data using bottom-k sketches*, PODC 2007; with
    counts, and as an estimate of how many distinct rows there are: K. Beyer et al., *On synopses
    for distinct-value estimation under multiset operations*, SIGMOD 2007). A row that is kept has
    been kept since it was first met: its count is exact. NaN is one value, and so is 0.0, whatever
    its sign. Two rows share a hash by chance, 2**-64 for each pair of them, and are one then.

    A table whose rows are all kept is known whole: whoever learns from the sample must not pass a
    row on.

    Attributes:
        most: How many rows are kept at most.
        cells: How many values they have at most together; one row is kept in any case.
        stored: As what they are kept; of what it doesn't hold whole, it keeps the nearest.
        rows: How many rows were met.
        width: How many features they have; 0 before the first batch.
        bottom: The rows that are kept; `None` before the first batch.

    Example:
        >>> import numpy as np
        >>> found = RowSample().update(np.array([[1.0, 2.0], [3.0, np.nan], [1.0, 2.0]]))
        >>> found.value()
        {'rows': 3, 'kept': 2, 'distinct': 2}
        >>> sorted(found.drawn(20).tolist())
        [[1.0, 2.0], [1.0, 2.0], [3.0, nan]]
    """

    takes_columns: ClassVar[bool] = True

    most: int = 1 << 14
    cells: int = 1 << 20
    stored: Stored = "float64"
    rows: int = 0
    width: int = 0
    bottom: Bottom | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowSample) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.most, self.cells, self.stored, self.rows, self.width))

    def update(self, batch: Array | Batch | Columns, weights: Array | None = None) -> Self:
        """This sample with the rows of `batch` added, whatever their weights.

        Args:
            batch: The rows, of numbers; `Columns` are read where they lie.
            weights: Not asked for.

        Raises:
            DataError: If a value isn't a number, or the features aren't as many as before.
        """
        del weights
        pieces = _pieces(batch)
        rows, width = len(pieces[0]), sum(piece.shape[1] for piece in pieces)
        bottom = self._bottom(width)
        for part in _cut(pieces, whole=bottom.full):
            bottom = bottom.plus(part)
        return dc.replace(self, rows=self.rows + rows, width=width, bottom=bottom)

    def merge(self, other: Self) -> Self:
        """The sample of both together."""
        if not self.bottom or not other.bottom:
            return self if self.bottom else other
        same_width("RowSample", self.width, other.width)
        bottom = dc.replace(self.bottom, kept=self.bottom.whole(other.bottom), later=())
        return dc.replace(self, rows=self.rows + other.rows, bottom=bottom)

    def value(self) -> dict[str, Json]:
        """What is known of the table.

        Returns:
            `rows`, how many it has; `kept`, how many distinct ones are held; `distinct`, how many
            distinct ones there are: exact while all are kept, an estimate beyond.
        """
        kept = self._kept
        distinct = len(kept)
        if self.bottom and distinct == self.bottom.capacity > 1:
            distinct = max(distinct, round((distinct - 1) * 2**64 / int(kept.hashes[-1])))
        return {"rows": self.rows, "kept": len(kept), "distinct": distinct}

    def drawn(self, most: int) -> Array:
        """The sample as rows of the table: each distinct one as often as it was met.

        Args:
            most: How many rows are given at most; where there would be more, each distinct one is
                given in proportion to its count, rounded up or down.

        Returns:
            Rows × features, of dtype `stored`, shuffled by their hashes: an order that doesn't
            depend on the order of the table.
        """
        kept = self._kept
        times = _times(kept.counts, most)
        which = np.repeat(np.arange(len(kept)), times)
        again = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        keys = mixed(kept.hashes[which] + again.astype(np.uint64) * _GOLDEN)
        found: Array = kept.values[which[np.argsort(keys, kind="stable")]]
        return found

    def to_json(self) -> Json:
        """The state, arrays as the hexadecimal text of their little-endian bytes."""
        kept = self._kept
        return {
            "most": self.most,
            "cells": self.cells,
            "stored": self.stored,
            "rows": self.rows,
            "width": self.width,
            "hashes": _hex(kept.hashes),
            "counts": _hex(kept.counts),
            "values": _hex(kept.values),
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The sample of a state that `to_json` gave."""
        limits, width = (state["most"], state["cells"], state["stored"]), state["width"]
        empty = cls(*limits)
        if not width:
            return empty
        kept = Kept(
            _array(state["hashes"], np.dtype(np.uint64)),
            _array(state["counts"], np.dtype(np.int64)),
            _array(state["values"], np.dtype(state["stored"])).reshape(-1, width),
        )
        bottom = dc.replace(empty._bottom(width), kept=kept)
        return cls(*limits, state["rows"], width, bottom)

    @property
    def _kept(self) -> Kept:
        return self.bottom.whole() if self.bottom else Kept.none(0, self.stored)

    def _bottom(self, width: int) -> Bottom:
        if self.bottom:
            same_width("RowSample", self.width, width)
            return self.bottom
        capacity = max(1, min(self.most, self.cells // max(width, 1)))
        return Bottom(capacity, Kept.none(width, self.stored))


def _pieces(batch: Array | Batch | Columns) -> tuple[Array, ...]:
    if not isinstance(batch, Columns):
        return (numeric(Batch.of(batch).array, "RowSample"),)
    if not batch.arrays or any(array.ndim != 1 for array in batch.arrays):
        raise DataError(
            "Columns of a table are arrays of one axis, and at least one.",
            remedy="Give one feature as an array of shape (rows,).",
        )
    return tuple(numeric(array[:, None], "RowSample") for array in batch.arrays)


def _cut(pieces: tuple[Array, ...], *, whole: bool) -> Iterator[tuple[Array, ...]]:
    """The rows in parts: all at once, or a few first."""
    rows = len(pieces[0])
    ends = [rows] if whole else [*(size for size in _FIRST if size < rows), rows]
    for start, end in zip([0, *ends], ends, strict=False):
        yield tuple(piece[start:end] for piece in pieces)


def _times(counts: Array, most: int) -> Array:
    """How often each row is given."""
    total = int(counts.sum())
    if total <= most:
        return counts
    # In whole numbers, so that no rounding of a share gives a row more or less.
    ends = (2 * most * np.cumsum(counts) + total) // (2 * total)
    return np.diff(ends, prepend=0)


def _hex(array: Array) -> str:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes().hex()


def _array(text: str, dtype: np.dtype[Any]) -> Array:
    return np.frombuffer(bytes.fromhex(text), dtype.newbyteorder("<")).astype(dtype)
