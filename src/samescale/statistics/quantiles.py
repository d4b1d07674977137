"""Exact quantiles, by counting."""

from __future__ import annotations

import dataclasses as dc
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.statistics._features import both, numeric, refuse_infinite, same_width
from samescale.statistics._ranks import Ranks
from samescale.statistics.base import Statistic

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.base import Json


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Quantiles(Statistic):
    """Quantiles of each feature, exact whatever the order of the rows, in one to four passes.

    A value is counted as the float64 it is (an integer beyond 2**53 as the nearest one), by its
    bits in the order of the values. A feature with at most `cap` distinct values is known after one
    pass. Of another one the first 16 bits are counted, and `refine` gives what counts, in one more
    pass over the same rows, the values that share them with a wanted one: all their bits, or again
    16 more. Whether that many distinct values were met depends on the values alone, and so does the
    state: not on order, chunks or merges. NaN is skipped, an infinity is a DataError.

    The definition is NumPy's `linear` (Hyndman & Fan 1996, type 7), computed from the two order
    statistics as a fraction and rounded once.

    Attributes:
        probabilities: Which quantiles, each in 0…1.
        cap: How many distinct values are counted with all their bits.
        ranks: The counts by feature.

    Example:
        >>> Quantiles((0.25, 0.5)).update(np.array([[1.0], [2.0], [4.0], [8.0]])).value()
        {'probabilities': [0.25, 0.5], 'values': [[1.75, 3.0]]}
    """

    probabilities: tuple[float, ...]
    cap: int = 8192
    ranks: tuple[Ranks, ...] = ()

    def __post_init__(self) -> None:
        for probability in self.probabilities:
            if not 0 <= probability <= 1:
                raise SpecError(
                    f"A quantile's probability is {probability}.",
                    remedy="Give probabilities in 0…1.",
                    value=probability,
                )

    def update(self, batch: Array) -> Self:
        """These counts with the rows of `batch` added.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number.
        """
        batch = numeric(batch, "Quantiles")
        ranks = self.ranks or (Ranks(),) * batch.shape[1]
        same_width("Quantiles", len(ranks), batch.shape[1])
        added = [mine.add(c, cap=self.cap) for mine, c in zip(ranks, _columns(batch), strict=True)]
        return dc.replace(self, ranks=tuple(added))

    def merge(self, other: Self) -> Self:
        """The counts of both together.

        Raises:
            DataError: If they weren't made for the same quantiles, cap and pass.
        """
        if (self.probabilities, self.cap) != (other.probabilities, other.cap):
            raise DataError(
                "Quantiles of different probabilities or caps can't be merged.",
                remedy="Give both the same probabilities and the same cap.",
                value=other.probabilities,
            )

        def join(mine: Ranks, theirs: Ranks) -> Ranks:
            return mine.merge(theirs, cap=self.cap)

        return dc.replace(self, ranks=both("Quantiles", self.ranks, other.ranks, join))

    def value(self) -> dict[str, Json]:
        """`probabilities`, and by feature `values`, `None` where nothing was counted.

        Raises:
            DataError: If it takes one more pass; see `refine`.
        """
        for feature, ranks in enumerate(self.ranks):
            if not ranks.final:
                raise DataError(
                    f"The quantiles of feature {feature} take one more pass.",
                    remedy="Update what refine() gives with the same rows, or take sketch().",
                    feature=feature,
                )
        return self.sketch()

    def sketch(self) -> dict[str, Json]:
        """The quantiles as far as they are known, in the form of `value`.

        An order statistic that isn't known is replaced by the lower edge of its bucket: the values
        with the same first 16 bits. After one pass these are sixteenths of a binade, so that the
        edge is off by at most 1/16 of the value (and by 2**-1026 next to 0).
        """
        values: list[Json] = [list(_quantiles(ranks, self.probabilities)) for ranks in self.ranks]
        return {"probabilities": list(self.probabilities), "values": values}

    def refine(self) -> Self | None:
        """What one more pass over the same rows must collect, or `None` if `value()` is final."""
        if all(ranks.final for ranks in self.ranks):
            return None
        wanted = [
            sorted({r for p in self.probabilities for r in _neighbours(ranks.total, p)[:2]})
            for ranks in self.ranks
        ]
        refined = map(Ranks.refine, self.ranks, wanted)
        return dc.replace(self, ranks=tuple(refined))

    def to_json(self) -> Json:
        """The state."""
        return {
            "probabilities": list(self.probabilities),
            "cap": self.cap,
            "ranks": [ranks.to_json() for ranks in self.ranks],
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        ranks = tuple(map(Ranks.from_json, state["ranks"]))
        return cls(tuple(state["probabilities"]), state["cap"], ranks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantiles) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.probabilities, self.cap, len(self.ranks)))


def _columns(batch: Array) -> list[Array]:
    columns = np.ascontiguousarray(batch.T, np.float64)
    if np.isfinite(columns).all():
        return list(columns)
    if np.isinf(columns).any():
        refuse_infinite(batch)
    return [column[~np.isnan(column)] for column in columns]


def _neighbours(total: int, probability: float) -> tuple[int, int, Fraction]:
    """The ranks on both sides of a quantile, and how far it is from the first to the second."""
    position = Fraction(probability) * max(total - 1, 0)
    rank = int(position)
    return rank, min(rank + 1, max(total - 1, 0)), position - rank


def _quantiles(ranks: Ranks, probabilities: tuple[float, ...]) -> list[float | None]:
    if not ranks.total:
        return [None] * len(probabilities)
    places = [_neighbours(ranks.total, probability) for probability in probabilities]
    lows = ranks.values([first for first, _, _ in places])
    highs = ranks.values([second for _, second, _ in places])
    return [
        _between(low, high, share)
        for low, high, (_, _, share) in zip(lows, highs, places, strict=True)
    ]


def _between(low: float, high: float, share: Fraction) -> float:
    """`low + share * (high - low)`, rounded once."""
    if low == high or not share:
        return low
    exact = Fraction(low) + share * (Fraction(high) - Fraction(low))
    return exact.numerator / exact.denominator
