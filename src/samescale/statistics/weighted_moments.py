"""Count, mean and variance of rows with weights, exact."""

from __future__ import annotations

import dataclasses as dc
import operator
from typing import TYPE_CHECKING, Any, Self, final

from samescale.statistics._exact.ratios import mean, total_weight, variance
from samescale.statistics._exact.row_weights import row_weights
from samescale.statistics._exact.sums import FLOOR, UNIT, totals
from samescale.statistics._features import numeric, same_width
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.base import Json


@final
@dc.dataclass(frozen=True, slots=True)
class WeightedMoments(Statistic):
    """Weighted mean and population variance of each feature, correctly rounded to float64.

    The mean is Σwx / Σw, the variance Σw(x - mean)² / Σw: a row of weight 3 counts as three rows,
    so that weights which are whole numbers give what `Moments` gives of the rows repeated, to the
    bit. Takes what `Moments` takes. A missing value counts for nothing, and its weight neither. The
    state are integers, the sums of w, wx and wx², each product taken without an error: any order
    gives the same bits.

    Attributes:
        counts: How many values, by feature.
        weights: The sum of their weights, in units of 2**-1080.
        sums: The sum of weight times value, in units of 2**-2160.
        squares: The sum of weight times square, in units of 2**-3240.

    Example:
        >>> import numpy as np
        >>> batch, weights = np.array([[1.0], [2.0], [6.0]]), np.array([1.0, 1.0, 0.5])
        >>> WeightedMoments().update(batch, weights).value()
        {'count': [3], 'weight': [2.5], 'mean': [2.4], 'variance': [3.44]}
    """

    counts: tuple[int, ...] = ()
    weights: tuple[int, ...] = ()
    sums: tuple[int, ...] = ()
    squares: tuple[int, ...] = ()

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """These moments with the rows of `batch` added; each counts once without weights.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number; or a weight
                isn't finite and above 0.
        """
        array = numeric(Batch.of(batch).array, "WeightedMoments")
        found = totals(array, row_weights(weights, len(array)), None, 1)
        columns = (
            found.counts.astype(object),
            *(
                kind.integers(FLOOR * power)
                for power, kind in enumerate((found.weights, found.sums, found.squares), 1)
                if kind is not None
            ),
        )
        return self.merge(type(self)(*(tuple(map(int, column[:, 0])) for column in columns)))

    def merge(self, other: Self) -> Self:
        """The moments of both together."""
        if not self.counts or not other.counts:
            return self if self.counts else other
        same_width("WeightedMoments", len(self.counts), len(other.counts))
        pairs = zip(dc.astuple(self), dc.astuple(other), strict=True)
        return type(self)(*(tuple(map(operator.add, mine, theirs)) for mine, theirs in pairs))

    def value(self) -> dict[str, Json]:
        """`count`, `weight`, `mean` and `variance`, by feature; `None` where nothing was counted.

        Raises:
            DataError: If a variance or a sum of weights is beyond the range of float64.
        """
        features = list(zip(self.weights, self.sums, self.squares, strict=True))
        return {
            "count": list(self.counts),
            "weight": [total_weight(i, weight, UNIT) for i, weight in enumerate(self.weights)],
            "mean": [mean(weight, total, UNIT) for weight, total, _ in features],
            "variance": [variance(i, *feature, UNIT) for i, feature in enumerate(features)],
        }

    def to_json(self) -> Json:
        """The state; the integers of any size as hexadecimal text."""
        state: dict[str, Json] = {"counts": list(self.counts)}
        for name in ("weights", "sums", "squares"):
            state[name] = [hex(number) for number in getattr(self, name)]
        return state

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The moments of a state that `to_json` gave."""
        integers = ([int(text, 16) for text in state[n]] for n in ("weights", "sums", "squares"))
        return cls(tuple(state["counts"]), *map(tuple, integers))
