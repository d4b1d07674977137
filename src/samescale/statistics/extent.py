"""The least and the greatest value."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, TypeAlias, final

import numpy as np

from samescale.statistics._features import both, numeric, refuse_infinite
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.base import Json

Bound: TypeAlias = int | float | None

# NumPy reduces short rows slowly, so that several are read as one of about so many values.
WIDTH = 1024


@final
@dc.dataclass(frozen=True, slots=True)
class Extent(Statistic):
    """The least and the greatest value of each feature.

    Integers stay integers of any size, and floats become float64, which holds them exactly. NaN is
    skipped, -0.0 is 0.0, and an infinity is a DataError. Where 1 and 1.0 tie, 1.0 stands.

    Attributes:
        low: The least value by feature, `None` where there is none.
        high: The greatest.

    Example:
        >>> Extent().update(np.array([[1, -4], [3, 2]])).value()
        {'min': [1, -4], 'max': [3, 2]}
    """

    low: tuple[Bound, ...] = ()
    high: tuple[Bound, ...] = ()

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """This extent with the rows of `batch` added, whatever their weights.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number.
        """
        del weights
        batch = Batch.of(batch)
        array = numeric(batch.array, "Extent")
        found = batch.scan()
        bounds = _looked(array) if found is None else (found.low, found.high)
        return self.merge(type(self)(*bounds))

    def merge(self, other: Self) -> Self:
        """The extent of both together."""
        return type(self)(
            both("Extent", self.low, other.low, _least),
            both("Extent", self.high, other.high, _greatest),
        )

    def value(self) -> dict[str, Json]:
        """`min` and `max`, by feature."""
        return {"min": list(self.low), "max": list(self.high)}

    def to_json(self) -> Json:
        """The state."""
        return {"low": list(self.low), "high": list(self.high)}

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The extent of a state that `to_json` gave."""
        return cls(tuple(state["low"]), tuple(state["high"]))


def _looked(array: Array) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    """The bounds, by NumPy."""
    if not array.size:
        none = (None,) * array.shape[1]
        return none, none
    low, high = _bounds(array)
    if np.isinf(low).any() or np.isinf(high).any():
        refuse_infinite(array)
    return _plain(low), _plain(high)


def _bounds(batch: Array) -> tuple[Array, Array]:
    low, high = _folded(batch, np.minimum), _folded(batch, np.maximum)
    missing = np.isnan(low)
    if missing.any():
        low[missing] = np.fmin.reduce(batch[:, missing], axis=0)
        high[missing] = np.fmax.reduce(batch[:, missing], axis=0)
    return low, high


def _folded(batch: Array, least: np.ufunc) -> Array:
    rows, features = batch.shape
    fold = max(1, min(rows, WIDTH // max(1, features)))
    whole = rows // fold * fold
    wide = least.reduce(batch[:whole].reshape(-1, fold * features), axis=0)
    folded: Array = least.reduce(np.concatenate([wide.reshape(fold, features), batch[whole:]]))
    return folded


def _plain(bounds: Array) -> tuple[Bound, ...]:
    if bounds.dtype.kind == "f":
        values = (bounds.astype(np.float64) + 0.0).tolist()
        return tuple(None if value != value else value for value in values)  # noqa: PLR0124 (NaN)
    return tuple(map(int, bounds))


def _least(mine: Bound, theirs: Bound) -> Bound:
    if mine is None or theirs is None:
        return theirs if mine is None else mine
    return min(mine, theirs, key=lambda bound: (bound, isinstance(bound, int)))


def _greatest(mine: Bound, theirs: Bound) -> Bound:
    if mine is None or theirs is None:
        return theirs if mine is None else mine
    return max(mine, theirs, key=lambda bound: (bound, isinstance(bound, float)))
