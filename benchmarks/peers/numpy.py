"""NumPy: `mean`, `var`, `min` and `max` along the rows, and `quantile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from peers.base import Work


def _four(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)

    def once() -> tuple[np.ndarray, ...]:
        return table.mean(0), table.var(0), table.min(0), table.max(0)

    return Prepared(once, lambda found: found[:2])


def _double(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)

    def once() -> tuple[np.ndarray, ...]:
        mean, variance = table.mean(0, dtype=np.float64), table.var(0, dtype=np.float64)
        return mean, variance, table.min(0), table.max(0)

    return Prepared(once, lambda found: found[:2])


def _quantiles(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)
    return Prepared(lambda: np.quantile(table, data.PROBABILITIES, axis=0), np.transpose)


OFFERS = (
    Offer("NumPy quantile", "quantiles", _quantiles, ("numpy",)),
    Offer("NumPy float32, mean + var + min + max", "array", _four, ("numpy",), tolerance=1.0),
    Offer("NumPy float64, mean + var + min + max", "array", _double, ("numpy",)),
)
