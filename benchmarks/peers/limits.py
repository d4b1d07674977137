"""Limits: what no one can be faster than who reads all of the data."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from peers.base import Work


def _nothing(_: object) -> None:
    return None


def _words(work: Work) -> np.ndarray:
    # The largest of the bits as whole numbers is the fastest thing of NumPy's that reads all.
    return data.matrix(work.rows, work.draw, work.columns).reshape(-1).view(np.uint32)


def _read(work: Work) -> Prepared:
    words = _words(work)
    return Prepared(words.max, _nothing)


def _read_by_two(work: Work) -> Prepared:
    words = _words(work)
    halves = (words[: len(words) // 2], words[len(words) // 2 :])
    pool = ThreadPoolExecutor(2)
    return Prepared(lambda: list(pool.map(np.max, halves)), _nothing)


def _decode(work: Work) -> Prepared:
    from pyarrow import parquet

    def once() -> int:
        with parquet.ParquetFile(work.path) as file:
            return sum(batch.num_rows for batch in file.iter_batches(2**16))

    return Prepared(once, _nothing)


def _decode_by_one(work: Work) -> Prepared:
    from pyarrow import parquet

    def once() -> int:
        with parquet.ParquetFile(work.path) as file:
            return sum(batch.num_rows for batch in file.iter_batches(2**16, use_threads=False))

    return Prepared(once, _nothing)


def _hand_out(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)
    return Prepared(lambda: sum(len(part) for part in data.batches(table, work.batch)), _nothing)


OFFERS = (
    Offer("limit: a pure read", "array", _read),
    Offer("limit: a pure read, two threads", "array", _read_by_two),
    Offer("limit: the batches, not looked at", "batches", _hand_out),
    Offer("limit: decoding alone", "parquet", _decode, ("pyarrow",)),
    Offer("limit: decoding alone, one thread", "parquet", _decode_by_one, ("pyarrow",)),
)
