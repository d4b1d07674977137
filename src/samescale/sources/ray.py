"""A Ray Dataset as a table: it stays where it is, and is read block by block."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from samescale.sources.columns import clusters, layout
from samescale.sources.columns.framework import framework

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from samescale.schema import Column
    from samescale.sources.base import Source


@final
class RaySource(clusters.CollectionSource):
    """A Ray Dataset. With the Ray engine its blocks are folded by the tasks that make them.

    Which whole numbers and booleans are missing is found by a look at all blocks, on the cluster,
    before the first pass.

    Args:
        data: The dataset.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is a Ray Dataset."""
        return framework(data) == "ray"

    @property
    def description(self) -> str:
        """That it is one."""
        return "the Ray Dataset"

    @property
    def untyped(self) -> frozenset[str]:
        """Columns without a value in any block."""
        return self._found[1]

    @property
    def _layout(self) -> layout.Layout:
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[layout.Layout, frozenset[str]]:
        from samescale.sources.columns import arrow

        types, description = _types(self._data), self.description

        def one(place: int) -> Column:
            name, kind = list(types.items())[place]
            return arrow.column(name, kind, nulls=None)

        def survey(table: Any) -> bytes:
            return clusters.Survey.of(_plain(table), description)

        whole = layout.build(list(types), one, description)
        unclear = [name for name, kind in types.items() if _is_unclear(kind)]
        known = [column for column in whole.columns if column.name not in unclear]
        surveys = list(self.mapped(unclear, survey)) if unclear else []
        found, untyped = clusters.joined(list(types), known, surveys)
        return layout.Layout(found.columns, {**whole.refused, **found.refused}), untyped

    def mapped(self, names: Sequence[str], function: Callable[[Any], bytes]) -> Iterator[bytes]:
        """What `function` gives of each block's columns `names`, run where the block is made."""
        import pyarrow as pa

        def run(table: Any) -> Any:
            return pa.table({"answer": pa.array([function(table)], pa.large_binary())})

        answers = self._picked(names).map_batches(run, batch_format="pyarrow", batch_size=None)
        for row in answers.iter_rows():
            yield row["answer"]

    @staticmethod
    def read(table: Any, columns: tuple[Column, ...]) -> Source:
        """The rows of one block, where it is."""
        return clusters.partition(_plain(table), columns)

    def _picked(self, names: Sequence[str]) -> Any:
        picked = self._data.select_columns(list(names))
        # So that a row is found under the number that an error gives it; in options of its own, for
        # what is made of a dataset shares them with it.
        picked._context = picked.context.copy()  # noqa: SLF001 - Ray has no other way
        picked.context.execution_options.preserve_order = True
        return picked

    def _partitions(self, names: Sequence[str]) -> Iterator[Source]:
        columns = self._layout.pick(names, self.description)
        blocks = self._picked(names).iter_batches(batch_format="pyarrow", batch_size=None)
        for table in blocks:
            yield self.read(table, columns)


def _types(data: Any) -> dict[str, Any]:
    schema = data.schema()
    layout.unique(schema.names, "the Ray Dataset")
    return {name: _plain_type(kind) for name, kind in zip(schema.names, schema.types, strict=True)}


def _is_unclear(kind: Any) -> bool:
    return str(kind) == "null" or clusters.is_whole(kind)


def _plain_type(kind: Any) -> Any:
    """Ray's own tensors as lists of a fixed size, which every reader of Arrow knows."""
    import pyarrow as pa

    if not _is_tensor(kind):
        return kind if isinstance(kind, pa.DataType) else pa.null()
    plain = kind.value_type
    for size in reversed(kind.shape):
        plain = pa.list_(plain, size)
    return plain


def _plain(table: Any) -> Any:
    from samescale.sources.columns import arrow

    for place, field in enumerate(table.schema):
        if _is_tensor(field.type):
            entries = table.column(place).combine_chunks().to_numpy_ndarray()
            table = table.set_column(place, field.name, arrow.from_numpy(entries))
    return table


def _is_tensor(kind: Any) -> bool:
    return getattr(kind, "extension_name", "").startswith("ray.data.arrow_tensor")
