"""What an engine is: whatever runs statistics over the rows of a source."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.errors import DataError, SamescaleError
from samescale.ir import reference
from samescale.ir.nodes import Cast, Graph, Input

if TYPE_CHECKING:
    from samescale.ir.nodes import Node
    from samescale.ir.types import Array, TensorType
    from samescale.progress import Progress
    from samescale.sources.base import Chunk, Source
    from samescale.statistics.base import Statistic


@final
@dc.dataclass(frozen=True, slots=True)
class Task:
    """A statistic of what a node computes from one column.

    Attributes:
        column: The column.
        node: What is computed of it before the statistic sees it.
        axes: The axes of one row of what is computed that keep statistics of their own.
        statistic: What is known so far.
    """

    column: str
    node: Node
    axes: tuple[int, ...]
    statistic: Statistic

    def updated(self, chunk: Chunk) -> Task:
        """The task with a chunk's rows added.

        Raises:
            DataError: If a value can't be taken; names column, row and value.
        """
        values = self._computed(chunk.columns[self.column])
        batch = _batch(values, self.axes)
        try:
            return dc.replace(self, statistic=self.statistic.update(batch))
        except DataError as error:
            raise self._located(error, chunk, len(batch)) from error

    def _computed(self, values: Array) -> Array:
        # A statistic of the column itself sees the source's own numbers: a whole number beyond
        # 2^53 would lose its last digits as a float.
        if isinstance(self.node, Input) or (
            isinstance(self.node, Cast) and isinstance(self.node.x, Input)
        ):
            return values
        with np.errstate(all="ignore"):
            columns = {self.column: values.astype(_input(self.node).numpy, copy=False)}
            return reference.run(Graph((("x", self.node),)), columns)["x"]

    def _located(self, error: SamescaleError, chunk: Chunk, entries: int) -> SamescaleError:
        details: dict[str, Any] = {**error.details, "column": self.column}
        where = f"Column '{self.column}'"
        if "row" in details and chunk.rows:
            details["row"] = chunk.start + int(details["row"]) * chunk.rows // max(entries, 1)
            where += f", row {details['row']}"
        # The statistic counts the rows of its batch; here they are those of the table.
        said = error.message.removeprefix(f"Row {error.details.get('row')} ")
        return type(error)(f"{where}: {said}", remedy=error.remedy, **details)


@final
@dc.dataclass(frozen=True, slots=True)
class Fold:
    """Tasks that share a pass. It is data: a worker anywhere can be sent one and send one back.

    Attributes:
        tasks: The tasks.
        rows: How many rows were added.
    """

    tasks: tuple[Task, ...]
    rows: int = 0

    def update(self, chunk: Chunk) -> Self:
        """The fold with a chunk's rows added."""
        tasks = tuple(task.updated(chunk) for task in self.tasks)
        return dc.replace(self, tasks=tasks, rows=self.rows + chunk.rows)

    def merge(self, other: Self) -> Self:
        """The fold of both together; exact, so the order doesn't matter."""
        pairs = zip(self.tasks, other.tasks, strict=True)
        return dc.replace(
            self,
            tasks=tuple(
                dc.replace(ours, statistic=ours.statistic.merge(theirs.statistic))
                for ours, theirs in pairs
            ),
            rows=self.rows + other.rows,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the tasks read."""
        return tuple(dict.fromkeys(task.column for task in self.tasks))


class Engine(ABC):
    """Whatever runs a fold over a source. The answer is the same to the bit on every engine."""

    @abstractmethod
    def run(self, fold: Fold, source: Source, progress: Progress) -> Fold:
        """The fold over every row of the source; `progress` is told of rows."""


def _batch(values: Array, axes: tuple[int, ...]) -> Array:
    """Rows and pooled entries × kept entries."""
    if not axes:
        return values.reshape(-1, 1)
    kept = [axis + 1 for axis in axes]
    moved = np.moveaxis(values, kept, range(-len(kept), 0))
    width = int(np.prod([values.shape[axis] for axis in kept], dtype=np.int64))
    return moved.reshape(-1, width)


def _input(node: Node) -> TensorType:
    return Graph((("x", node),)).inputs[0].type
