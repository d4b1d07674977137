"""polars: an expression of each statistic, over a frame in memory or a scanned file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from peers.base import Work

PACKAGES = ("polars",)


def _statistics(count: int) -> list[Any]:
    import polars as pl

    chosen = data.names(count)
    return [
        getattr(pl.col(name), what)().alias(f"{name} {what}")
        for what in ("mean", "var", "min", "max")
        for name in chosen
    ]


def _moments(count: int, rows: int, frame: Any) -> tuple[np.ndarray, np.ndarray]:
    found = np.asarray(frame.row(0), dtype=np.float64)
    # polars divides by one row less; there is no variance of a single row then.
    return found[:count], found[count : 2 * count] * (rows - 1) / rows


def _frame(work: Work) -> Prepared:
    import polars as pl

    frame = pl.DataFrame(data.columnar(work))
    asked = _statistics(work.columns)
    return Prepared(
        lambda: frame.select(asked), lambda found: _moments(work.columns, work.rows, found)
    )


def _parquet(work: Work) -> Prepared:
    import polars as pl

    asked = _statistics(work.columns)

    def once() -> Any:
        return pl.scan_parquet(work.path).select(asked).collect(engine="streaming")

    return Prepared(once, lambda found: _moments(work.columns, work.rows, found))


def _quantiles(work: Work) -> Prepared:
    import polars as pl

    frame = pl.DataFrame(data.columnar(work))
    # A list of probabilities sorts a column once: 25 times as fast as an expression for each.
    asked = [pl.col(name).quantile(list(data.PROBABILITIES), "linear") for name in frame.columns]

    def learned(found: Any) -> np.ndarray:
        return np.asarray(found.row(0))

    return Prepared(lambda: frame.select(asked), learned)


def _words(work: Work) -> Prepared:
    import polars as pl

    words, places = data.vocabulary(work.rows)
    frame = pl.DataFrame({"word": pl.Series(words[places], dtype=pl.String)})
    return Prepared(lambda: _most_frequent(frame.lazy()).collect(), _summed_up)


def _coded(work: Work) -> Prepared:
    import polars as pl

    def once() -> Any:
        return _most_frequent(pl.scan_parquet(work.path)).collect(engine="streaming")

    return Prepared(once, _summed_up)


def _most_frequent(frame: Any) -> Any:
    """The counts in samescale's order: the most frequent words first, equal ones ascending."""
    return frame.group_by("word").len().sort(["len", "word"], descending=[True, False])


def _summed_up(found: Any) -> list[list[float]]:
    return data.summed_up(found["len"].to_list())


OFFERS = (
    Offer("polars quantile", "quantiles", _quantiles, PACKAGES),
    Offer("polars group_by", "words", _words, PACKAGES),
    Offer("polars scan_parquet, group_by", "coded", _coded, PACKAGES),
    Offer("polars, a frame in memory", "array", _frame, PACKAGES, tolerance=1e-4),
    Offer("polars scan_parquet, streaming", "parquet", _parquet, PACKAGES, tolerance=1e-4),
)
