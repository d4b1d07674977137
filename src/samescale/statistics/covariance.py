"""Means, covariances and correlations of features, exact."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, NoReturn, Self, final

import numpy as np

from samescale.errors import SpecError
from samescale.statistics._exact.cross import UNIT, cross, step, whole
from samescale.statistics._exact.ratios import correlation, mean, quotient
from samescale.statistics._features import numeric, refuse_infinite, same_width
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.ir.types import Array
    from samescale.statistics.base import Json

# What float64 holds whole.
_SAFE = 1 << 53
_BYTES = 8


@final
@dc.dataclass(frozen=True, slots=True)
class Covariance(Statistic):
    """Population covariances (ddof 0) and correlations of the features, correctly rounded.

    Takes what `Moments` takes. A row in which any feature is missing is left out of everything and
    counted as incomplete: so all entries come from the same rows, and the matrix is that of a
    distribution (covariances of pairwise complete rows need not be). An infinity is a DataError.
    The state are integers, so any order gives the same bits. Time and state grow with the square of
    the number of features.

    Attributes:
        rows: How many rows were counted.
        incomplete: How many rows were left out, because a feature was missing.
        sums: The sum of each feature, in units of 2**-1074.
        products: The sum of the products of the features i and j ≤ i, row by row of the lower
            triangle, in units of 2**-2148.

    Example:
        >>> import numpy as np
        >>> batch = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [np.nan, 7.0]])
        >>> found = Covariance().update(batch).value()
        >>> found["count"], found["incomplete"], found["mean"]
        (3, 1, [2.0, 4.0])
        >>> found["covariance"]
        [[0.6666666666666666, 1.3333333333333333], [1.3333333333333333, 2.6666666666666665]]
        >>> found["correlation"]
        [[1.0, 1.0], [1.0, 1.0]]
    """

    rows: int = 0
    incomplete: int = 0
    sums: tuple[int, ...] = ()
    products: tuple[int, ...] = ()

    def weighted(self) -> NoReturn:
        """There is none.

        Raises:
            SpecError: Always.
        """
        raise SpecError(
            "There is no covariance of rows with weights.",
            remedy="Leave the weights out, or repeat the rows.",
        )

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """These covariances with the rows of `batch` added.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number.
            SpecError: If there are weights.
        """
        if weights is not None:
            self.weighted()
        array = numeric(Batch.of(batch).array, "Covariance")
        _refuse_infinite(array)
        found = self.merge(type(self)(0, 0, *_packed(whole(np.zeros((0, array.shape[1]))))))
        size = step(array.shape[1])
        for start in range(0, len(array), size):
            part = array[start : start + size]
            complete = _complete(part)
            left_out = len(part) - len(complete)
            for kept, sums_of in _kinds(complete):
                found = found.merge(type(self)(len(kept), 0, *_packed(sums_of(kept))))
            found = dc.replace(found, incomplete=found.incomplete + left_out)
        return found

    def merge(self, other: Self) -> Self:
        """The covariances of both together."""
        if not self.sums or not other.sums:
            return self if self.sums else other
        same_width("Covariance", len(self.sums), len(other.sums))
        return type(self)(
            self.rows + other.rows,
            self.incomplete + other.incomplete,
            _added(self.sums, other.sums),
            _added(self.products, other.products),
        )

    def value(self) -> dict[str, Json]:
        """What was learned.

        Returns:
            `count` and `incomplete`, how many rows were counted and left out; `mean`, by feature;
            `covariance` and `correlation`, features × features. Without rows, they hold `None`; so
            does the correlation of a feature that is constant.

        Raises:
            DataError: If a covariance is beyond the range of float64.
        """
        features = range(len(self.sums))
        moments = [[self._moment(i, j) for j in features] for i in features]
        under = self.rows * self.rows << 2 * UNIT
        return {
            "count": self.rows,
            "incomplete": self.incomplete,
            "mean": [mean(self.rows, total, UNIT) for total in self.sums],
            "covariance": [
                [quotient(moments[i][j], under, _name(i, j), i) for j in features] for i in features
            ],
            "correlation": [
                [correlation(moments[i][j], moments[i][i], moments[j][j]) for j in features]
                for i in features
            ],
        }

    def to_json(self) -> Json:
        """The state; the integers of any size as hexadecimal text."""
        return {
            "rows": self.rows,
            "incomplete": self.incomplete,
            "sums": list(map(hex, self.sums)),
            "products": list(map(hex, self.products)),
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The covariances of a state that `to_json` gave."""
        sums, products = ([int(text, 16) for text in state[n]] for n in ("sums", "products"))
        return cls(state["rows"], state["incomplete"], tuple(sums), tuple(products))

    def _moment(self, i: int, j: int) -> int:
        """The covariance times the square of the number of rows, in units of 2**-2148."""
        high, low = max(i, j), min(i, j)
        product = self.products[high * (high + 1) // 2 + low]
        return self.rows * product - self.sums[i] * self.sums[j]


def _name(i: int, j: int) -> str:
    return f"The covariance of features {i} and {j}" if i != j else f"The variance of feature {i}"


def _added(mine: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(mine, theirs, strict=True))


def _packed(found: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    lower = np.tril_indices(len(found.sums))
    return tuple(map(int, found.sums)), tuple(map(int, found.products[lower]))


def _refuse_infinite(batch: Array) -> None:
    if batch.dtype.kind == "f" and np.isinf(batch).any():
        refuse_infinite(batch)


def _complete(batch: Array) -> Array:
    if batch.dtype.kind != "f":
        return batch
    missing = np.isnan(batch).any(axis=1)
    return batch[~missing] if missing.any() else batch


def _kinds(batch: Array) -> Iterable[tuple[Array, Any]]:
    """Rows that float64 holds, and those that it doesn't, each with what adds them up."""
    if batch.dtype.kind not in "iu" or batch.dtype.itemsize < _BYTES:
        return [(batch.astype(np.float64), cross)]
    wide = (np.abs(batch.astype(np.float64)) >= _SAFE).any(axis=1)
    return [(batch[~wide].astype(np.float64), cross), (batch[wide], whole)]
