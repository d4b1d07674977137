"""How much each value weighs."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

from samescale.errors import DataError, SpecError
from samescale.statistics._counts import weighed
from samescale.statistics._counts.arrow import is_arrow
from samescale.statistics._exact.groups import Groups, joined, union
from samescale.statistics._exact.row_weights import row_weights
from samescale.statistics._features import both, table
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics._exact.keys import Kind
    from samescale.statistics.base import Json

Parts = tuple[Groups, ...]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class WeightedCounter(Statistic):
    """The sum of the weights of each string, or integer, in each feature.

    Takes what `Counter` takes. The heaviest value comes first; of equally heavy ones, the lesser.
    Sums are exact, and rounded once in `value`, so that weights which are whole numbers give the
    order of rows that are repeated so often, and any order of the rows gives the same bits.

    Attributes:
        max_distinct: How many distinct values a feature may have; one more is a DataError.
        top: How many values are wanted, the heaviest ones; all if `None`.
        min_count: In how many rows a wanted value occurs at least, whatever they weigh.
        kind: What is counted, once a value was seen.
        features: What was added up, by feature.

    Example:
        >>> import numpy as np
        >>> batch = np.array([["b"], ["a"], [None], ["b"]], object)
        >>> WeightedCounter().update(batch, np.array([0.5, 2.5, 1.0, 1.0])).value()
        {'values': [['a', 'b']], 'counts': [[1, 2]], 'weights': [[2.5, 1.5]]}
    """

    takes_arrow: ClassVar[bool] = True

    max_distinct: int = 5_000_000
    top: int | None = None
    min_count: int = 1
    kind: Kind | None = None
    features: tuple[Parts, ...] = ()

    def __post_init__(self) -> None:
        if self.top is not None and self.top < 1:
            raise SpecError(
                f"WeightedCounter(top={self.top}) wants no value.",
                remedy="Give a top of 1 or more.",
                value=self.top,
            )

    def update(self, batch: Any, weights: Array | None = None) -> Self:
        """These sums with the rows of `batch` added; each weighs 1 without weights.

        Args:
            batch: As in `Counter.update`.
            weights: What each row weighs.

        Raises:
            DataError: If a value is neither a string nor whole (`row`, `feature`, `value`), if
                there are too many distinct ones, or if a weight isn't finite and above 0.
        """
        each = row_weights(weights, len(batch.array if isinstance(batch, Batch) else batch))
        if is_arrow(batch):
            kind, groups = weighed.of_text(batch, each)
            return self._added(kind, (groups,))
        array = table(Batch.of(batch).array)
        found = [weighed.of(array, feature, each) for feature in range(array.shape[1])]
        kinds = {kind for kind, _ in found if kind is not None}
        return self._added(kinds.pop() if kinds else None, tuple(groups for _, groups in found))

    def _added(self, kind: Kind | None, features: tuple[Groups, ...]) -> Self:
        return self.merge(dc.replace(self, kind=kind, features=tuple((one,) for one in features)))

    def merge(self, other: Self) -> Self:
        """The sums of both together.

        Raises:
            DataError: If one counts strings and the other integers, if they ask for different
                values, or if there are too many distinct ones together.
        """
        self._check(other)
        features = both("WeightedCounter", self.features, other.features, self._together)
        return dc.replace(self, kind=self.kind or other.kind, features=features)

    def _together(self, mine: Parts, theirs: Parts) -> Parts:
        parts = joined((*mine, *theirs))
        if sum(len(part.keys) for part in parts) - len(parts) > self.max_distinct:
            parts = (union(parts),)
            self._refuse_many(len(parts[0].keys) - 1)
        return parts

    def value(self) -> dict[str, Json]:
        """`values`, `counts` (rows) and `weights`, by feature: the heaviest first.

        Raises:
            DataError: If a sum of weights is beyond the range of float64.
        """
        found = [
            weighed.heaviest(union(parts), place, top=self.top, least=self.min_count)
            for place, parts in enumerate(self.features)
        ]
        names = ("values", "counts", "weights")
        return {name: [one[i] for one in found] for i, name in enumerate(names)}

    def to_json(self) -> Json:
        """The state; the sums are hexadecimal text, in units of 2**-1080."""
        return {
            "max_distinct": self.max_distinct,
            "top": self.top,
            "min_count": self.min_count,
            "kind": self.kind,
            "features": [weighed.stored(union(parts)) for parts in self.features],
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The sums of a state that `to_json` gave."""
        features = tuple((weighed.restored(one),) for one in state["features"])
        return cls(**{**state, "features": features})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WeightedCounter) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.max_distinct, self.top, self.min_count, self.kind))

    def _check(self, other: Self) -> None:
        mine, theirs = ((one.max_distinct, one.top, one.min_count) for one in (self, other))
        if mine != theirs:
            raise DataError(
                f"WeightedCounters of (max_distinct, top, min_count) {mine} and {theirs} can't be "
                "merged.",
                remedy="Give both the same arguments.",
                value=str(theirs),
            )
        if self.kind and other.kind and self.kind != other.kind:
            raise DataError(
                f"Counts of {self.kind} values can't be merged with counts of {other.kind} values.",
                remedy="Give the column one type in every batch.",
                value=other.kind,
            )

    def _refuse_many(self, distinct: int) -> None:
        if distinct > self.max_distinct:
            raise DataError(
                f"There are {distinct} distinct values or more; at most {self.max_distinct} are "
                "weighed.",
                remedy="Leave the weights out, with max_tokens or min_count, or hash the column: "
                "an identifier isn't a category.",
                value=distinct,
            )
