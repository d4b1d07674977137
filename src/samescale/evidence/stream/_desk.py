"""Where rows lie while they are seen: buffers whose addresses the kernel knows."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.stream._bets import start_weight
from samescale.evidence.stream._recent import SIZE, Recent
from samescale.native import evidence as native

if TYPE_CHECKING:
    from samescale.evidence.stream._process import Plan, Process
    from samescale.evidence.stream._tables import Tables
    from samescale.ir.types import Array

BLOCK: Final = SIZE
_LEARNS: Final = 14  # its place in `struct process`


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """Rows of one block, and what is found of them.

    Attributes:
        tables: Levels by cell.
        plan: What is bet.
        process: The e-processes.
        recent: The last rows.
        limits: From which evidence each hypothesis is an alarm.
        levels: Of the block's rows, uint8 (`BLOCK`, h).
        seen: Whether each repeats a recent one, uint8 (`BLOCK`,).
        starts: The weight of a change at each, (`BLOCK`,).
        described: The process, for the kernel.
        look: The tables and buffers, for the kernel.
        found: The rows' cells, int32 (`BLOCK`, d).
        addresses: Of `look` and of `described`.
    """

    tables: Tables
    plan: Plan
    process: Process
    recent: Recent
    limits: Array
    levels: Array
    seen: Array
    starts: Array
    described: Array
    look: Array
    found: Array
    addresses: tuple[int, int]

    @classmethod
    def laid(
        cls, tables: Tables, plan: Plan, process: Process, recent: Recent, limits: Array
    ) -> Self:
        """A desk for a stream; what it is given is written to, in place."""
        levels = np.zeros((BLOCK, len(plan.prior)), np.uint8)
        seen, starts = np.zeros(BLOCK, np.uint8), np.zeros(BLOCK)
        found = np.zeros((BLOCK, recent.values.shape[1]), np.int32)
        described = process.described(plan, levels, starts, seen, limits, learns=True)
        cells, own, whole = tables.cells, tables.levels, tables.whole
        sizes = (
            *cells.edges.shape, own.shape[1], own.shape[2], whole.shape[2], len(tables.bounds),
            SIZE,
        )  # fmt: skip
        arrays = (
            cells.edges, cells.counts, cells.ticks, cells.centre, own, whole, tables.bounds,
            recent.values, found, levels, seen,
        )  # fmt: skip
        look = np.array([*sizes, *(each.ctypes.data for each in arrays)], np.int64)
        return cls(
            tables, plan, process, recent, limits, levels, seen, starts, described, look, found,
            (look.ctypes.data, described.ctypes.data),
        )  # fmt: skip

    def go_on(self, values: Array, row: int, *, learns: bool) -> int:
        """Goes on by a block of requests of one row each, up to the first alarm.

        Args:
            values: As they arrived, float64 (n, d), contiguous, `BLOCK` rows at most.
            row: How many requests there were since evidence began.
            learns: Whether the rows enter the bag.

        Returns:
            How many rows it went on by, that of an alarm included; negative where there was one.
            `levels` and `seen` hold for all rows.
        """
        count = len(values)
        for index in range(count):
            self.starts[index] = start_weight(row + index)
        self.described[_LEARNS] = learns
        raw = self.tables.scale.raw(values)
        at = values.ctypes.data
        done = native.see(
            *self.addresses, at, at if raw is values else raw.ctypes.data, count, self.recent.count
        )
        if done is not None:
            self.recent.seen(self.seen[:count])
            return done
        self.look_at(values)
        return self.go_further(0, count, row, learns=learns)

    def look_at(self, values: Array) -> None:
        """Fills `levels` and `seen` for a block of rows, and lets it be remembered."""
        count = len(values)
        self.levels[:count] = self.tables.rows(self.tables.found(values))
        self.seen[:count] = self.recent.see(values)

    def go_further(self, first: int, last: int, row: int, *, learns: bool) -> int:
        """Goes on by rows `first` to `last` of a block that was looked at, as `go_on`."""
        for index in range(first, last):
            self.starts[index] = start_weight(row + index - first)
        return self.process.go_on(
            self.plan, self.levels[first:last], self.starts[first:last], self.seen[first:last],
            self.limits, learns=learns,
        )  # fmt: skip
