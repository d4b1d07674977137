"""Rows that nobody sent: made from the schema and the training profile alone.

Each column runs through its own values (quantiles, extremes, values beyond them, missing ones,
known and unknown categories) from its own start, so that a row holds no combination of training.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.ir.types import FLOATS, INTEGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array
    from samescale.profile import ColumnProfile, Profile
    from samescale.schema import Column, Schema

ROWS: Final = 32
_USUAL: Final = 16
FEWEST: Final = 4  # where a row is large
_BYTES: Final = 2**22
_CATEGORIES: Final = 24
_STEP: Final = 7  # how far a column's start lies behind its neighbour's; prime, so starts differ


def rows(schema: Schema, profile: Profile) -> dict[str, Array]:
    """Synthetic rows: admitted columns, of the schema's dtypes and shapes.

    Args:
        schema: The input contract.
        profile: The training distribution. A column that it doesn't have gets zeros.

    Returns:
        16 to 32 rows, fewer where a row is so large that they would take more than 4 MiB.
    """
    values = {column.name: _entries(column, profile) for column in schema.columns}
    count = max(_USUAL, min(ROWS, max(map(len, values.values()))))
    row_bytes = sum(
        column.type.numpy.itemsize * math.prod(column.shape) for column in schema.columns
    )
    count = max(FEWEST, min(count, _BYTES // max(1, row_bytes)))
    return {
        column.name: _column(column, values[column.name], count, _STEP * index)
        for index, column in enumerate(schema.columns)
    }


def _column(column: Column, entries: Sequence[Array], count: int, start: int) -> Array:
    result = np.empty((count, *column.shape), column.type.numpy)
    for row in range(count):
        result[row] = entries[(row + start) % len(entries)]
    return result


def _entries(column: Column, profile: Profile) -> list[Any]:
    """What one row of the column may hold, each once."""
    values = _values(column, profile.columns.get(column.name))
    if not column.shape:
        return values
    if column.dtype == "string" or column.categories is not None:
        return [_rolled(values, start, column) for start in range(len(values))]
    known = [value for value in values if value == value]  # noqa: PLR0124 -- NaN isn't itself
    ramp = np.linspace(float(min(known)), float(max(known)), math.prod(column.shape))
    ramps = [_cast(ramp, column), _cast(ramp[::-1], column)]
    return [*ramps, *(np.full(column.shape, value, column.type.numpy) for value in values)]


def _rolled(values: Sequence[Any], start: int, column: Column) -> Array:
    cycle = itertools.islice(itertools.cycle(values), start, start + math.prod(column.shape))
    flat = np.empty(math.prod(column.shape), column.type.numpy)
    flat[:] = list(cycle)
    return flat.reshape(column.shape)


def _cast(ramp: Array, column: Column) -> Array:
    whole = np.rint(ramp) if column.dtype in INTEGERS else ramp
    return whole.astype(column.type.numpy).reshape(column.shape)


def _values(column: Column, profile: ColumnProfile | None) -> list[Any]:
    missing = [None] if column.dtype == "string" else [math.nan] if column.dtype in FLOATS else []
    missing = missing if column.nullable else []
    if column.dtype == "string":
        return [*_strings(column), *missing]
    if column.dtype == "bool":
        return [False, True]
    numbers = _numbers(column, profile)
    return [*dict.fromkeys(_fitting(number, column) for number in numbers), *missing]


def _strings(column: Column) -> list[str]:
    known = [str(category) for category in (column.categories or ())]
    if column.closed:
        return known[:_CATEGORIES]
    unseen = "unseen"
    while unseen in known:
        unseen += "?"
    return [*known[:_CATEGORIES], unseen, f"{unseen} ünsëen", ""]


def _numbers(column: Column, profile: ColumnProfile | None) -> list[float]:
    if column.categories:
        known = [int(category) for category in column.categories]
        beyond = [] if column.closed else [max(known) + 1, min(known) - 1]
        return [*known[:_CATEGORIES], *beyond]
    if profile is None or profile.minimum is None or profile.maximum is None:
        return _about(profile)
    low, high = profile.minimum, profile.maximum
    span = (high - low) or max(1.0, abs(low))
    return [*profile.quantiles, low, high, low - span, high + span, 0.0]


def _about(profile: ColumnProfile | None) -> list[float]:
    """Values about what is known of a column; of several sizes, where nothing is."""
    told = (profile.mean, profile.minimum, profile.maximum) if profile else ()
    quantiles = profile.quantiles if profile else ()
    known = [*quantiles, *(value for value in told if value is not None)]
    if not known:
        return [0.0, 1.0, -1.0, 0.5, 10.0, -10.0, 1e3, -1e3]
    low, high = min(known), max(known)
    span = (profile and profile.deviation) or (high - low) or max(1.0, abs(low))
    around = [end + step * span for end in (low, high) for step in (-3.0, -1.0, 1.0, 3.0)]
    return [*known, *around, 0.0]


def _fitting(number: float, column: Column) -> Any:
    """The number as the column's dtype has it, at its ends where it is beyond them."""
    if column.dtype in INTEGERS:
        info = np.iinfo(column.type.numpy)
        whole = number if isinstance(number, int) else round(max(min(number, 2.0**64), -(2.0**64)))
        return column.type.numpy.type(max(min(whole, int(info.max)), int(info.min))).item()
    largest = float(np.finfo(column.type.numpy).max)
    return column.type.numpy.type(max(min(number, largest), -largest)).item()
