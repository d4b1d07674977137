"""What an engine is: whatever runs statistics over the rows of a source."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self, final

from samescale.engines._entries import Rows, length
from samescale.errors import DataError, SamescaleError
from samescale.ir.nodes import Concat, Graph
from samescale.statistics.base import Keyed

if TYPE_CHECKING:
    from samescale.ir.nodes import Node
    from samescale.progress import Progress
    from samescale.sources.base import Chunk, Source
    from samescale.statistics.base import Statistic


@final
@dc.dataclass(frozen=True, slots=True)
class Task:
    """A statistic of what a node computes of a table.

    Attributes:
        name: Whose statistic it is, for messages: a column or a feature.
        node: What is computed before the statistic sees it.
        axes: The axes of one row of what is computed that keep statistics of their own.
        statistic: What is known so far.
        by: What gives each row its key, if the statistic keeps keys apart.
        weighted: Whether the statistic takes the rows' weights, where there are any.
    """

    name: str
    node: Node
    axes: tuple[int, ...]
    statistic: Statistic
    by: Node | None = None
    weighted: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        ends = [("x", self.node), *([] if self.by is None else [("by", self.by)])]
        return tuple(node.name for node in Graph(tuple(ends)).inputs)

    def updated(self, rows: Rows) -> Task:
        """The task with some rows added.

        Raises:
            DataError: If a value can't be taken; names column, row and value.
        """
        batch = self._batch(rows)
        weights = rows.weights_of(batch) if self.weighted else None
        try:
            return dc.replace(self, statistic=self._update(rows, batch, weights))
        except DataError as error:
            raise self._located(error, rows, length(batch)) from error

    def _batch(self, rows: Rows) -> Any:
        if self.statistic.takes_columns and isinstance(self.node, Concat):
            return rows.columns_of(self.node)
        return rows.batch(self.node, self.axes, arrow=self.statistic.takes_arrow)

    def _update(self, rows: Rows, batch: Any, weights: Any) -> Statistic:
        if self.by is None:
            return self.statistic.update(batch, weights)
        assert isinstance(self.statistic, Keyed)  # noqa: S101 - for mypy; a Need says both or none
        return self.statistic.update_by(batch, rows.keys(self.by, batch), weights)

    def _located(self, error: SamescaleError, rows: Rows, entries: int) -> SamescaleError:
        details: dict[str, Any] = {**error.details, "column": self.name}
        where = f"Column '{self.name}'"
        if "row" in details and rows.count:
            details["row"] = rows.place(int(details["row"]) * rows.count // max(entries, 1))
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
        weightless: How many of them have a weight of 0, and count for nothing.
        weights: The column of the rows' weights, if there is one.
    """

    tasks: tuple[Task, ...]
    rows: int = 0
    weightless: int = 0
    weights: str | None = None

    def update(self, chunk: Chunk) -> Self:
        """The fold with a chunk's rows added."""
        rows = Rows.of(chunk, self.weights)
        tasks = tuple(task.updated(rows) for task in self.tasks)
        return dc.replace(
            self,
            tasks=tasks,
            rows=self.rows + chunk.rows,
            weightless=self.weightless + chunk.rows - rows.count,
        )

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
            weightless=self.weightless + other.weightless,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the tasks read, and the weights'."""
        weights = [] if self.weights is None else [self.weights]
        return tuple(dict.fromkeys([*(c for task in self.tasks for c in task.columns), *weights]))


class Engine(ABC):
    """Whatever runs a fold over a source. The answer is the same to the bit on every engine."""

    @classmethod
    @abstractmethod
    def at(cls, address: str) -> Self:
        """The engine at an address, as `samescale.engines.open` takes it.

        Raises:
            SpecError: If it is none of this engine's.
        """

    def close(self) -> None:
        """End what the engine itself has started; by default nothing."""
        return

    @abstractmethod
    def run(self, fold: Fold, source: Source, progress: Progress) -> Fold:
        """The fold over every row of the source; `progress` is told of rows."""
