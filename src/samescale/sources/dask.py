"""A Dask data frame as a table: it stays where it is, and is read partition by partition."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import SourceError
from samescale.sources import open as open_source
from samescale.sources.columns import clusters, layout
from samescale.sources.columns.framework import framework

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.schema import Column
    from samescale.sources.base import Source


@final
class DaskSource(clusters.CollectionSource):
    """A Dask data frame. With the Dask engine its partitions are folded on the workers.

    What a column of objects, categories or nullable whole numbers holds is found by a look at all
    partitions, on the cluster, before the first pass.

    Args:
        data: The frame.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is a Dask data frame."""
        return framework(data) == "dask"

    @property
    def description(self) -> str:
        """How many partitions it has."""
        return f"the Dask data frame of {self._data.npartitions} partitions"

    @property
    def untyped(self) -> frozenset[str]:
        """Columns without a value in any partition."""
        return self._found[1]

    @property
    def _layout(self) -> layout.Layout:
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[layout.Layout, frozenset[str]]:
        names = _names(self._data, self.description)
        unclear = [name for name in names if not _is_clear(self._data.dtypes[name])]
        clear = [name for name in names if name not in unclear]
        # Without its rows, a frame can't tell which values are missing.
        known = open_source(self._data._meta[clear]).columns if clear else ()  # noqa: SLF001 - its schema
        surveys = self._survey(unclear) if unclear else []
        return clusters.joined(names, map(clusters.with_gaps, known), surveys)

    def _survey(self, names: list[str]) -> list[bytes]:
        told = self._data[names].map_partitions(_surveyed, self.description, enforce_metadata=False)
        surveys: list[bytes] = told.compute()["survey"].tolist()
        return surveys

    def delayed(self, names: Sequence[str]) -> list[Any]:
        """Each partition's columns `names`, as a Dask task that gives a pandas frame."""
        tasks: list[Any] = list(self._data[list(names)].to_delayed())
        return tasks

    @staticmethod
    def read(frame: Any, columns: tuple[Column, ...]) -> Source:
        """The rows of one partition, where it is."""
        return clusters.partition(frame, columns)

    def _partitions(self, names: Sequence[str]) -> Iterator[Source]:
        columns = self._layout.pick(names, self.description)
        for task in self.delayed(names):
            yield self.read(task.compute(), columns)


def _surveyed(frame: Any, description: str) -> Any:
    return type(frame)({"survey": [clusters.Survey.of(frame, description)]})


def _names(data: Any, description: str) -> list[str]:
    names = list(data.columns)
    for name in names:
        if not isinstance(name, str):
            raise SourceError(
                f"A column of {description} is named {name!r}, which is no text.",
                remedy="Name the columns with text.",
            )
    layout.unique(names, description)
    return names


def _is_clear(dtype: Any) -> bool:
    if isinstance(dtype, np.dtype):
        return dtype.kind in "fiubM"
    return str(dtype).startswith(("str", "datetime64"))
