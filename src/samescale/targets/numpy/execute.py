"""A plan run: at once for few rows, in blocks that stay in the cache for many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.ir.reference import feed
from samescale.targets.numpy.constants import stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array
    from samescale.targets.base import Run
    from samescale.targets.numpy.plan import Output, Plan

_CACHE = 2**18  # bytes that the buffers of a block take: half of a small L2


def runner(plan: Plan) -> Run:
    """The function that runs `plan`."""
    size = len(plan.types)
    blank: list[Any] = [None] * size
    for slot, value, _ in plan.constants:
        blank[slot] = value
    block = max(1, _CACHE // max(1, plan.row_bytes))
    inputs = tuple((name, of.numpy, of.shape, slot) for name, of, slot in plan.inputs)
    steps, outputs = plan.steps, plan.outputs

    def run(columns: Mapping[str, Array]) -> dict[str, Array]:
        values = blank.copy()
        rows = _read(plan, inputs, columns, values)
        with np.errstate(all="ignore"):
            if rows > 2 * block:
                return _Blocks(plan, values, rows, block).run()
            for slot, step in steps:
                values[slot] = step(values, None)
        return {o.name: values[o.slot] if o.own else values[o.slot].copy() for o in outputs}

    return run


def _read(
    plan: Plan,
    inputs: tuple[tuple[str, np.dtype[Any], tuple[int, ...], int], ...],
    columns: Mapping[str, Array],
    values: list[Any],
) -> int:
    """Put the columns into their slots; how many rows they have."""
    first = columns.get(inputs[0][0])
    rows = len(first) if first is not None and first.ndim else -1
    for name, dtype, shape, slot in inputs:
        column = columns.get(name)
        if column is None or column.dtype != dtype or column.shape != (rows, *shape):
            feed(plan.graph, columns)  # which tells what is wrong
        values[slot] = column
    return rows


@final
class _Blocks:
    """One call over many rows: buffers made once, then filled block by block.

    Args:
        plan: The plan.
        values: The array of each input and constant, by slot.
        rows: How many rows there are.
        block: How many of them are taken at once.
    """

    def __init__(self, plan: Plan, values: list[Any], rows: int, block: int) -> None:
        self._plan, self._values, self._rows, self._block = plan, values, rows, block
        self._inputs = [(slot, values[slot]) for _, _, slot in plan.inputs]
        self._constants = [
            (slot, stacked)
            for slot, value, shape in plan.constants
            if shape is not None and (stacked := stack(value, shape, block)) is not value
        ]
        written = set(plan.buffers)
        self._direct = {o.root: self._made(o.root) for o in plan.outputs if o.root in written}
        self._copied = {
            o.slot: self._made(o.slot) for o in plan.outputs if o.root not in self._direct
        }
        self._work = {
            slot: np.empty((block, *plan.types[slot].shape), plan.types[slot].numpy)
            for slot in plan.buffers
            if slot not in self._direct
        }

    def run(self) -> dict[str, Array]:
        for start in range(0, self._rows, self._block):
            self._one(slice(start, min(start + self._block, self._rows)))
        return {o.name: self._output(o) for o in self._plan.outputs}

    def _made(self, slot: int) -> Array:
        of = self._plan.types[slot]
        return np.empty((self._rows, *of.shape), of.numpy)

    def _one(self, where: slice) -> None:
        values, count = self._values, where.stop - where.start
        for slot, column in self._inputs:
            values[slot] = column[where]
        for slot, stacked in self._constants:
            values[slot] = stacked[:count]
        buffers = {slot: work[:count] for slot, work in self._work.items()}
        buffers.update((slot, whole[where]) for slot, whole in self._direct.items())
        for slot, step in self._plan.steps:
            values[slot] = step(values, buffers.get(slot))
        for slot, whole in self._copied.items():
            whole[where] = values[slot]

    def _output(self, output: Output) -> Array:
        if output.root not in self._direct:
            whole = self._copied[output.slot]
        else:
            shape = self._plan.types[output.slot].shape
            whole = self._direct[output.root].reshape(self._rows, *shape)
        return whole if output.own else whole.copy()
