"""A Spark data frame as a table: it stays where it is, and is read partition by partition."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from samescale.sources.columns import clusters, layout
from samescale.sources.columns.framework import framework

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from samescale.schema import Column
    from samescale.sources.base import Chunk, Source


@final
class SparkSource(clusters.CollectionSource):
    """A Spark data frame. With the Spark engine its partitions are folded on the executors.

    Which whole numbers and booleans are missing is asked of Spark before the first pass, unless
    its schema says that none is.

    Args:
        data: The frame.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` is a Spark data frame."""
        return framework(data) == "spark"

    @property
    def description(self) -> str:
        """That it is one."""
        return "the Spark data frame"

    @property
    def untyped(self) -> frozenset[str]:
        """The columns of Spark's void type."""
        kinds = self._schema
        return frozenset(field.name for field in kinds if str(field.type) == "null")

    @property
    def session(self) -> Any:
        """The session that it is of."""
        return self._data.sparkSession

    @cached_property
    def _schema(self) -> Any:
        return self._data.limit(0).toArrow().schema

    @cached_property
    def _layout(self) -> layout.Layout:
        from samescale.sources.columns import arrow

        fields = list(self._schema)
        unsure = [f.name for f in fields if f.nullable and clusters.is_whole(f.type)]
        gaps = self._gaps(unsure) if unsure else {}

        def one(place: int) -> Column:
            field = fields[place]
            nulls = gaps.get(field.name, field.nullable)
            return arrow.column(field.name, field.type, nulls=nulls)

        return layout.build([field.name for field in fields], one, self.description)

    def _gaps(self, names: list[str]) -> dict[str, bool]:
        asked = [f"max({_quoted(name)} IS NULL) AS {_quoted(name)}" for name in names]
        (row,) = self._data.selectExpr(*asked).collect()
        return {name: bool(gap) for name, gap in row.asDict().items()}

    def frame(self, names: Sequence[str]) -> Any:
        """The columns `names` as a Spark data frame."""
        return self._data.select(*map(_quoted, names))

    @staticmethod
    def read(
        batches: Iterable[Any], columns: tuple[Column, ...], names: Sequence[str]
    ) -> Iterator[Chunk]:
        """The rows of one partition, where it is."""
        return clusters.chunks(batches, columns, names)

    def _partitions(self, names: Sequence[str]) -> Iterator[Source]:
        columns = self._layout.pick(names, self.description)
        for row in mapped(self.frame(names), _packed).toLocalIterator():
            yield clusters.partition(_unpacked(row["outcome"]), columns)


def mapped(frame: Any, function: Callable[[Iterator[Any]], Iterator[tuple[int, bytes]]]) -> Any:
    """What `function` gives of each partition's Arrow batches, run where the partition is.

    Returns:
        A Spark data frame of `part` and `outcome`, a row for each pair that it yields.
    """

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for part, outcome in function(batches):
            yield pa.RecordBatch.from_pydict(
                {
                    "part": pa.array([part], pa.int64()),
                    "outcome": pa.array([outcome], pa.binary()),
                }
            )

    return frame.mapInArrow(run, "part long, outcome binary")


def _packed(batches: Iterator[Any]) -> Iterator[tuple[int, bytes]]:
    import pyarrow as pa

    for index, batch in enumerate(batches):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield index, sink.getvalue().to_pybytes()


def _unpacked(packed: bytes) -> Any:
    import pyarrow as pa

    return pa.ipc.open_stream(bytes(packed)).read_all()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
