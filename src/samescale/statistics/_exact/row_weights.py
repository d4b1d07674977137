"""What a weighted statistic asks of its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.errors import DataError

if TYPE_CHECKING:
    from samescale.ir.types import Array


def row_weights(weights: Array | None, rows: int) -> Array:
    """Weights as float64, one for each row; ones without any.

    Raises:
        DataError: If there aren't as many as rows, or one isn't finite and above 0 (`row`).
    """
    if weights is None:
        return np.ones(rows)
    if weights.shape != (rows,):
        raise DataError(
            f"There are weights of shape {weights.shape} for {rows} rows.",
            remedy="Give one weight for each row.",
            value=str(weights.shape),
        )
    found = weights.astype(np.float64, copy=False)
    wrong = np.flatnonzero(~((found > 0) & np.isfinite(found)))
    if len(wrong):
        row, value = int(wrong[0]), float(found[wrong[0]])
        raise DataError(
            f"Row {row} has the weight {value}.",
            remedy="A weight is a finite number above 0; leave rows of weight 0 out.",
            row=row,
            value=value,
        )
    return found
