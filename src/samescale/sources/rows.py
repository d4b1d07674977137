"""A list of rows, each a dict, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from samescale.errors import SourceError
from samescale.sources.columns.held import Held, HeldSource


@final
class RowsSource(HeldSource):
    """Rows as dicts; a key that a row lacks is a missing value of that row.

    A list of dicts whose values are all NumPy arrays is a list of batches, not of rows.

    Args:
        data: The rows.

    Raises:
        SourceError: If an entry is no dict.

    >>> source = RowsSource([{"age": 41}, {"age": 27, "city": "Kyiv"}])
    >>> next(source.chunks(["city"])).columns["city"].tolist()
    [None, 'Kyiv']
    """

    def __init__(self, data: Sequence[Mapping[str, Any]]) -> None:
        self._held = Held(_columns(data), f"the list of {len(data)} rows")

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is a list whose first entry is a row."""
        if not isinstance(data, list | tuple) or not data or not isinstance(data[0], Mapping):
            return False
        return not all(isinstance(v, np.ndarray) and v.ndim for v in data[0].values())


def _columns(data: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names: dict[str, None] = {}
    for index, row in enumerate(data):
        if not isinstance(row, Mapping):
            raise SourceError(
                f"Row {index} is {type(row).__name__}, not a dict.",
                remedy="Give every row as a dict of column and value.",
                row=index,
            )
        names.update(dict.fromkeys(row))
    return {name: [row.get(name) for row in data] for name in names}
