"""A NumPy array as a table: 2-D with names, or a structured array."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from samescale.errors import SourceError
from samescale.sources.columns.held import Held, HeldSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array


@final
class ArraySource(HeldSource):
    """A 2-D array, one column of the table a column of the array.

    Args:
        data: The array, rows × columns, or a structured array with its own names.
        names: The columns' names, one for each column of the array.

    Raises:
        SourceError: If there are no names, or not as many as columns.

    >>> source = ArraySource(np.eye(2), names=["a", "b"])
    >>> [chunk.columns["b"].tolist() for chunk in source.chunks(["b"])]
    [[0.0, 1.0]]
    """

    OPTIONS: ClassVar[frozenset[str]] = frozenset({"names"})

    def __init__(self, data: Array, *, names: Sequence[str] | None = None) -> None:
        shape = " × ".join(map(str, data.shape))
        self._held = Held(_table(data, names, shape), f"the array of {shape}")

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is a NumPy array."""
        return isinstance(data, np.ndarray)


def _table(data: Array, names: Sequence[str] | None, shape: str) -> Mapping[str, object]:
    if data.dtype.names is not None:
        return {name: data[name] for name in data.dtype.names}
    if data.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise SourceError(
            f"The array has shape ({shape}); a table has rows and columns.",
            remedy='Name its column: {"pixels": array}.',
        )
    if names is None:
        raise SourceError(
            f"The array of {shape} has no column names.",
            remedy='Give names=["…", …], one a column, or a dict of arrays.',
        )
    if len(names) != data.shape[1]:
        raise SourceError(
            f"There are {len(names)} names for the {data.shape[1]} columns of the array.",
            remedy="Give one name a column.",
        )
    # A dict would lose a name that stands twice.
    if len(set(names)) != len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise SourceError(f"The name '{twice}' stands twice.", remedy="Give each its own name.")
    return {name: data[:, place] for place, name in enumerate(names)}
