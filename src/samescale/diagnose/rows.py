"""The rows that are looked at one by one: a fair sample of a table, in its own order."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array
    from samescale.progress import Progress
    from samescale.sources.base import Source

MOST: Final = 50_000
_CELLS: Final = 16_000_000
_FEWEST: Final = 256


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows of a table.

    Attributes:
        description: Where they come from.
        count: How many rows the table has.
        places: Which of them these are, ascending, int64.
        columns: Their values by column, as the source gives them, rows first.
    """

    description: str
    count: int
    places: Array
    columns: Mapping[str, Array]

    @classmethod
    def read(
        cls,
        source: Source,
        names: Sequence[str],
        *,
        seed: int,
        progress: Progress,
        most: int = MOST,
    ) -> Self:
        """Read a table in one pass; any `most` of its rows are as likely as any other.

        Args:
            source: The table.
            names: The columns.
            seed: What the choice of rows follows from; chunk sizes make no difference.
            progress: Who is told of rows.
            most: How many rows are kept at most; fewer where rows are wide.

        Raises:
            DataError: If it has no row.
        """
        cells = sum(int(np.prod(c.shape)) for c in source.columns if c.name in {*names})
        kept = _Kept(min(most, max(_FEWEST, _CELLS // max(cells, 1))), seed)
        progress.start(f"read {source.description}", source.rows)
        try:
            for chunk in source.chunks(names):
                kept.add(chunk.columns, chunk.rows)
                progress.step(chunk.rows)
        finally:
            progress.stop()
        if not kept.count:
            raise DataError(f"There is no row in {source.description}.", remedy="Give some rows.")
        return cls(source.description, kept.count, *kept.chosen(names))


@final
class _Kept:
    """The rows with the smallest of one random key each."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._random = np.random.default_rng(seed)
        self._parts: dict[str, list[Array]] = {}
        self._keys: list[Array] = []
        self._places: list[Array] = []
        self._counted = [0]

    @property
    def count(self) -> int:
        return self._counted[0]

    def add(self, columns: Mapping[str, Array], rows: int) -> None:
        keys = self._random.random(rows)
        self._keys.append(keys)
        self._places.append(np.arange(self.count, self.count + rows))
        for name, array in columns.items():
            self._parts.setdefault(name, []).append(np.array(array))
        self._counted[0] += rows
        if sum(map(len, self._keys)) > 2 * self._size:
            self._prune()

    def _prune(self) -> None:
        keys = np.concatenate(self._keys)
        if len(keys) <= self._size:
            return
        chosen = np.sort(np.argpartition(keys, self._size)[: self._size])
        for parts in (self._keys, self._places, *self._parts.values()):
            parts[:] = [np.concatenate(parts)[chosen]]

    def chosen(self, names: Sequence[str]) -> tuple[Array, dict[str, Array]]:
        self._prune()
        columns = {name: np.concatenate(self._parts[name]) for name in names}
        return np.concatenate(self._places), columns


def floats(values: Array) -> Array | None:
    """Numbers, truth values and dates as float64 with NaN for missing; `None` for text.

    >>> floats(np.array([True, False]))
    array([1., 0.])
    """
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    if all(value is None for value in values.ravel().tolist()):
        return np.full(values.shape, np.nan)
    return None
