"""The rows of a chunk as statistics see them: computed once, whatever asks for them."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.errors import DataError
from samescale.ir import reference
from samescale.ir.nodes import Cast, Concat, Graph, Input, Reshape
from samescale.statistics.batch import Batch, Columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.sources.base import Chunk


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows of a table, those of weight 0 left out.

    Attributes:
        columns: Their columns.
        start: The place of the chunk's first row in the table.
        count: How many they are.
        weights: What each counts for, float64 of shape (rows,); `None` without weights.
        kept: Their places in the chunk; `None` if all of it is kept.
        known: What was computed of them so far.
    """

    columns: Mapping[str, Any]
    start: int
    count: int
    weights: Array | None = None
    kept: Array | None = None
    known: dict[Any, Any] = dc.field(default_factory=dict)

    @classmethod
    def of(cls, chunk: Chunk, weights: str | None) -> Self:
        """The rows of a chunk.

        Args:
            chunk: The chunk.
            weights: The column of the rows' weights, if there is one.

        Raises:
            DataError: If a weight is missing, negative or infinite, or no number.
        """
        if weights is None:
            return cls(chunk.columns, chunk.start, chunk.rows)
        found = _weights(weights, chunk)
        if found.all():
            return cls(chunk.columns, chunk.start, chunk.rows, found)
        kept = np.flatnonzero(found)
        columns = {name: _taken(column, kept) for name, column in chunk.columns.items()}
        return cls(columns, chunk.start, len(kept), found[kept], kept)

    def place(self, row: int) -> int:
        """The place in the table of one of these rows."""
        return self.start + int(row if self.kept is None else self.kept[row])

    def batch(self, node: Node, axes: tuple[int, ...], *, arrow: bool = False) -> Any:
        """What a node gives, as a statistic takes it: rows and pooled entries × kept entries.

        Statistics of the same values are given the same batch, and so look at them once.

        Args:
            node: The node.
            axes: The axes that keep entries of their own.
            arrow: Whether text that nothing was computed of may be as Arrow has it.
        """
        if arrow and _is_arrow(self._computed(node)):
            return self._computed(node)
        key = (id(node), axes)
        if key not in self.known:
            self.known[key] = self._batch(node, axes)
        return self.known[key]

    def columns_of(self, node: Concat) -> Columns:
        """What a node joins of plain columns, column by column and as the source has them."""
        return Columns(tuple(self._values(_plain(x)).reshape(self.count) for x in node.xs))

    def keys(self, by: Node, batch: Any) -> Any:
        """The key of each row of a batch of these rows; text may be an Arrow array."""
        keys = self._computed(by)
        if _is_arrow(keys) and len(keys) == length(batch):
            return keys
        return self._repeated(self._values(by), batch)

    def weights_of(self, batch: Any) -> Array | None:
        """What each row of a batch of these rows counts for."""
        return None if self.weights is None else self._repeated(self.weights, batch)

    def _repeated(self, each: Array, batch: Any) -> Array:
        entries = length(batch) // max(self.count, 1)
        return each if entries == 1 else np.repeat(each, entries)

    def _batch(self, node: Node, axes: tuple[int, ...]) -> Batch:
        values = self._values(node)
        # What is pooled of the only axis has the entries that its own batch has.
        if not axes and values.ndim == 2 and values.shape[1] > 1:  # noqa: PLR2004 - rows, entries
            return self.batch(node, (0,)).pooled()  # type: ignore[no-any-return]  # no text
        return Batch(_apart(values, axes))

    def _values(self, node: Node) -> Array:
        values = self._computed(node)
        return _objects(values) if _is_arrow(values) else values

    def _computed(self, node: Node) -> Any:
        if id(node) not in self.known:
            self.known[id(node)] = self._compute(node)
        return self.known[id(node)]

    def _compute(self, node: Node) -> Any:
        # A statistic of the column itself sees the source's own numbers: a whole number beyond
        # 2^53 would lose its last digits as a float.
        match node:
            case Input(name) | Cast(Input(name)):
                return self.columns[name]
        graph = Graph((("x", node),))
        with np.errstate(all="ignore"):
            return reference.run(graph, {x.name: self._given(x) for x in graph.inputs})["x"]

    def _given(self, x: Input) -> Array:
        column = self.columns[x.name]
        return (_objects(column) if _is_arrow(column) else column).astype(x.type.numpy, copy=False)


def _plain(x: Node) -> Node:
    """A column, of one that was made a float64 and an axis for `Concat`."""
    match x:
        case Reshape(Cast(column, "float64"), (1,)):
            return column
        case _:
            return x


def length(batch: Any) -> int:
    """How many rows a batch has, those of pooled entries included."""
    return len(batch.array if isinstance(batch, Batch) else batch)


def _is_arrow(column: Any) -> bool:
    return not isinstance(column, np.ndarray)


def _objects(column: Any) -> Array:
    # pyarrow is loaded where there is such a column.
    from samescale.sources.columns.arrow import objects

    return objects(column)


def _taken(column: Any, places: Array) -> Any:
    if not _is_arrow(column):
        return column[places]
    # Arrow can't pick rows of views.
    kind = str(column.type)
    return (column.cast("large_string") if kind == "string_view" else column).take(places)


def _apart(values: Array, axes: tuple[int, ...]) -> Array:
    """Rows and pooled entries × kept entries."""
    if not axes:
        return values.reshape(-1, 1)
    kept = [axis + 1 for axis in axes]
    moved = np.moveaxis(values, kept, range(-len(kept), 0))
    width = int(np.prod([values.shape[axis] for axis in kept], dtype=np.int64))
    return moved.reshape(-1, width)


def _weights(name: str, chunk: Chunk) -> Array:
    column = chunk.columns[name]
    if _is_arrow(column) or column.ndim != 1 or column.dtype.kind not in "biuf":
        raise DataError(
            f"The weights '{name}' are no numbers.",
            remedy="Name a column of numbers of 0 or more.",
            column=name,
        )
    found = column.astype(np.float64)
    wrong = np.flatnonzero(~((found >= 0) & np.isfinite(found)))
    if len(wrong):
        row, value = chunk.start + int(wrong[0]), float(found[wrong[0]])
        raise DataError(
            f"Column '{name}', row {row}: the weight is {value}.",
            remedy="A weight is a number of 0 or more.",
            column=name,
            row=row,
            value=value,
        )
    return found
