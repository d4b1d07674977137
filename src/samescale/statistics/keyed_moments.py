"""Count, mean and variance by key, exact."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.errors import DataError
from samescale.statistics._counts.arrow import is_arrow
from samescale.statistics._exact.groups import Groups, joined, union
from samescale.statistics._exact.keyed import overall, per_key, restored, stored
from samescale.statistics._exact.keys import coded
from samescale.statistics._exact.row_weights import row_weights
from samescale.statistics._exact.sums import totals
from samescale.statistics._features import numeric, same_width
from samescale.statistics.base import Keyed
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics._exact.keys import Key, Kind
    from samescale.statistics.base import Json


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class KeyedMoments(Keyed):
    """Mean and population variance of each feature for each key, correctly rounded to float64.

    Keys are strings or whole numbers; a row whose key is missing (`None`, NaN) counts in the
    moments of all rows only, and so does a row of `update`, which is given no keys. Of the values
    it takes what `Moments` takes, and skips NaN. The state are integers, so any order gives the
    same bits.

    Attributes:
        max_distinct: How many keys there may be; one more is a DataError.
        min_count: How many values a feature must have for a key, for `value` to tell their moments.
        has_weights: Whether rows have weights.
        kind: What the keys are, once some were seen.
        parts: What was added up.

    Example:
        >>> keys, batch = np.array(["b", "a", "b", None], object), np.array([[1], [7], [3], [5]])
        >>> found = KeyedMoments().update_by(batch, keys).value()
        >>> found["keys"], found["count"], found["mean"], found["variance"]
        (['a', 'b'], [[1, 2]], [[7.0, 2.0]], [[0.0, 1.0]])
        >>> found["overall"]
        {'count': [4], 'mean': [4.0], 'variance': [5.0]}
    """

    max_distinct: int = 1_000_000
    min_count: int = 1
    has_weights: bool = False
    kind: Kind | None = None
    parts: tuple[Groups, ...] = ()

    def weighted(self) -> KeyedMoments:
        """The same for rows with weights, as `WeightedMoments` counts them."""
        return dc.replace(self, has_weights=True)

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """These moments with the rows of `batch` added, which have no keys.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number; or a weight
                isn't finite and above 0.
        """
        array = numeric(Batch.of(batch).array, "KeyedMoments")
        return self._updated(array, None, {None: 0}, np.zeros(len(array), np.int64), weights)

    def update_by(self, batch: Array | Batch, keys: Any, weights: Array | None = None) -> Self:
        """These moments with the rows of `batch` added, each under its key.

        Args:
            batch: The rows, rows × features.
            keys: One key a row: strings (`None` if it is missing) or whole numbers (NaN if so); or
                an Arrow array of text.
            weights: What each row counts for, once the moments are `weighted`.

        Raises:
            DataError: If a value is infinite (`row`, `feature`), or isn't a number; if a key is
                neither text nor a whole number (`row`), or of another kind than before; if there
                are too many keys; or if a weight isn't finite and above 0.
        """
        array = numeric(Batch.of(batch).array, "KeyedMoments")
        shape = (len(keys),) if is_arrow(keys) else keys.shape
        if shape != (len(array),):
            raise DataError(
                f"There are keys of shape {shape} for {len(array)} rows.",
                remedy="Give one key for each row.",
                value=str(shape),
            )
        kind, known, codes = coded(keys)
        return self._updated(array, kind if len(known) > 1 else None, known, codes, weights)

    def merge(self, other: Self) -> Self:
        """The moments of both together.

        Raises:
            DataError: If they have different kinds of keys, numbers of features or settings, or too
                many keys together.
        """
        self._check(other)
        parts = joined((*self.parts, *other.parts))
        if sum(len(part.keys) for part in parts) - len(parts) > self.max_distinct:
            parts = (union(parts),)
            self._refuse_many(len(parts[0].keys) - 1)
        return dc.replace(self, kind=self.kind or other.kind, parts=parts)

    def value(self) -> dict[str, Json]:
        """What was learned: by feature, and in it by key.

        Returns:
            `keys`, ascending; for each feature in the order of the keys `count`, `mean` and
            `variance` (and `weight`, if rows have weights), 0 and `None` where fewer than
            `min_count` values were counted (a key of which that is so of every feature isn't among
            the keys); and `overall`, the moments of all rows, in the form of `Moments`.

        Raises:
            DataError: If a variance is beyond the range of float64.
        """
        whole = self._whole()
        return {**per_key(whole, self.min_count), "overall": overall(whole)}

    def to_json(self) -> Json:
        """The state; the integers of any size as hexadecimal text."""
        state: dict[str, Json] = {
            "max_distinct": self.max_distinct,
            "min_count": self.min_count,
            "has_weights": self.has_weights,
            "kind": self.kind,
        }
        return {**state, "groups": stored(self._whole()) if self.parts else None}

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The moments of a state that `to_json` gave."""
        groups = state["groups"]
        return cls(
            state["max_distinct"],
            state["min_count"],
            state["has_weights"],
            state["kind"],
            () if groups is None else (restored(groups),),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyedMoments) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.max_distinct, self.min_count, self.has_weights, self.kind))

    def _updated(
        self,
        batch: Array,
        kind: Kind | None,
        keys: dict[Key, int],
        codes: Array,
        weights: Array | None,
    ) -> Self:
        if weights is not None and not self.has_weights:
            raise DataError(
                "These moments take no weights.", remedy="Update what weighted() gives."
            )
        given = row_weights(weights, len(batch)) if self.has_weights else None
        groups = Groups(keys, totals(batch, given, codes, len(keys)))
        return self.merge(dc.replace(self, kind=kind, parts=(groups,)))

    def _whole(self) -> Groups:
        return union(self.parts) if self.parts else Groups.none(weighted=self.has_weights)

    def _check(self, other: Self) -> None:
        mine, theirs = ((one.max_distinct, one.min_count, one.has_weights) for one in (self, other))
        if mine != theirs:
            raise DataError(
                f"KeyedMoments of (max_distinct, min_count, has_weights) {mine} and {theirs} can't "
                "be merged.",
                remedy="Make both with the same arguments.",
                value=theirs,
            )
        if self.kind and other.kind and self.kind != other.kind:
            raise DataError(
                f"Keys that are {self.kind}s can't be merged with keys that are {other.kind}s.",
                remedy="Give the column of keys one type in every batch.",
                value=other.kind,
            )
        if self.parts and other.parts:
            same_width("KeyedMoments", self.parts[0].features, other.parts[0].features)

    def _refuse_many(self, distinct: int) -> None:
        if distinct > self.max_distinct:
            raise DataError(
                f"There are {distinct} distinct keys or more; at most {self.max_distinct} are kept "
                "apart.",
                remedy="Group by a column with fewer values: an identifier isn't a group.",
                value=distinct,
            )
