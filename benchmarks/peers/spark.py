"""Spark ML: `VectorAssembler` and `StandardScaler` on a local session."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import data

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    import numpy as np

    from peers.base import Work

PACKAGES = ("pyspark", "pyarrow", "pandas")


def _session() -> Any:
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master(f"local[{os.cpu_count()}]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "4g")
        .config("spark.driver.maxResultSize", "4g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    return session


def _fit(count: int, frame: Any) -> Any:
    from pyspark.ml.feature import StandardScaler, VectorAssembler

    assembled = VectorAssembler(inputCols=list(data.names(count)), outputCol="v").transform(frame)
    return StandardScaler(inputCol="v", withMean=True).fit(assembled)


def _moments(rows: int, model: Any) -> tuple[np.ndarray, np.ndarray]:
    # Spark divides by one row less.
    return model.mean.toArray(), model.std.toArray() ** 2 * (rows - 1) / rows


def _frame(work: Work) -> Prepared:
    import pyarrow as pa

    table = pa.table(data.columnar(work))
    frame = _session().createDataFrame(table).cache()
    frame.count()
    return Prepared(lambda: _fit(work.columns, frame), lambda found: _moments(work.rows, found))


def _parquet(work: Work) -> Prepared:
    session = _session()
    return Prepared(
        lambda: _fit(work.columns, session.read.parquet(work.path)),
        lambda found: _moments(work.rows, found),
    )


OFFERS = (
    Offer("Spark ML, a cached frame", "array", _frame, PACKAGES, apart=True),
    Offer("Spark ML read.parquet", "parquet", _parquet, PACKAGES, apart=True),
)
