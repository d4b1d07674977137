"""Count, mean and variance, exact."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

from samescale.errors import DataError
from samescale.statistics import load
from samescale.statistics._exact.slices import add_floats
from samescale.statistics._exact.tally import UNIT, Tally
from samescale.statistics._exact.whole import add_integers
from samescale.statistics._features import numeric, same_width
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.base import Json


@final
@dc.dataclass(frozen=True, slots=True)
class Moments(Statistic):
    """Mean and population variance (ddof 0) of each feature, correctly rounded to float64.

    Takes bool, every integer and float16, float32, float64. NaN isn't counted; an infinity is a
    DataError. The state is a count, the sum as an integer in units of 2**-1074 and the sum of
    squares in units of 2**-2148: addition of integers, so any order gives the same bits.

    Attributes:
        counts: How many values, by feature.
        sums: Their sum, in units of 2**-1074.
        squares: The sum of their squares, in units of 2**-2148.

    Example:
        >>> import numpy as np
        >>> batch = np.array([[1.0], [2.0], [6.0]])
        >>> Moments().update(batch).value()
        {'count': [3], 'mean': [3.0], 'variance': [4.666666666666667]}
    """

    counts: tuple[int, ...] = ()
    sums: tuple[int, ...] = ()
    squares: tuple[int, ...] = ()

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """These moments with the rows of `batch` added; weights are for `weighted`.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number; or if there are
                weights.
        """
        if weights is not None:
            raise DataError(
                f"Moments counts each row once, and was given weights of shape {weights.shape}.",
                remedy="Learn them with Moments().weighted().",
                value=weights.shape,
            )
        batch = Batch.of(batch)
        array = numeric(batch.array, "Moments")
        found = batch.scan()
        if found is None:
            return self.merge(type(self)(*_added_up(array)))
        counts = tuple(len(array) - missing for missing in found.missing)
        return self.merge(type(self)(counts, found.sums, found.squares))

    def weighted(self) -> Statistic:
        """`WeightedMoments`, which gives each row its weight."""
        return load("WeightedMoments")()

    def merge(self, other: Self) -> Self:
        """The moments of both together."""
        if not self.counts or not other.counts:
            return self if self.counts else other
        same_width("Moments", len(self.counts), len(other.counts))
        return type(self)(
            _added(self.counts, other.counts),
            _added(self.sums, other.sums),
            _added(self.squares, other.squares),
        )

    def value(self) -> dict[str, Json]:
        """`count`, `mean` and `variance`, by feature; both `None` where nothing was counted.

        Raises:
            DataError: If a variance is beyond the range of float64.
        """
        features = list(zip(self.counts, self.sums, self.squares, strict=True))
        return {
            "count": list(self.counts),
            "mean": [_mean(count, total) for count, total, _ in features],
            "variance": [_variance(i, *feature) for i, feature in enumerate(features)],
        }

    def to_json(self) -> Json:
        """The state; the integers of any size as hexadecimal text."""
        return {
            "counts": list(self.counts),
            "sums": [hex(total) for total in self.sums],
            "squares": [hex(square) for square in self.squares],
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The moments of a state that `to_json` gave."""
        return cls(
            tuple(state["counts"]),
            tuple(int(total, 16) for total in state["sums"]),
            tuple(int(square, 16) for square in state["squares"]),
        )


def _added_up(array: Array) -> tuple[tuple[int, ...], ...]:
    """Counts, sums and squares, by NumPy."""
    tally = Tally(array.shape[1])
    add = add_integers if array.dtype.kind in "iu" else add_floats
    counts = len(array) - add(tally, array)
    tally.settle()
    lists = counts.tolist(), tally.sums.tolist(), tally.squares.tolist()
    return tuple(map(tuple, lists))


def _added(mine: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(mine, theirs, strict=True))


# Python's true division of integers is correctly rounded, whatever their size.
def _mean(count: int, total: int) -> float | None:
    return total / (count << UNIT) if count else None


def _variance(feature: int, count: int, total: int, square: int) -> float | None:
    try:
        return (count * square - total * total) / (count * count << 2 * UNIT) if count else None
    except OverflowError:
        raise DataError(
            f"The variance of feature {feature} is beyond the range of float64.",
            remedy="Rescale the column, or clip it, before it is learned from.",
            feature=feature,
            value=_mean(count, total),
        ) from None
