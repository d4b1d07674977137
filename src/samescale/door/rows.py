"""The short way of a few rows: one block of numbers instead of one array a column.

It takes rows and arrays whose every number is plain and finite (or missing where the contract has
missing values) and gives what the long way gives, to the bit; anything else is left to that, so
that a finding is made in one place only.
"""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.door import values as long_way
from samescale.ir.types import numpy_dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array
    from samescale.schema import Column, Schema

_PLAIN = frozenset({float, int, type(None)})
_BLOCK = 4_096
_FRAME = 64  # rows of a data frame; for more, Arrow is as quick


@final
class ShortWay:
    """Compiled for one schema.

    Args:
        schema: The contract.
    """

    def __init__(self, schema: Schema) -> None:
        numbers = [column for column in schema.columns if _is_plain(column)]
        self._width = len(schema.columns)
        self._names = schema.names
        self._numbers = tuple(column.name for column in numbers)
        self._values = _getter(self._numbers)
        self._strict = np.array([not column.nullable for column in numbers], dtype=bool)
        self._groups = tuple(
            (
                numpy_dtype(dtype),
                tuple((i, c.name) for i, c in enumerate(numbers) if c.dtype == dtype),
            )
            for dtype in ("float32", "float64")
        )
        texts = [
            column
            for column in schema.columns
            if column.kind == "string" and not column.shape and not column.closed
        ]
        self._texts = tuple((column.name, _allowed(column)) for column in texts)
        done = {*self._numbers, *(column.name for column in texts)}
        self._others = tuple(column for column in schema.columns if column.name not in done)

    def rows(self, rows: Sequence[Mapping[str, Any]], *, more: bool) -> dict[str, Array] | None:
        """The columns of `rows`, or `None` if the long way has to look.

        Args:
            rows: Rows as dicts.
            more: Whether they may have more keys than the schema has columns.
        """
        if not rows or any(len(row) < self._width or _more(row, self._width, more) for row in rows):
            return None
        try:
            values = [self._values(row) for row in rows]
            if not set(map(type, chain.from_iterable(values))) <= _PLAIN:
                return None
            columns = self._split(np.array(values, dtype=np.float64).T)
            if columns is None:
                return None
            return self._rest(columns, len(rows), lambda n: [row[n] for row in rows])
        except (KeyError, OverflowError):
            return None

    def arrays(self, table: Mapping[str, Any], *, more: bool) -> dict[str, Array] | None:
        """The columns of a dict of arrays, or `None` if the long way has to look."""
        if len(table) < self._width or _more(table, self._width, more) or not self._numbers:
            return None
        try:
            given = [table[name] for name in self._numbers]
            if set(map(type, given)) != {np.ndarray} or len({a.dtype for a in given}) > 1:
                return None
            shape, dtype = given[0].shape, given[0].dtype
            if len({array.shape for array in given}) > 1 or not _fits(shape, dtype):
                return None
            columns = self._split(np.concatenate(given).reshape(len(given), -1))
            return None if columns is None else self._rest(columns, shape[0], table.__getitem__)
        except KeyError:
            return None

    def frame(self, frame: Any, *, more: bool) -> dict[str, Array] | None:
        """The columns of a data frame of few rows, or `None` if the long way has to look."""
        names = frame.columns.tolist()
        if not 0 < len(frame) <= _FRAME or len(set(names)) < len(names):
            return None
        table: dict[str, Any] = {}
        for name in self._names if more else names:
            values = frame[name].to_numpy() if name in names else None
            if values is None or values.ndim > 1 or values.dtype.kind not in "fO":
                return None
            table[name] = values if values.dtype.kind == "f" else values.tolist()
        return self.arrays(table, more=more)

    def _split(self, block: Array) -> dict[str, Array] | None:
        columns: dict[str, Array] = {}
        if not np.isfinite(block).all():
            if not self._gaps_allowed(block):
                return None
            block = np.where(np.isnan(block), block.dtype.type(np.nan), block)
        for dtype, places in self._groups:
            if places:
                with np.errstate(over="ignore"):
                    narrow = np.ascontiguousarray(block, dtype=dtype)
                if dtype != block.dtype and np.isinf(narrow).any():
                    return None
                columns.update([(name, narrow[place]) for place, name in places])
        return columns

    def _gaps_allowed(self, block: Array) -> bool:
        return not (np.isinf(block).any() or np.isnan(block[self._strict]).any())

    def _rest(
        self, columns: dict[str, Array], rows: int, values: Callable[[str], Any]
    ) -> dict[str, Array] | None:
        for name, allowed in self._texts:
            given = values(name)
            if type(given) is not list or not set(map(type, given)) <= allowed:
                return None
            columns[name] = np.fromiter(given, dtype=object, count=rows)
        for column in self._others:
            array, wrong = long_way.take(column, values(column.name), rows)
            if array is None or wrong:
                return None
            columns[column.name] = array
        return {name: columns[name] for name in self._names}


def _is_plain(column: Column) -> bool:
    one = column.kind == "number" and not column.shape and not column.closed
    return one and column.dtype in {"float32", "float64"}


def _more(row: Mapping[str, Any], width: int, more: bool) -> bool:
    return not more and len(row) > width


def _fits(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    return len(shape) == 1 and 0 < shape[0] <= _BLOCK and dtype.name in {"float32", "float64"}


def _allowed(column: Column) -> frozenset[type]:
    return frozenset({str, type(None)}) if column.nullable else frozenset({str})


def _getter(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)
