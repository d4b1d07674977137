"""The lane of one plain row: what answers a single row where nothing needs a second look.

A row of numbers that are finite and where training's were is checked, answered and brought back to
the target's units without making an array. Whatever is out of the ordinary gets no answer here: it
takes the way of all rows, which says what is wrong. What the lane answers is what that way
answers, to the bit.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from operator import itemgetter, le
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.types import FLOATS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.fitted import Fitted
    from samescale.guard import Guard
    from samescale.ir.types import Array
    from samescale.models.base import OneRow, Runtime

_NUMBERS = frozenset({float, int})


@final
class Lane:
    """Answers single rows of one predictor; threads may share it.

    Args:
        fitted: The preprocessing.
        runtime: The model.
        columns: The columns, in the order of the places that the runtime gives.
        edges: Between which values each of them is ordinary.
    """

    def __init__(
        self,
        fitted: Fitted,
        runtime: Runtime,
        columns: tuple[str, ...],
        edges: tuple[tuple[float, ...], tuple[float, ...]],
    ) -> None:
        self._runtime = runtime
        self._values = itemgetter(*columns)
        self._width = len(columns)
        self._lows, self._highs = edges
        self._ends = _ends(fitted)
        # A place serves one call at a time; as many are made as calls ever ran at once.
        self._places: deque[tuple[OneRow, Callable[..., None]]] = deque()

    @classmethod
    def of(cls, fitted: Fitted, runtime: Runtime, guard: Guard) -> Lane | None:
        """The lane of a predictor; `None` if its rows aren't plain numbers.

        Args:
            fitted: The preprocessing.
            runtime: The model.
            guard: What watches the rows.
        """
        if len(fitted.targets) > 1:
            return None
        plain = all(c.kind == "number" and not c.shape for c in fitted.schema.columns)
        bounds = guard.bounds()
        place = runtime.bind() if plain and bounds is not None else None
        if place is None or sorted(place.columns) != sorted(fitted.schema.names):
            return None
        if len(place.columns) < 2:  # noqa: PLR2004 - of one name, itemgetter gives no tuple
            return None
        edges = [
            _edges(fitted.schema[name].dtype, (bounds or {}).get(name)) for name in place.columns
        ]
        lows, highs = zip(*edges, strict=True)
        return cls(fitted, runtime, place.columns, (lows, highs))

    def answer(self, row: Mapping[str, Any]) -> tuple[Array, Array] | None:
        """The prediction and what the model gave, of one row each; `None` for any other row.

        Args:
            row: A value for every column.
        """
        try:
            values = self._values(row)
        except KeyError:
            return None
        if len(row) != self._width or not _NUMBERS.issuperset(map(type, values)):
            return None
        # NaN is in no order with anything, so it isn't between the edges.
        if not (all(map(le, self._lows, values)) and all(map(le, values, self._highs))):
            return None
        place, write = self._taken()
        try:
            write(place.buffer, 0, *values)
            place.run()
            return self._ends(place.answers)
        finally:
            self._places.append((place, write))

    def _taken(self) -> tuple[OneRow, Callable[..., None]]:
        try:
            return self._places.pop()
        except IndexError:
            place = self._runtime.bind()
            if place is None:
                raise
            return place, struct.Struct("=" + place.format).pack_into


def _edges(dtype: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    """The ordinary values of a column: those of the guard, finite in its dtype."""
    most = float(np.finfo(dtype).max) if dtype in FLOATS else math.inf
    low, high = bounds or (-most, most)
    return max(low, -most), min(high, most)


def _ends(fitted: Fitted) -> Callable[[Array], tuple[Array, Array] | None]:
    """From what the model wrote to the answer, in arrays of the caller's own."""
    target = fitted.target
    back = None if target is None or target.inverse is None else _scalar(target.inverse)

    def numbers(given: Array) -> tuple[Array, Array] | None:
        value = given.item()
        if not math.isfinite(value):
            return None
        found = back(value) if back else value
        return (np.array([found]), given) if math.isfinite(found) else None

    def others(given: Array) -> tuple[Array, Array] | None:
        if not np.isfinite(given).all():
            return None
        own = given.copy()
        return (own if target is None else fitted.inverse(own)), own

    return numbers if back else others


def _scalar(graph: n.Graph) -> Callable[[float], float] | None:
    """The function of one number that `graph` is, where it is Sub and Mul of doubles alone.

    Python's float is IEEE's double, so these are the bits that the graph gives.
    """
    steps: list[tuple[bool, float]] = []
    ((_, node),) = graph.outputs
    while not isinstance(node, n.Input):
        match node:
            case n.Sub(x, n.Const(value)) if value.size == 1 and value.dtype == np.float64:
                steps.append((True, value.item()))
            case n.Mul(x, n.Const(value)) if value.size == 1 and value.dtype == np.float64:
                steps.append((False, value.item()))
            case _:
                return None
        node = x
    if node.type.dtype != "float64":
        return None
    steps.reverse()

    def run(value: float) -> float:
        for subtracts, constant in steps:
            value = value - constant if subtracts else value * constant
        return value

    return run
