"""What is known of the raw training rows, and what a caller without a mistake sends."""

from __future__ import annotations

import contextlib
import dataclasses as dc
import warnings
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mistakes.labels import Array

MOST_DECIMALS = 7
NO_DECIMALS = 12  # the values lie on no lattice of decimals
LOOKED_AT = 2_000
FEW = 12  # distinct values; a unit isn't changed on columns that have no more


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Columns without a value have no mean: NaN is what is meant, and no warning."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Training's statistics by column, or by channel of images; all of the raw values.

    Attributes:
        mean: The means.
        std: The deviations; 1 where a column doesn't vary.
        low: The smallest values.
        high: The largest values.
        span: `high - low`; 1 where a column doesn't vary.
        missing: The share of NaN in each column.
        decimals: Of how many decimals the values are multiples.
        continuous: The places of columns with more than `FEW` distinct values.
        varying: The places of columns with more than one.
    """

    mean: Array
    std: Array
    low: Array
    high: Array
    span: Array
    missing: Array
    decimals: Array
    continuous: Array
    varying: Array

    @classmethod
    def of(cls, rows: Array) -> Known:
        """The statistics of rows (n, d) or images (n, height, width, channels)."""
        axes = tuple(range(rows.ndim - 1))
        with quiet():
            mean, std = np.nanmean(rows, axis=axes), np.nanstd(rows, axis=axes)
            low, high = np.nanmin(rows, axis=axes), np.nanmax(rows, axis=axes)
        flat = rows if rows.ndim == 2 else np.empty((0, rows.shape[-1]))
        distinct = np.array([len(np.unique(column[np.isfinite(column)])) for column in flat.T])
        return cls(
            mean,
            np.where(std > 0, std, 1.0),
            low,
            high,
            np.where(high > low, high - low, 1.0),
            np.isnan(rows).mean(axes),
            np.array([_decimals(column) for column in flat.T]),
            np.flatnonzero(distinct > FEW),
            np.flatnonzero(distinct > 1),
        )

    def right(self, raw: Array, expects: str) -> Array:
        """What arrives of raw rows where nobody made a mistake."""
        if expects == "normalised":
            return (raw - self.mean) / self.std
        if expects == "unit":
            return raw / 255.0
        if expects == "pm1":
            return raw / 127.5 - 1.0
        return raw.copy()


def _decimals(column: Array) -> int:
    values = column[np.isfinite(column)][:LOOKED_AT]
    for places in range(MOST_DECIMALS):
        if np.allclose(values, np.round(values, places), rtol=0, atol=10.0 ** (-places) * 1e-6):
            return places
    return NO_DECIMALS
