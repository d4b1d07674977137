"""Vocabularies: samescale beside polars, DuckDB and scikit-learn, on the same strings in one run.

python benchmarks/vocabulary.py                        10 million rows, 50,000 distinct words
python benchmarks/vocabulary.py --rows 1000000 --rounds 5

The contenders take turns; the fastest turn counts, as wall time and as CPU time of all threads.
Each gives the words and how often they occur, the most frequent first. Needs pandas, polars,
DuckDB and scikit-learn.
"""

from __future__ import annotations

import argparse
import functools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import parquet
from sklearn.preprocessing import OrdinalEncoder

from samescale import sources
from samescale.statistics.counter import Counter

if TYPE_CHECKING:
    from collections.abc import Iterable

CHUNK = 65_536
ENCODED = 1_000_000
QUERY = "SELECT s, count(*) AS n FROM {} GROUP BY s ORDER BY n DESC, s"
BARS = {
    "plain strings in memory": "at most 1.2 × the faster of polars and DuckDB",
    "dictionary-encoded Parquet": "at least 4 × as fast as either",
    "dictionaries in memory": "at least 4 × as fast as either",
    "Python's strings": "at least 10 × as fast as OrdinalEncoder",
}


class Fresh(NamedTuple):
    """A contender whose input is made anew before each turn, which takes no time of it."""

    make: Callable[[], Any]
    run: Callable[[Any], object]


Contender: TypeAlias = Callable[[], object] | Fresh


def words(rows: int, distinct: int) -> pa.Array:
    """Words by Zipf's law: the second is half as frequent as the first, and so on."""
    shares = 1 / np.arange(1, distinct + 1)
    codes = np.random.default_rng(0).choice(distinct, rows, p=shares / shares.sum())
    names = pa.array([f"word-{place * 7919 % 1_000_003}" for place in range(distinct)])
    return names.take(pa.array(codes.astype(np.int32)))


def counted(chunks: Iterable[Any]) -> dict[str, Any]:
    """The words and their counts, by samescale."""
    return functools.reduce(Counter.update, chunks, Counter()).value()


def in_memory(array: pa.Array) -> dict[str, Contender]:
    """Plain strings."""
    chunks = [array.slice(start, CHUNK) for start in range(0, len(array), CHUNK)]
    table = pa.table({"s": array})
    frame = pl.from_arrow(table)
    base = duckdb.connect()
    base.register("given", table)
    base.execute("CREATE TABLE own AS SELECT * FROM given")
    return {
        "samescale": lambda: counted(chunks),
        "polars": lambda: _polars(frame.lazy()),
        "DuckDB, its own table": lambda: base.sql(QUERY.format("own")).to_arrow_table(),
        "DuckDB, Arrow": lambda: base.sql(QUERY.format("given")).to_arrow_table(),
    }


def in_a_file(array: pa.Array, path: Path) -> dict[str, Contender]:
    """A Parquet file; with dictionaries, unless they are switched off."""
    parquet.write_table(pa.table({"s": array}), path, use_dictionary="plain" not in path.name)
    base = duckdb.connect()
    source = sources.open(path)
    return {
        "samescale": lambda: counted(
            chunk.columns["s"] for chunk in source.chunks(["s"], arrow=True)
        ),
        "its reading alone": lambda: sum(1 for _ in source.chunks(["s"], arrow=True)),
        "polars": lambda: _polars(pl.scan_parquet(path)),
        "DuckDB": lambda: base.sql(QUERY.format(f"'{path}'")).to_arrow_table(),
        "pandas, OrdinalEncoder": lambda: OrdinalEncoder().fit(pd.read_parquet(path)),
    }


def of_codes(array: pa.Array) -> dict[str, Contender]:
    """A dictionary array in memory, as the categories of pandas and polars are."""
    coded = array.dictionary_encode()
    chunks = [coded.slice(start, CHUNK) for start in range(0, len(coded), CHUNK)]
    table = pa.table({"s": coded})
    frame = pl.from_arrow(table).with_columns(pl.col("s").cast(pl.Categorical))
    base = duckdb.connect()
    base.register("given", table)
    return {
        "samescale": lambda: counted(chunks),
        "polars, Categorical": lambda: _polars(frame.lazy()),
        "DuckDB, Arrow": lambda: base.sql(QUERY.format("given")).to_arrow_table(),
    }


def of_python(array: pa.Array) -> dict[str, Contender]:
    """Strings of Python, made anew for each turn; and the same words as Arrow has them.

    So it is after a file was read: each row has a string of its own, whose hash isn't known yet.
    """
    arrow = [array.slice(start, CHUNK) for start in range(0, len(array), CHUNK)]

    def fresh() -> Any:
        return np.asarray(array.to_numpy(zero_copy_only=False), object)[:, None]

    def by_samescale(objects: Any) -> object:
        return counted(objects[start : start + CHUNK] for start in range(0, len(objects), CHUNK))

    return {
        "samescale": Fresh(fresh, by_samescale),
        "samescale, Arrow text": lambda: counted(arrow),
        "scikit-learn's OrdinalEncoder": Fresh(
            fresh, lambda objects: OrdinalEncoder().fit(objects)
        ),
    }


def _polars(frame: pl.LazyFrame) -> object:
    counts = frame.group_by("s").agg(pl.len().alias("n"))
    return counts.sort(["n", "s"], descending=[True, False]).collect()


def _turn(contender: Contender) -> tuple[float, float]:
    """The wall time and the CPU time of one turn."""
    run: Callable[[], object]
    if isinstance(contender, Fresh):
        run = functools.partial(contender.run, contender.make())
    else:
        run = contender
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def shown(what: str, contenders: dict[str, Contender], rounds: int) -> None:
    """Print the fastest turn of each, and its ratio to samescale's."""
    best = dict.fromkeys(contenders, (np.inf, np.inf))
    for _ in range(rounds):
        for name, run in contenders.items():
            spent = _turn(run)
            best[name] = min(best[name][0], spent[0]), min(best[name][1], spent[1])
    bar = next((bar for start, bar in BARS.items() if what.startswith(start)), "")
    print(f"\n{what}" + (f" (bar: {bar})" if bar else ""))
    ours = best["samescale"]
    for name, (wall, cpu) in best.items():
        print(
            f"  {name:32} wall {wall:7.3f} s ({wall / ours[0]:6.2f} ×)"
            f"   CPU {cpu:7.3f} s ({cpu / ours[1]:6.2f} ×)",
            flush=True,
        )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--distinct", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5, help="how often each takes its turn")
    args = parser.parse_args()
    array = words(args.rows, args.distinct)
    print(f"{args.rows} rows, {args.distinct} distinct words")
    shown("plain strings in memory", in_memory(array), args.rounds)
    with tempfile.TemporaryDirectory() as folder:
        for what, name in (("dictionary-encoded", "coded"), ("plain", "plain")):
            cases = in_a_file(array, Path(folder) / f"{name}.parquet")
            shown(f"{what} Parquet", cases, args.rounds)
    shown("dictionaries in memory", of_codes(array), args.rounds)
    for some in dict.fromkeys((min(ENCODED, args.rows), args.rows)):
        title = f"Python's strings, {some} rows"
        shown(title, of_python(array.slice(0, some)), args.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
