"""A mapping of arrays or lists as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from samescale.sources.columns.held import Held, HeldSource


@final
class MappingSource(HeldSource):
    """Columns by name: arrays, lists, or anything with `__array__`, all of one length.

    An array of more than one axis is a column whose entries have a shape: `(rows, 28, 28)`.

    Args:
        data: The columns.

    Raises:
        SourceError: If the lengths differ, or there is no column.

    >>> source = MappingSource({"age": [41, 27], "city": ["Kyiv", None]})
    >>> [(c.name, c.kind, c.dtype) for c in source.columns]
    [('age', 'integer', 'int64'), ('city', 'string', 'string')]
    """

    def __init__(self, data: Mapping[str, object]) -> None:
        plural = "column" if len(data) == 1 else "columns"
        self._held = Held(data, f"the dict of {len(data)} {plural}")

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is a mapping and no frame."""
        return isinstance(data, Mapping) and not hasattr(data, "__arrow_c_stream__")
