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
from functools import partial
from operator import itemgetter, le
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.types import FLOATS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.fitted import Fitted
    from samescale.guard import Guard, Watch
    from samescale.ir.types import Array
    from samescale.models.base import OneRow, Runtime

Ends: TypeAlias = "tuple[Array, Array | None]"

_NUMBERS = frozenset({float, int})


@final
class Lane:
    """Answers single rows of one predictor; threads may share it.

    Args:
        fitted: The preprocessing.
        runtime: The model.
        columns: The columns, in the order of the places that the runtime gives.
        edges: Between which values each of them is ordinary.
        see: What is shown the values of every row before it is answered, in the order of `columns`;
            it may refuse them.
    """

    def __init__(
        self,
        fitted: Fitted,
        runtime: Runtime,
        columns: tuple[str, ...],
        edges: tuple[tuple[float, ...], tuple[float, ...]],
        see: Callable[[tuple[Any, ...]], None] | None = None,
    ) -> None:
        self._runtime = runtime
        self._values = itemgetter(*columns)
        self._width = len(columns)
        self._lows, self._highs = edges
        self._ends = _ends(fitted)
        self._see = see
        # A place serves one call at a time; as many are made as calls ever ran at once.
        self._places: deque[tuple[OneRow, Callable[..., None]]] = deque()

    @classmethod
    def of(
        cls, fitted: Fitted, runtime: Runtime, guard: Guard, watch: Watch | None = None
    ) -> Lane | None:
        """The lane of a predictor; `None` if its rows aren't plain numbers.

        Args:
            fitted: The preprocessing.
            runtime: The model.
            guard: What watches the rows, one by one.
            watch: What watches them together.
        """
        if len(fitted.targets) > 1:
            return None
        columns = fitted.schema.columns
        plain = all(c.kind == "number" and not c.shape and not c.closed for c in columns)
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
        see = None if watch is None else watch.of_lane(place.columns)
        return cls(fitted, runtime, place.columns, (lows, highs), see)

    def answer(self, row: Mapping[str, Any]) -> Ends | None:
        """The prediction and the probabilities, of one row each; `None` for any other row.

        Args:
            row: A value for every column.

        Returns:
            Arrays of the caller's own; no probabilities where the target is no class.

        Raises:
            GuardError: If single rows are refused for what they say together.
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
        if self._see is not None:
            self._see(values)
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


def _ends(fitted: Fitted) -> Callable[[Array], Ends | None]:
    """From what the model wrote to the answer, in arrays of the caller's own."""
    if fitted.classes is not None:
        return partial(_classes, fitted)
    target = fitted.target
    back = None if target is None or target.inverse is None else _scalar(target.inverse)
    return partial(_numbers, fitted) if back is None else partial(_number, back)


def _number(back: Callable[[float], float], given: Array) -> Ends | None:
    if given.size != 1:
        return None
    value = given.item()
    found = back(value)
    return (np.array([found]), None) if math.isfinite(value) and math.isfinite(found) else None


def _numbers(fitted: Fitted, given: Array) -> Ends | None:
    if not np.isfinite(given).all():
        return None
    own = given.copy()
    found = own if fitted.target is None else fitted.inverse(own)
    return (found, None) if np.isfinite(found).all() else None


def _classes(fitted: Fitted, given: Array) -> Ends | None:
    if not np.isfinite(given).all():
        return None
    own = given.copy()
    return fitted.inverse(own), own


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
