"""What an afternoon's work gives: a check of ranges, and a test of means and deviations."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, final

import numpy as np

from benchmarks.mistakes.known import quiet
from benchmarks.mistakes.labels import DRIFT, Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context


@final
class Ranges:
    """Alarms where a fiftieth of all cells, or half of a column, is outside training's range.

    It names what everybody's first rules name.
    """

    SHARE = 0.02

    def __init__(self) -> None:
        self._context: Context | None = None
        self._low = self._high = np.empty(0)

    def fit(self, train: Array, context: Context) -> None:
        """Learn the range of each column, or channel."""
        flat = train.reshape(-1, train.shape[-1])
        self._context = context
        with quiet():
            self._low, self._high = np.nanmin(flat, 0), np.nanmax(flat, 0)

    def diagnose(self, batch: Array) -> Answer:
        """Compare with the ranges."""
        flat = batch.reshape(-1, batch.shape[-1])
        finite = np.isfinite(flat)
        outside = ((flat < self._low) | (flat > self._high)) & finite
        share = outside.mean(0)
        if outside.mean() <= self.SHARE and not (share > 0.5).any():
            return Answer()
        columns = np.flatnonzero(share > self.SHARE).tolist()
        size = float(np.abs(flat[finite]).max(initial=0))
        return Answer(self._name(flat, size, len(columns)), columns, 1)

    def _name(self, flat: Array, size: float, wide: int) -> str:
        expects = self._context.expects if self._context else ""
        if self._context is not None and self._context.kind == "image":
            if expects != "uint8" and size > 10:
                return "range_0_255"
            return "range_pm1" if expects == "unit" and bool((flat < 0).any()) else DRIFT
        if expects == "raw" and size < 12 and np.nanmax(np.abs(self._high)) > 30:
            return "double_norm"
        if expects == "normalised" and size > 30 and wide > 1:
            return "raw_input"
        return "unit" if wide == 1 else DRIFT


@final
class Moments:
    """A test of each column's mean and of its variance against training's, at 1 % in all."""

    ALPHA = 0.01

    def __init__(self) -> None:
        self._images = False
        self._rows = self._mean = self._std = self._kurtosis = np.empty(0)

    def fit(self, train: Array, context: Context) -> None:
        """Learn the moments of each column; of images, of each channel's mean."""
        self._images = context.kind == "image"
        flat = self._flat(train)
        with quiet():
            self._mean, self._std = np.nanmean(flat, 0), np.nanstd(flat, 0)
            unit = np.where(self._std > 0, self._std, 1)
            self._kurtosis = np.nanmean(((flat - self._mean) / unit) ** 4, 0)
        self._rows = np.maximum(np.isfinite(flat).sum(0), 1)

    def diagnose(self, batch: Array) -> Answer:
        """Both tests in every column."""
        flat = self._flat(batch)
        rows = np.isfinite(flat).sum(0)
        if not rows.max():
            return Answer(DRIFT)
        with quiet():
            std = np.where(self._std > 0, self._std, 1e-12)
            chance = 1 / np.maximum(rows, 1) + 1 / self._rows
            mean = (np.nanmean(flat, 0) - self._mean) / (std * np.sqrt(chance))
            spread = np.nanvar(flat, 0) / std**2 - (rows - 1) / np.maximum(rows, 1)
            spread /= np.sqrt(np.maximum(self._kurtosis - 1, 0.05) * chance)
        most = -NormalDist().inv_cdf(self.ALPHA / (4 * len(self._mean)))
        far = np.abs(np.nan_to_num(mean)) > most
        far |= (np.abs(np.nan_to_num(spread)) > most) & (rows > 3)
        return Answer(DRIFT, np.flatnonzero(far).tolist(), 1) if far.any() else Answer()

    def _flat(self, rows: Array) -> Array:
        return rows.mean((1, 2)) if self._images else rows
