"""How often each value occurs."""

from __future__ import annotations

import collections
import dataclasses as dc
import functools
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, final

import numpy as np

from samescale.errors import DataError
from samescale.statistics._features import both, refuse_infinite, table
from samescale.statistics.base import Statistic

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array
    from samescale.statistics.base import Json

Kind: TypeAlias = Literal["string", "integer"]
Counts: TypeAlias = "collections.Counter[Any]"
# The counts of a feature: a few parts, each at most half as long as the one before, so that adding
# a batch to millions of values doesn't copy them all. Only their union has a meaning.
Parts: TypeAlias = tuple[Counts, ...]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Counter(Statistic):
    """How often each string, or each integer, occurs in each feature.

    Strings come as object or text arrays, integers as bool, any integer dtype, or floats that are
    whole (a nullable integer column is one). `None` and NaN aren't counted.

    Attributes:
        max_distinct: How many distinct values a feature may have; one more is a DataError.
        kind: What is counted, once a batch was seen.
        parts: The counts by feature.

    Example:
        >>> Counter().update(np.array([["b"], ["a"], [None], ["b"]], object)).value()
        {'values': [['b', 'a']], 'counts': [[2, 1]]}
    """

    max_distinct: int = 5_000_000
    kind: Kind | None = None
    parts: tuple[Parts, ...] = ()

    def update(self, batch: Array) -> Self:
        """These counts with the rows of `batch` added.

        Raises:
            DataError: If a value is neither a string nor whole (`row`, `feature`, `value`), or if
                there are too many distinct ones.
        """
        batch = table(batch)
        kind, count = _reader(batch)
        parts = tuple((count(batch, feature),) for feature in range(batch.shape[1]))
        return self.merge(dc.replace(self, kind=kind, parts=parts))

    def merge(self, other: Self) -> Self:
        """The counts of both together.

        Raises:
            DataError: If one counts strings and the other integers, if they allow different numbers
                of values, or if there are too many distinct ones together.
        """
        self._check(other)
        join = functools.partial(_join, most=self.max_distinct)
        parts = both("Counter", self.parts, other.parts, join)
        return dc.replace(self, kind=self.kind or other.kind, parts=tuple(map(join, parts)))

    def value(self) -> dict[str, Json]:
        """`values` and `counts`, by feature: the most frequent first, equal ones ascending."""
        features = [_sorted(parts) for parts in self.parts]
        return {
            "values": [[value for value, _ in feature] for feature in features],
            "counts": [[count for _, count in feature] for feature in features],
        }

    def to_json(self) -> Json:
        """The state."""
        return {"max_distinct": self.max_distinct, "kind": self.kind, **self.value()}

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        features = zip(state["values"], state["counts"], strict=True)
        parts = tuple(
            (collections.Counter(dict(zip(values, counts, strict=True))),)
            for values, counts in features
        )
        return cls(state["max_distinct"], state["kind"], parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counter) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.max_distinct, self.kind, len(self.parts)))

    def _check(self, other: Self) -> None:
        if self.max_distinct != other.max_distinct:
            raise DataError(
                f"Counters of at most {self.max_distinct} and of at most {other.max_distinct} "
                "distinct values can't be merged.",
                remedy="Give both the same max_distinct.",
                value=other.max_distinct,
            )
        if self.kind and other.kind and self.kind != other.kind:
            raise DataError(
                f"Counts of {self.kind} values can't be merged with counts of {other.kind} values.",
                remedy="Give the column one type in every batch.",
                value=other.kind,
            )


def _reader(batch: Array) -> tuple[Kind, Callable[[Array, int], Counts]]:
    match batch.dtype.kind:
        case "O" | "U" | "T":
            return "string", _strings
        case "b" | "i" | "u" | "f":
            return "integer", _integers
        case _:
            raise DataError(
                f"Counter counts strings and integers, not values of dtype {batch.dtype}.",
                remedy="Convert the column to strings or to integers.",
                value=str(batch.dtype),
            )


def _strings(batch: Array, feature: int) -> Counts:
    counts = collections.Counter(batch[:, feature].tolist())
    # Few keys are looked at, and not many rows. Only NaN differs from itself.
    others = [value for value in counts if not isinstance(value, str)]
    for value in others:
        if value is not None and value == value:  # noqa: PLR0124 (NaN)
            raise _odd(batch, feature, value, "isn't a string")
        del counts[value]
    return counts


def _integers(batch: Array, feature: int) -> Counts:
    column = batch[:, feature]
    if column.dtype.kind == "f":
        column = column[~np.isnan(column)]
        if np.isinf(column).any():
            refuse_infinite(batch)
    values, counts = np.unique(column, return_counts=True)
    for value in (
        values[values != np.floor(values)][:1].tolist() if values.dtype.kind == "f" else ()
    ):
        raise _odd(batch, feature, value, "isn't a whole number")
    # Python's int is exact for a float of any size, and turns True into 1.
    return collections.Counter(dict(zip(map(int, values.tolist()), counts.tolist(), strict=True)))


def _odd(batch: Array, feature: int, value: object, what: str) -> DataError:
    row = batch[:, feature].tolist().index(value)
    return DataError(
        f"Row {row} holds {value!r} (feature {feature}), which {what}.",
        remedy="A column that is looked up holds strings, or whole numbers; Discretization makes "
        "codes of other numbers.",
        row=row,
        feature=feature,
        value=value,
    )


def _join(mine: Parts, theirs: Parts = (), *, most: int) -> Parts:
    parts: list[Counts] = []
    for part in sorted((*mine, *theirs), key=len, reverse=True):
        parts.append(part)
        while len(parts) > 1 and len(parts[-2]) < 2 * len(parts[-1]):
            parts[-2:] = [_union(tuple(parts[-2:]))]
    if sum(map(len, parts)) > most:
        parts = [_union(tuple(parts))]
        _refuse_many(len(parts[0]), most)
    return tuple(parts)


def _refuse_many(distinct: int, most: int) -> None:
    if distinct > most:
        raise DataError(
            f"There are {distinct} distinct values or more; at most {most} are counted.",
            remedy="Raise max_distinct, or hash the column: an identifier isn't a category.",
            value=distinct,
        )


def _union(parts: Parts) -> Counts:
    union = parts[0].copy()
    for part in parts[1:]:
        union.update(part)
    return union


def _sorted(parts: Parts) -> list[tuple[Any, int]]:
    return sorted(_union(parts).items(), key=lambda item: (-item[1], item[0]))
