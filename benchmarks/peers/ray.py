"""Ray Data: its `StandardScaler` on a local cluster of this machine's cores."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from peers.base import Work

PACKAGES = ("ray", "pyarrow", "pandas")


def _started() -> Any:
    import ray

    if not ray.is_initialized():
        ray.init(include_dashboard=False, logging_level="ERROR", log_to_driver=False)
        logging.getLogger("ray").setLevel(logging.ERROR)
        ray.data.DataContext.get_current().enable_progress_bars = False
    return ray


def _moments(count: int, scaler: Any) -> tuple[np.ndarray, np.ndarray]:
    found = scaler.stats_
    mean = np.asarray([found[f"mean({name})"] for name in data.names(count)])
    deviation = np.asarray([found[f"std({name})"] for name in data.names(count)])
    return mean, deviation**2


def _fit(work: Work, dataset: Any) -> Any:
    from ray.data.preprocessors import StandardScaler

    return StandardScaler(columns=list(data.names(work.columns))).fit(dataset)


def _table(work: Work) -> Prepared:
    import pyarrow as pa

    ray = _started()
    table = pa.table(data.columnar(work))
    dataset = ray.data.from_arrow(table).materialize()
    return Prepared(lambda: _fit(work, dataset), lambda found: _moments(work.columns, found))


def _parquet(work: Work) -> Prepared:
    ray = _started()
    return Prepared(
        lambda: _fit(work, ray.data.read_parquet(work.path)),
        lambda found: _moments(work.columns, found),
    )


OFFERS = (
    Offer("Ray Data, a dataset in memory", "array", _table, PACKAGES, apart=True, tolerance=1e-3),
    Offer("Ray Data read_parquet", "parquet", _parquet, PACKAGES, apart=True, tolerance=1e-3),
)
