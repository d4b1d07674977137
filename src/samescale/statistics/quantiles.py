"""Exact quantiles, by counting."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, TypeAlias, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.statistics._features import both, numeric, same_width
from samescale.statistics._order.counting import counted, refuse_any_infinite
from samescale.statistics._order.places import exact, neighbours, places
from samescale.statistics._order.ranks import Ranks
from samescale.statistics._order.weights import Sums
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.base import Json

_Waiting: TypeAlias = "tuple[tuple[Array, Array | None], ...]"

# Smaller batches wait until they are so many rows together: a count has its price.
ROWS = 1 << 17
# So many waiting ones are joined: each new one copies the list of them.
PARTS = 256


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Quantiles(Statistic):
    """Quantiles of each feature, exact whatever the order of the rows, in one to four passes.

    A value is counted as the float64 it is (an integer beyond 2**53 as the nearest one), by its
    bits in the order of the values. A feature with at most `cap` distinct values is known after one
    pass. Of another one as many leading bits are counted as tell at most `cap` cells of values
    apart, 16 bits at least; `refine` gives what counts, in one more pass over the same rows, the
    values that share a cell with a wanted one, in the same way with 32 × `cap` cells. So two passes
    are enough for the quantiles of some million rows of nearly any column, however far from zero
    it lies, three for more, and four always. How many bits are counted depends on the values alone,
    and so does the state: not on order, chunks or merges. NaN is skipped, an infinity is a
    DataError.

    The definition is NumPy's `linear` (Hyndman & Fan 1996, type 7), computed from the two order
    statistics as a fraction and rounded once. With weights it is NumPy's `inverted_cdf` (type 1):
    the least value up to which the weights sum to at least that share of all, compared as exact
    fractions; whole weights are the same as repeated rows.

    Attributes:
        probabilities: Which quantiles, each in 0…1.
        cap: How many distinct values, or cells of them, are told apart.
        by_weight: Whether rows have weights; `weighted` sets it.
        ranks: The counts by feature.
        waiting: Rows that aren't counted yet, and their weights.
        rows: How many rows wait.
        settled: The counts with nothing waiting, once they were asked for.

    Example:
        >>> Quantiles((0.25, 0.5)).update(np.array([[1.0], [2.0], [4.0], [8.0]])).value()
        {'probabilities': [0.25, 0.5], 'values': [[1.75, 3.0]]}
    """

    probabilities: tuple[float, ...]
    cap: int = 8192
    by_weight: bool = False
    ranks: tuple[Ranks, ...] = ()
    waiting: _Waiting = ()
    rows: int = 0
    settled: list[tuple[Ranks, ...]] = dc.field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        for probability in self.probabilities:
            if not 0 <= probability <= 1:
                raise SpecError(
                    f"A quantile's probability is {probability}.",
                    remedy="Give probabilities in 0…1.",
                    value=probability,
                )

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """These counts with the rows of `batch` added.

        Args:
            batch: The rows.
            weights: What each row counts for, above 0; 1 each without them.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number, or if there are
                weights and this isn't what `weighted` gave.
        """
        batch = numeric(Batch.of(batch).array, "Quantiles")
        weights = self._weights(weights, len(batch))
        ranks = self.ranks or (self._none(),) * batch.shape[1]
        same_width("Quantiles", len(ranks), batch.shape[1])
        # In a further pass there is little to count.
        if len(batch) >= (ROWS if any(one.base == 0 for one in ranks) else ROWS // 16):
            found = counted(ranks, [batch], [weights], cap=self.cap)
            return self._with(found, self.waiting, self.rows)
        refuse_any_infinite(batch)
        if not len(batch):
            return self._with(ranks, self.waiting, self.rows)
        # The batch may change before it is counted.
        more = (np.array(batch, order="C"), None if weights is None else np.array(weights))
        waiting, rows = (*self.waiting, more), self.rows + len(batch)
        added = self._with(ranks, waiting if len(waiting) < PARTS else _joined(waiting), rows)
        return added if rows < ROWS else added._with(added._counted())  # noqa: SLF001

    def merge(self, other: Self) -> Self:
        """The counts of both together.

        Raises:
            DataError: If they weren't made for the same quantiles, cap and pass.
        """
        if (self.probabilities, self.cap, self.by_weight) != (
            other.probabilities,
            other.cap,
            other.by_weight,
        ):
            raise DataError(
                "Quantiles of different probabilities or caps, or with weights and without, can't "
                "be merged.",
                remedy="Give both the same probabilities and the same cap.",
                value=other.probabilities,
            )

        def join(mine: Ranks, theirs: Ranks) -> Ranks:
            return mine.merge(theirs, cap=self.cap)

        return self._with(both("Quantiles", self._settled(), other._settled(), join))

    def weighted(self) -> Self:
        """The quantiles of rows with weights, of none so far."""
        return type(self)(self.probabilities, self.cap, by_weight=True)

    def value(self) -> dict[str, Json]:
        """`probabilities`, and by feature `values`, `None` where nothing was counted.

        Raises:
            DataError: If it takes one more pass; see `refine`.
        """
        settled = self._settled()
        for feature, ranks in enumerate(settled):
            if not ranks.final:
                raise DataError(
                    f"The quantiles of feature {feature} take one more pass.",
                    remedy="Update what refine() gives with the same rows, or take sketch().",
                    feature=feature,
                )
        return self._values(settled)

    def sketch(self) -> dict[str, Json]:
        """The quantiles as far as they are known, in the form of `value`.

        An order statistic that isn't known is replaced by the lower edge of its cell: the values
        with the same leading bits. After one pass the edge is off by at most 1/16 of the value (and
        by 2**-1026 next to 0). Where the values' cells of 16 bits are few, as those of a column far
        from zero, there are more bits: it is off by less than the width of one of at most `cap`
        cells, of which another bit would make more than that. Its rank is below that of the
        quantile, by less than `doubt` says.
        """
        return self._values(self._settled())

    def doubt(self) -> list[list[float]]:
        """By feature and probability, the bound of a sketched quantile's rank error.

        Returns:
            Shares of all values (of all weights), in 0…1: what the cells of the quantile's order
            statistics hold. 0 where the value is exact.
        """
        return [self._doubt(ranks) for ranks in self._settled()]

    def refine(self) -> Self | None:
        """What one more pass over the same rows must collect, or `None` if `value()` is final."""
        settled = self._settled()
        if all(ranks.final for ranks in settled):
            return None
        wanted = [
            places(ranks.total, self.probabilities, by_weight=self.by_weight) for ranks in settled
        ]
        return self._with(tuple(map(Ranks.refine, settled, wanted)))

    def to_json(self) -> Json:
        """The state."""
        return {
            "probabilities": list(self.probabilities),
            "cap": self.cap,
            "by_weight": self.by_weight,
            "ranks": [ranks.to_json() for ranks in self._settled()],
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        ranks = tuple(map(Ranks.from_json, state["ranks"]))
        return cls(tuple(state["probabilities"]), state["cap"], state["by_weight"], ranks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantiles) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.probabilities, self.cap, self.by_weight, len(self.ranks)))

    def _weights(self, weights: Array | None, rows: int) -> Array | None:
        if weights is None:
            return np.ones(rows) if self.by_weight else None
        if self.by_weight:
            return weights
        raise DataError(
            "These quantiles are of rows without weights, and were given weights.",
            remedy="Update what weighted() gives.",
        )

    def _none(self) -> Ranks:
        return Ranks(counts=Sums.none()) if self.by_weight else Ranks()

    def _with(self, ranks: tuple[Ranks, ...], waiting: _Waiting = (), rows: int = 0) -> Self:
        return type(self)(self.probabilities, self.cap, self.by_weight, ranks, waiting, rows)

    def _counted(self) -> tuple[Ranks, ...]:
        if not self.waiting:
            return self.ranks
        batches, weights = zip(*self.waiting, strict=True)
        return counted(self.ranks, batches, weights, cap=self.cap)

    def _settled(self) -> tuple[Ranks, ...]:
        """The counts with nothing waiting, and nothing loose."""
        if not self.settled:
            self.settled.append(tuple(one.settled(cap=self.cap) for one in self._counted()))
        return self.settled[0]

    def _values(self, settled: tuple[Ranks, ...]) -> dict[str, Json]:
        asked = self.probabilities
        values: list[Json] = [list(exact(one, asked, by_weight=self.by_weight)) for one in settled]
        return {"probabilities": list(asked), "values": values}

    def _doubt(self, ranks: Ranks) -> list[float]:
        if ranks.final or not ranks.total:
            return [0.0] * len(self.probabilities)
        asked = neighbours(ranks.total, self.probabilities, self.by_weight)
        return [max(bucket.size for bucket in ranks.holders(pair)) / ranks.total for pair in asked]


def _joined(waiting: _Waiting) -> _Waiting:
    weights = [each for _, each in waiting if each is not None]
    batch = np.concatenate([one for one, _ in waiting])
    return ((batch, np.concatenate(weights) if weights else None),)
