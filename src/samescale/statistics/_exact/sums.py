"""Exact weights, sums and sums of squares of a batch, by feature and by group of rows."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, Self, final

import numpy as np

from samescale.statistics._exact.digits import Columns, Digits
from samescale.statistics._exact.products import ROWS, add, chosen, halved, product, windows
from samescale.statistics._features import refuse_infinite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array

# Every float64 is a whole number of 2**(-36 * 30); a product with a weight is one of its square.
FLOOR = -30
UNIT = 36 * 30
# What float64 holds whole.
SAFE = 1 << 53
BYTES = 8
PIECE = 1 << 13
WIDE = 128


@final
class Totals(NamedTuple):
    """What was added up: by feature and group.

    Attributes:
        counts: How many values aren't missing, int64, features × groups.
        weights: Their weights' sum; `None` where every value counts once.
        sums: The sum of the values, each times its weight.
        squares: The sum of their squares, each times its weight.
    """

    counts: Array
    weights: Digits | None
    sums: Digits
    squares: Digits

    @classmethod
    def none(cls, shape: tuple[int, int], *, weighted: bool) -> Self:
        """Nothing, of some features and groups."""
        nothing = Digits(shape, {})
        return cls(np.zeros(shape, np.int64), nothing if weighted else None, nothing, nothing)

    def plus(self, other: Self) -> Self:
        """The totals of both."""
        weights = None
        if self.weights is not None and other.weights is not None:
            weights = self.weights.plus(other.weights)
        return type(self)(
            self.counts + other.counts,
            weights,
            self.sums.plus(other.sums),
            self.squares.plus(other.squares),
        )

    def spread(self, places: Array, groups: int) -> Self:
        """The same among more groups: group i becomes group `places[i]`."""
        counts = np.zeros((len(self.counts), groups), np.int64)
        counts[:, places] = self.counts
        weights = None if self.weights is None else self.weights.spread(places, groups)
        sums, squares = (kind.spread(places, groups) for kind in (self.sums, self.squares))
        return type(self)(counts, weights, sums, squares)


def totals(batch: Array, weights: Array | None, codes: Array | None, groups: int) -> Totals:
    """The totals of a batch.

    Args:
        batch: Numbers, rows × features.
        weights: What each row counts for, finite and above 0; `None` if all count once.
        codes: The group of each row, int64; `None` if there is one group.
        groups: How many groups there are.

    Raises:
        DataError: If a value is infinite.
    """
    shape = (batch.shape[1], groups)
    found = Totals.none(shape, weighted=weights is not None)
    for start in range(0, len(batch), ROWS):
        part = slice(start, start + ROWS)
        block = _Block(shape, weighted=weights is not None)
        for rows, features in _pieces(batch[part], wide=codes is None):
            here = slice(start + rows.start, start + rows.stop)
            each = None if weights is None else weights[here]
            piece = batch[here, features]
            if piece.dtype.kind == "f" and np.isinf(piece).any():
                refuse_infinite(batch)
            block.add(piece, features, each, _of(codes, here))
        found = found.plus(block.totals())
    return found


def _pieces(batch: Array, *, wide: bool) -> Iterator[tuple[slice, slice]]:
    """Rows and features whose temporaries stay in the first caches."""
    rows, features = batch.shape
    width = min(features, WIDE) if wide else max(1, PIECE // max(rows, 1))
    for first in range(0, features, max(width, 1)):
        for start in range(0, rows, step := PIECE // width):
            yield slice(start, min(start + step, rows)), slice(first, min(first + width, features))


def _of(codes: Array | None, rows: slice) -> Array | None:
    return None if codes is None else codes[rows]


@final
class _Block:
    """The totals of at most 2**16 rows, while they are added. Mutable, local to one update."""

    def __init__(self, shape: tuple[int, int], *, weighted: bool) -> None:
        self._counts = np.zeros(shape, np.int64)
        self._weights = Columns(shape) if weighted else None
        self._sums, self._squares = Columns(shape), Columns(shape)
        self._wide: list[Totals] = []

    def totals(self) -> Totals:
        """What was added."""
        weights = None if self._weights is None else self._weights.digits()
        found = Totals(self._counts, weights, self._sums.digits(), self._squares.digits())
        return functools.reduce(Totals.plus, self._wide, found)

    def add(
        self,
        batch: Array,
        features: slice,
        weights: Array | None,
        codes: Array | None,
    ) -> None:
        """Add some rows of some features."""
        values, wide = _floats(batch)
        if wide is not None:
            self._wide.append(_exact(batch, wide, weights, codes, features, self._counts.shape))
        missing = np.isnan(values)
        some = bool(missing.any())
        slots = self._slots(features, codes)
        self._count(values.shape, slots, missing if some else None)
        each = None if weights is None else np.broadcast_to(weights, values.shape)
        if some:
            values[missing] = 0.0
            each = None if each is None else np.where(missing, 0.0, each)
        if each is None or self._weights is None:
            self._add(values, slots)
            return
        for where, shift, scaled in windows(each):
            own = chosen(slots, where, each.shape)
            add(scaled, own, self._weights, shift)
            kept = values if where is None else values.reshape(-1)[where]
            self._add_weighted(kept, scaled, own, shift)

    def _slots(self, features: slice, codes: Array | None) -> Array | slice:
        if codes is None:
            return features
        groups = self._counts.shape[1]
        first = np.arange(features.start * groups, features.stop * groups, groups)
        return (first[:, None] + codes).reshape(-1)

    def _count(self, shape: tuple[int, ...], slots: Array | slice, missing: Array | None) -> None:
        counts = self._counts.reshape(-1)
        lost: Any = None if missing is None else chosen(slots, np.flatnonzero(missing), shape)
        if isinstance(slots, slice):
            counts[slots] += shape[1]
        else:
            np.add.at(counts, slots, 1)
        if lost is not None:
            np.subtract.at(counts, lost, 1)

    def _add(self, values: Array, slots: Array | slice) -> None:
        for where, shift, scaled in windows(values):
            own = chosen(slots, where, values.shape)
            half = halved(scaled)
            add(scaled, own, self._sums, shift)
            for term in product(half, half):
                add(term, own, self._squares, 2 * shift)

    def _add_weighted(self, values: Array, weights: Array, slots: Array | slice, up: int) -> None:
        for where, shift, scaled in windows(values):
            own = chosen(slots, where, values.shape)
            weight = halved(weights if where is None else weights.reshape(-1)[where])
            value = halved(scaled)
            for term in product(weight, value):
                add(term, own, self._sums, up + shift)
            for part in product(value, value):
                if part.any():
                    for term in product(weight, halved(part)):
                        add(term, own, self._squares, up + 2 * shift)


def _floats(batch: Array) -> tuple[Array, Array | None]:
    """The values, features × rows, and which of them float64 doesn't hold: those are 0 here."""
    values = np.array(batch.T, np.float64, order="C")
    if batch.dtype.kind not in "iu" or batch.dtype.itemsize < BYTES:
        return values, None
    wide = np.abs(values) >= SAFE
    if not wide.any():
        return values, None
    values[wide] = 0.0
    return values, wide.T


def _exact(
    batch: Array,
    where: Array,
    weights: Array | None,
    codes: Array | None,
    features: slice,
    shape: tuple[int, ...],
) -> Totals:
    """The sums of integers that float64 doesn't hold, as Python's; they are counted elsewhere."""
    row, feature = np.nonzero(where)
    values = batch[row, feature].astype(object)
    each = np.ones(len(row), object) if weights is None else _integers(weights[row])
    places: Any = (feature + features.start, 0 if codes is None else codes[row])
    floor = FLOOR if weights is None else 2 * FLOOR
    found = []
    for power in (1, 2):
        sums = np.zeros(shape, object)
        np.add.at(sums, places, each * values**power << power * UNIT)
        found.append(Digits.of_integers(sums, floor + (power - 1) * FLOOR))
    none = Totals.none((shape[0], shape[1]), weighted=weights is not None)
    return none._replace(sums=found[0], squares=found[1])


def _integers(values: Array) -> Array:
    """Floats as Python integers in units of 2**-1080."""
    mantissas, exponents = np.frexp(values)
    whole = np.ldexp(mantissas, 53).astype(np.int64).astype(object)
    # Bits go to the right only where they are 0: the unit is below the smallest float.
    up = exponents.astype(object) + (UNIT - 53)
    found: Array = np.where(up >= 0, whole << np.maximum(up, 0), whole >> np.maximum(-up, 0))
    return found
