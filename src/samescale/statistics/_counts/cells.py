"""A NumPy column's values, counted."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Literal

import numpy as np

from samescale import native
from samescale.errors import DataError
from samescale.native import strings
from samescale.statistics._counts.numbers import Numbers
from samescale.statistics._counts.texts import Texts
from samescale.statistics._counts.words import Words
from samescale.statistics._features import refuse_infinite

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array
    from samescale.statistics._counts.distinct import Distinct


def reader(
    batch: Array,
) -> tuple[Literal["string", "integer"], Callable[[Array, int], Distinct]]:
    """What a batch, rows × features, holds, and what counts a feature of it.

    Raises:
        DataError: If it holds neither strings nor numbers.
    """
    match batch.dtype.kind:
        case "O" | "U" | "T":
            return "string", _texts
        case "b" | "i" | "u" | "f":
            return "integer", _integers
        case _:
            raise DataError(
                f"Counter counts strings and integers, not values of dtype {batch.dtype}.",
                remedy="Convert the column to strings or to integers.",
                value=str(batch.dtype),
            )


def _texts(batch: Array, feature: int) -> Distinct:
    column = np.ascontiguousarray(batch[:, feature], object)
    if native.available("strings"):
        try:
            with strings.table() as table:
                table.add_objects(column)
                found, counts, _ = table.strings()
            return Texts(found, counts)
        except (TypeError, UnicodeEncodeError):
            pass  # A missing value that isn't None, half a surrogate pair, or no string.
    return _one_by_one(column, feature)


def _one_by_one(column: Array, feature: int) -> Words:
    counts = collections.Counter(column.tolist())
    # Few keys are looked at, and not many rows. Only NaN differs from itself.
    others = [value for value in counts if not isinstance(value, str)]
    for value in others:
        if value is not None and value == value:  # noqa: PLR0124 (NaN)
            raise _odd(column, feature, value, "isn't a string")
        del counts[value]
    return Words.of(counts)


def _integers(batch: Array, feature: int) -> Numbers:
    column = batch[:, feature]
    if column.dtype.kind == "f":
        column = column[~np.isnan(column)]
        if np.isinf(column).any():
            refuse_infinite(batch)
        odd = np.flatnonzero(column != np.floor(column))
        if len(odd):
            value = column[odd].min().item()
            raise _odd(batch[:, feature], feature, value, "isn't a whole number")
    return Numbers.of(column)


def _odd(column: Array, feature: int, value: object, what: str) -> DataError:
    row = column.tolist().index(value)
    return DataError(
        f"Row {row} holds {value!r} (feature {feature}), which {what}.",
        remedy="A column that is looked up holds strings, or whole numbers; Discretization makes "
        "codes of other numbers.",
        row=row,
        feature=feature,
        value=value,
    )
