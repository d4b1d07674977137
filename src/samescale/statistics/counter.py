"""How often each value occurs."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, final

from samescale.errors import DataError, SpecError
from samescale.statistics import load
from samescale.statistics._counts import cells, passes
from samescale.statistics._counts.arrow import counted, is_arrow, pieces
from samescale.statistics._counts.census import Census, Wanted
from samescale.statistics._counts.coded import Coded, looked_up
from samescale.statistics._features import both, table
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array
    from samescale.statistics._counts.distinct import Distinct
    from samescale.statistics.base import Json

Kind: TypeAlias = Literal["string", "integer"]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Counter(Statistic):
    """How often each string, or each integer, occurs in each feature.

    Strings come as object or text arrays, or as one feature in an Arrow array of text, of a
    dictionary or not; integers as bool, any integer dtype, or floats that are whole (a nullable
    integer column is one). `None` and NaN aren't counted.

    Memory is bounded by `max_distinct`. Where every value is wanted, one more is a DataError. Where
    only frequent ones are (`top`, `min_count`), values are counted one by one while at most
    `max_distinct` are there, and by the buckets of their hash (2**20 at most) when there are more:
    that depends on the values alone, not on their order. `refine` then gives the next pass, which
    counts one by one the values of the buckets with many rows, until the answer is proven: a value
    occurs at most as often as its bucket has rows. So `value` is exact, or there is a DataError.

    Attributes:
        max_distinct: How many distinct values of a feature are counted one by one.
        top: How many values are wanted, the most frequent ones; all if `None`.
        min_count: How often a wanted value occurs at least.
        kind: What is counted, once a batch was seen.
        features: The counts by feature.

    Example:
        >>> import numpy as np
        >>> batch = np.array([["b"], ["a"], [None], ["b"]], object)
        >>> Counter().update(batch).value()
        {'values': [['b', 'a']], 'counts': [[2, 1]]}
        >>> Counter(top=1).update(batch).value()
        {'values': [['b']], 'counts': [[2]]}
    """

    takes_arrow: ClassVar[bool] = True

    max_distinct: int = 5_000_000
    top: int | None = None
    min_count: int = 1
    kind: Kind | None = None
    features: tuple[Census, ...] = ()

    def __post_init__(self) -> None:
        if self.top is not None and not 1 <= self.top <= self.max_distinct:
            raise SpecError(
                f"Counter(max_distinct={self.max_distinct}, top={self.top}) wants too many.",
                remedy="Give a top from 1 to max_distinct.",
                value=self.top,
            )

    def update(self, batch: Any, weights: Array | None = None) -> Self:
        """These counts with the rows of `batch` added.

        Args:
            batch: Rows × features, an array or a `Batch`; or an Arrow array of text, the rows of
                one feature.
            weights: Not asked for: rows are counted, whatever their weights.

        Raises:
            DataError: If a value is neither a string nor whole (`row`, `feature`, `value`), or if
                there are too many distinct ones.
        """
        del weights
        if is_arrow(batch):
            return self._with("string", [[*_arrow_parts(batch)]])
        batch = table(Batch.of(batch).array)
        kind, count = cells.reader(batch)
        return self._with(kind, [[count(batch, feature)] for feature in range(batch.shape[1])])

    def weighted(self) -> Statistic:
        """`WeightedCounter`, whose first values are those of the greatest weight."""
        weighted: Any = load("WeightedCounter")
        found: Statistic = weighted(self.max_distinct, self.top, self.min_count)
        return found

    def _with(self, kind: Kind, added: list[list[Distinct | Coded]]) -> Self:
        self._check_kind(kind)
        new = (Census(),) * len(added)
        features = both("Counter", self.features or new, new, lambda mine, _: mine)
        return dc.replace(
            self,
            kind=kind,
            features=tuple(
                census.add_all(parts, self._wanted)
                for census, parts in zip(features, added, strict=True)
            ),
        )

    def merge(self, other: Self) -> Self:
        """The counts of both together.

        Raises:
            DataError: If one counts strings and the other integers, if they ask for different
                values, are of different passes, or if there are too many distinct ones together.
        """
        self._check(other)

        def join(mine: Census, theirs: Census) -> Census:
            return mine.merge(theirs, self._wanted)

        features = both("Counter", self.features, other.features, join)
        return dc.replace(self, kind=self.kind or other.kind, features=features)

    def value(self) -> dict[str, Json]:
        """`values` and `counts`, by feature: the most frequent first, equal ones ascending.

        Raises:
            DataError: If it takes one more pass; see `refine`.
        """
        found = [passes.first(census, self._wanted) for census in self.features]
        features = [one for one in found if one is not None]
        if len(features) < len(found):
            raise DataError(
                f"The counts of feature {found.index(None)} take one more pass: it has more than "
                f"{self.max_distinct} distinct values.",
                remedy="Update what refine() gives with the same rows, or raise max_distinct.",
                feature=found.index(None),
            )
        return {
            "values": [values for values, _ in features],
            "counts": [counts for _, counts in features],
        }

    def refine(self) -> Self | None:
        """What one more pass over the same rows must collect, or `None` if `value()` is final.

        Raises:
            DataError: If no pass can tell the wanted values within `max_distinct`, or this one
                didn't see the rows of the one before.
        """
        refined = [passes.refined(census, self._wanted) for census in self.features]
        if not any(refined):
            return None
        kept = zip(self.features, refined, strict=True)
        return dc.replace(self, features=tuple(new or mine.repeated() for mine, new in kept))

    def to_json(self) -> Json:
        """The state."""
        return {
            "max_distinct": self.max_distinct,
            "top": self.top,
            "min_count": self.min_count,
            "kind": self.kind,
            "features": [census.to_json() for census in self.features],
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        features = tuple(map(Census.from_json, state["features"]))
        return cls(**{**state, "features": features})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counter) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self._wanted, self.kind, len(self.features)))

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.max_distinct, self.top, self.min_count)

    def _check(self, other: Self) -> None:
        if self.max_distinct != other.max_distinct:
            raise DataError(
                f"Counters of at most {self.max_distinct} and of at most {other.max_distinct} "
                "distinct values can't be merged.",
                remedy="Give both the same max_distinct.",
                value=other.max_distinct,
            )
        if self._wanted != other._wanted:
            raise DataError(
                "Counters that ask for different values can't be merged.",
                remedy="Give both the same top and the same min_count.",
                value=str((other.top, other.min_count)),
            )
        if other.kind:
            self._check_kind(other.kind)

    def _check_kind(self, kind: Kind) -> None:
        if self.kind and self.kind != kind:
            raise DataError(
                f"Counts of {self.kind} values can't be merged with counts of {kind} values.",
                remedy="Give the column one type in every batch.",
                value=kind,
            )


def _arrow_parts(array: Any) -> Iterator[Distinct | Coded]:
    for start, piece in pieces(array):
        if str(piece.type).startswith("dictionary"):
            yield Coded.of(piece) or looked_up(piece)
        else:
            yield counted(piece, start)
