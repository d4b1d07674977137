"""DuckDB: one query, over an Arrow table or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from peers.base import Work

PACKAGES = ("duckdb", "pyarrow")


def _query(count: int, table: str) -> str:
    asked = ", ".join(
        f"{what}({name})" for what in ("avg", "var_pop", "min", "max") for name in data.names(count)
    )
    return f"SELECT {asked} FROM {table}"  # noqa: S608 - the names are ours


def _moments(count: int, row: Any) -> tuple[np.ndarray, np.ndarray]:
    found = np.asarray(row, dtype=np.float64)
    return found[:count], found[count : 2 * count]


def _table(work: Work) -> Prepared:
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    table = pa.table(data.columnar(work))
    connection.register("numbers", table)
    query = _query(work.columns, "numbers")
    return Prepared(
        lambda: connection.execute(query).fetchone(), lambda row: _moments(work.columns, row)
    )


def _parquet(work: Work) -> Prepared:
    import duckdb

    connection = duckdb.connect()
    query = _query(work.columns, f"read_parquet('{work.path}')")
    return Prepared(
        lambda: connection.execute(query).fetchone(), lambda row: _moments(work.columns, row)
    )


def _words(work: Work) -> Prepared:
    import duckdb
    import pyarrow as pa

    words, places = data.vocabulary(work.rows)
    column = pa.DictionaryArray.from_arrays(places, words).dictionary_decode()
    connection = duckdb.connect()
    connection.register("column", pa.table({"word": column}))
    return _counted(connection, '"column"')


def _coded(work: Work) -> Prepared:
    import duckdb

    return _counted(duckdb.connect(), f"read_parquet('{work.path}')")


def _counted(connection: Any, table: str) -> Prepared:
    # In samescale's order: the most frequent words first, equal ones ascending.
    counted = f"SELECT word, count(*) AS rows FROM {table} GROUP BY word"  # noqa: S608 - our names
    query = f"{counted} ORDER BY rows DESC, word"

    def learned(found: Any) -> list[list[float]]:
        return data.summed_up(found.column(1).to_pylist())

    return Prepared(lambda: connection.sql(query).to_arrow_table(), learned)


OFFERS = (
    Offer("DuckDB group by", "words", _words, PACKAGES),
    Offer("DuckDB read_parquet, group by", "coded", _coded, PACKAGES),
    Offer("DuckDB, an Arrow table", "array", _table, PACKAGES),
    Offer("DuckDB read_parquet", "parquet", _parquet, PACKAGES),
)
