"""Cases of adapting: the same statistics of the same numbers, learned by each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from data import NAMES, SIZES, columns, matrix, spec
from measure import Case
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


BATCH = 1_024
STREAMED = 100_000


def cases(folder: Path) -> Iterator[Case]:
    """Arrays of each size; a stream of batches; a Parquet file."""
    for rows in SIZES:
        yield _arrays(matrix(rows))
    yield _batches(matrix(STREAMED))
    yield _parquet(matrix(STREAMED), folder / "table.parquet")


def _arrays(table: np.ndarray) -> Case:
    by_name = columns(table)
    return Case(
        "adapt, arrays",
        len(table),
        {
            "samescale": lambda: spec().adapt(by_name),
            "scikit-learn": lambda: StandardScaler().fit(table),
            "Keras": lambda: keras.layers.Normalization().adapt(table),
        },
    )


def _batches(table: np.ndarray) -> Case:
    parts = [table[start : start + BATCH] for start in range(0, len(table), BATCH)]
    by_name = [columns(part) for part in parts]

    def partial() -> StandardScaler:
        scaler = StandardScaler()
        for part in parts:
            scaler.partial_fit(part)
        return scaler

    contenders = {"samescale": lambda: spec().adapt(by_name), "scikit-learn": partial}
    return Case(f"adapt, batches of {BATCH}", len(table), contenders)


def _parquet(table: np.ndarray, path: Path) -> Case:
    pq.write_table(pa.table(columns(table)), path, row_group_size=2**16)

    def partial() -> StandardScaler:
        scaler = StandardScaler()
        for batch in pq.ParquetFile(path).iter_batches(2**16, columns=list(NAMES)):
            scaler.partial_fit(np.column_stack([c.to_numpy() for c in batch.columns]))
        return scaler

    contenders = {"samescale": lambda: spec().adapt(path), "scikit-learn": partial}
    return Case("adapt, a Parquet file", len(table), contenders)
