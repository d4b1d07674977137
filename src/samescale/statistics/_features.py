"""What every statistic asks of a batch, and of the other side of a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from samescale.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samescale.ir.types import Array

NUMERIC_KINDS = "biuf"
# A longdouble holds bits that no key, and no sum in float64 slices, would keep.
FLOAT_BYTES = 8

T = TypeVar("T")


def numeric(batch: Array, statistic: str) -> Array:
    """`batch`, if it is a table of numbers, rows × features.

    Raises:
        DataError: If it isn't.
    """
    kind, size = batch.dtype.kind, batch.dtype.itemsize
    if kind not in NUMERIC_KINDS or size > FLOAT_BYTES:
        raise DataError(
            f"{statistic} is learned from numbers, not from values of dtype {batch.dtype}.",
            remedy="Convert the column to a float or integer dtype, or use a lookup.",
            value=str(batch.dtype),
        )
    return table(batch)


def table(batch: Array) -> Array:
    """`batch`, if it is 2-D, in the machine's byte order.

    Raises:
        DataError: If it isn't.
    """
    if batch.ndim != 2:  # noqa: PLR2004 (rows and features)
        raise DataError(
            f"A batch is rows × features; this one has shape {batch.shape}.",
            remedy="Reshape one feature to (rows, 1).",
            value=str(batch.shape),
        )
    return batch if batch.dtype.isnative else batch.astype(batch.dtype.newbyteorder("="))


def both(
    statistic: str, mine: Sequence[T], theirs: Sequence[T], merge: Callable[[T, T], T]
) -> tuple[T, ...]:
    """The features of two states, merged one by one; the state without a feature is the identity.

    Raises:
        DataError: If both have features, and not equally many.
    """
    if not mine or not theirs:
        return tuple(mine or theirs)
    same_width(statistic, len(mine), len(theirs))
    return tuple(map(merge, mine, theirs))


def same_width(statistic: str, mine: int, theirs: int) -> None:
    """Raise unless two states have equally many features.

    Raises:
        DataError: If they don't.
    """
    if mine != theirs:
        raise DataError(
            f"{statistic} of {mine} features can't be merged with one of {theirs}.",
            remedy="Give every batch the same features, in the same order.",
            value=theirs,
        )


def refuse_infinite(batch: Array, start: int = 0) -> None:
    """Raise for the first infinity of a batch that is known to hold one.

    Raises:
        DataError: Always; `row` counts from `start`.
    """
    row, feature = (int(index) for index in np.argwhere(np.isinf(batch))[0])
    value = float(batch[row, feature])
    row += start
    raise DataError(
        f"Row {row} holds {value} (feature {feature}), and no statistic is finite with it.",
        remedy="Make it a missing value (NaN), or clip the column before it is learned from.",
        row=row,
        feature=feature,
        value=value,
    )
