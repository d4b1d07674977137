"""dask-ml: `StandardScaler` over a Dask array or data frame, on its threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from peers.base import Work

PACKAGES = ("dask", "dask-ml")


def _moments(scaler: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(scaler.mean_), np.asarray(scaler.var_)


def _array(work: Work) -> Prepared:
    from dask import array
    from dask_ml.preprocessing import StandardScaler

    table = data.matrix(work.rows, work.draw, work.columns)
    chunks = (max(1, min(work.rows, 2**18)), work.columns)
    return Prepared(lambda: StandardScaler().fit(array.from_array(table, chunks=chunks)), _moments)


def _parquet(work: Work) -> Prepared:
    from dask import dataframe
    from dask_ml.preprocessing import StandardScaler

    return Prepared(lambda: StandardScaler().fit(dataframe.read_parquet(work.path)), _moments)


OFFERS = (
    Offer("dask-ml, a Dask array", "array", _array, PACKAGES, apart=True, tolerance=1e-3),
    Offer("dask-ml, read_parquet", "parquet", _parquet, PACKAGES, apart=True, tolerance=1e-3),
)
