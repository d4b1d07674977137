"""scikit-learn: `StandardScaler`, by `fit` and by `partial_fit`, and `OrdinalEncoder`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from peers.base import Work

PACKAGES = ("scikit-learn",)


def _moments(scaler: Any) -> tuple[np.ndarray, np.ndarray]:
    return scaler.mean_, scaler.var_


def _fit(work: Work) -> Prepared:
    from sklearn.preprocessing import StandardScaler

    table = data.matrix(work.rows, work.draw, work.columns)
    return Prepared(lambda: StandardScaler().fit(table), _moments)


def _partial(parts: Callable[[], Iterable[np.ndarray]]) -> Prepared:
    from sklearn.preprocessing import StandardScaler

    def once() -> StandardScaler:
        scaler = StandardScaler()
        for part in parts():
            scaler.partial_fit(part)
        return scaler

    return Prepared(once, _moments)


def _batches(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)
    return _partial(lambda: data.batches(table, work.batch))


def _chunks(work: Work) -> Prepared:
    data.cycled(work.rows, work.batch, work.draw, work.columns)  # so that its block is there
    return _partial(lambda: data.cycled(work.rows, work.batch, work.draw, work.columns))


def _parquet(work: Work) -> Prepared:
    from pyarrow import parquet

    def parts() -> Iterable[np.ndarray]:
        with parquet.ParquetFile(work.path) as file:
            for batch in file.iter_batches(2**16):
                yield np.column_stack([column.to_numpy() for column in batch.columns])

    return _partial(parts)


def _words(work: Work) -> Prepared:
    import pyarrow as pa
    from sklearn.preprocessing import OrdinalEncoder

    # A string of its own for each row, as reading a file gives them: equal ones that are one object
    # have their hash at hand.
    words, places = data.vocabulary(work.rows)
    arrow = pa.DictionaryArray.from_arrays(places, words).dictionary_decode()
    column = np.asarray(arrow.to_numpy(zero_copy_only=False), object).reshape(-1, 1)

    def learned(encoder: Any) -> list[list[float]]:
        return [[float(len(encoder.categories_[0]))]]  # it doesn't count them

    return Prepared(lambda: OrdinalEncoder().fit(column), learned)


OFFERS = (
    Offer("scikit-learn OrdinalEncoder.fit", "words", _words, (*PACKAGES, "pyarrow")),
    Offer("scikit-learn fit", "array", _fit, PACKAGES),
    Offer("scikit-learn partial_fit", "batches", _batches, PACKAGES),
    Offer("scikit-learn partial_fit, chunks", "chunks", _chunks, PACKAGES),
    Offer("scikit-learn partial_fit, row groups", "parquet", _parquet, PACKAGES),
)
