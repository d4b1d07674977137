"""The bars of performance that learning is held to: the measured ratio, and whether it is met.

    python benchmarks/bars.py            all of them, on the sizes that they speak of
    python benchmarks/bars.py --quick    small sizes: does it run?

Contenders take turns, and a bar is met by the median rounds. A machine with other work on it shows
in the other two ratios: of the shortest rounds, and of the processor's time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import adapting
import data
import stored
import turns
from bar import Bar, Times, table
from how import How
from peers.base import Work

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from turns import Stage

TITLE = "The bars"
TEXT = """\
What learning is held to, as ratios of the median rounds of one run; beside them the ratios of the
shortest rounds and of the processor's time, which other work on the machine disturbs less. With ≥
the ratio is the other's time over samescale's, with ≤ samescale's over the other's. Lines without a
bar are there to compare: `Spec.adapt` whole learns quantiles too, and makes the graph.
"""
ROWS = 5_000_000
STREAM = 1_000_000
FILE = 2_000_000
BATCH = 256
QUANTILES = 5_000_000
WORDS = 10_000_000
FLAT = 40.0  # megabytes that an allocator may happen to keep

READ, READ_BY_TWO = "limit: a pure read", "limit: a pure read, two threads"
DECODE = "limit: decoding alone"
THREE = "samescale: moments + extent + missing"
BY_TWO = f"{THREE}, two threads"
ENGINE = f"{THREE}, the engine"
FROM_FILE = "samescale Spec.adapt(path)"
STREAMED = f"{THREE}, a generator"
STREAMED_WHOLE = "samescale Spec.adapt(generator)"
WHOLE, WHOLE_BY_TWO = (
    "samescale Spec.adapt, one matrix",
    "samescale Spec.adapt, one matrix, threads=2",
)
EXACTLY = "samescale: 20 quantiles of each column, exact"
COUNTED, COUNTED_BY_TWO = "samescale: Counter", "samescale: Counter, two threads"
COUNTED_CODES = "samescale: Counter, the engine"
NUMPY = "NumPy float32, mean + var + min + max"
SKLEARN = "scikit-learn fit"
KERAS = tuple(f"Keras on {name}" for name in ("JAX", "TensorFlow", "PyTorch"))


def measure(how: How, stage: Stage) -> list[dict[str, Any]]:
    """All bars."""
    parts = (_moments, _generator, _parquet, _quantiles, _vocabulary)
    return [bar for part in parts for bar in part(how, stage)]


def _moments(how: How, stage: Stage) -> Iterator[dict[str, Any]]:
    rows = how.sized(ROWS)
    keras = [f"{name}, adapt(array)" for name in KERAS]
    chosen = {READ, READ_BY_TWO, THREE, BY_TWO, WHOLE, WHOLE_BY_TWO, NUMPY, SKLEARN, *keras}
    times = _times(Work("array", rows), how, stage, chosen)
    what = f"exact moments + extent + missing, {_million(rows)} × 20 float32, one thread"
    bars = [
        Bar(what, "NumPy's mean(0) + var(0) + min(0) + max(0)", 8, NUMPY, THREE),
        Bar(what, "scikit-learn's StandardScaler.fit", 8, SKLEARN, THREE),
        *(Bar(what, name, 3, name, THREE) for name in keras),
        Bar(what, "a pure read", 4, THREE, READ, at_most=True),
    ]
    yield from (bar.measured(times) for bar in bars)
    yield _by_two(Bar("the same with two threads", "one thread", 1.6, THREE, BY_TWO), times)
    whole = "Spec.adapt of the same, whole"
    beside = [
        Bar(whole, "NumPy's four", 0, NUMPY, WHOLE),
        Bar(whole, "StandardScaler.fit", 0, SKLEARN, WHOLE),
        *(Bar(whole, name, 0, name, WHOLE) for name in keras),
        Bar(whole, "a pure read", 0, WHOLE, READ),
        Bar("Spec.adapt, threads=2", "Spec.adapt", 0, WHOLE, WHOLE_BY_TWO),
    ]
    yield from (bar.measured(times) for bar in beside)


def _by_two(bar: Bar, times: Mapping[str, Times]) -> dict[str, Any]:
    """Two threads may be bound by the memory instead: what two threads that only read need."""
    found = bar.measured(times)
    if "ratios" not in found or READ_BY_TWO not in times:
        return found
    over = times[BY_TWO].median / times[READ_BY_TWO].median
    note = f"{over:.2f} × what two threads need that only read"
    return {**found, "note": note, "met": found["met"] or over <= 1.25}


def _generator(how: How, stage: Stage) -> Iterator[dict[str, Any]]:
    rows = how.sized(STREAM)
    keras = [f"{name}, adapt(generator)" for name in KERAS]
    chosen = {STREAMED, STREAMED_WHOLE, *keras}
    times = _times(Work("batches", rows, batch=BATCH), how, stage, chosen)
    table = f"a generator of batches of {BATCH} rows, {rows:,} × 20 float32"
    for name in keras:
        what = f"exact moments + extent + missing of {table}"
        yield Bar(what, name, 50, name, STREAMED).measured(times)
    for name in keras:
        yield Bar(f"Spec.adapt of {table}", name, 0, name, STREAMED_WHOLE).measured(times)


def _parquet(how: How, stage: Stage) -> Iterator[dict[str, Any]]:
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in (how.sized(FILE) // 10, how.sized(FILE)):
            stage.clear()  # a process that has run before has memory in hand
            path = adapting.written(Path(folder) / f"{rows}.parquet", rows)
            chosen = {ENGINE, DECODE, FROM_FILE}
            times = _times(Work("parquet", rows, path=str(path)), how, stage, chosen)
            peaks.append(times[ENGINE].memory if ENGINE in times else None)
    what = f"exact moments + extent + missing from Parquet, {_million(rows)} × 20 float32"
    yield Bar(what, "decoding alone", 1.5, ENGINE, DECODE, at_most=True).measured(times)
    yield Bar("Spec.adapt of the same, whole", "decoding alone", 0, FROM_FILE, DECODE).measured(
        times
    )
    bar = f"≤ {FLAT:.0f} MB more"
    shown = {"what": "its peak of memory", "against": "a tenth of the rows", "bar": bar}
    if None in peaks:
        yield {**shown, "missing": ["peaks of memory"]}
        return
    rise = peaks[1] - peaks[0]
    yield {**shown, "note": f"{rise:+.0f} MB ({peaks[1]:.0f} MB in all)", "met": rise <= FLAT}


def _quantiles(how: How, stage: Stage) -> Iterator[dict[str, Any]]:
    rows = how.sized(QUANTILES)
    times = _times(Work("quantiles", rows), how, stage)
    what = f"20 quantiles of each column, exact, {_million(rows)} × 20 float32"
    for name, bound in (("NumPy quantile", 5), ("polars quantile", 3)):
        yield Bar(what, name, bound, name, EXACTLY).measured(times)


def _vocabulary(how: How, stage: Stage) -> Iterator[dict[str, Any]]:
    rows = how.sized(WORDS)
    times = _times(Work("words", rows), how, stage)
    what = f"vocabulary of {_million(rows)} strings, {rows // 200:,} distinct"
    for name in ("polars group_by", "DuckDB group by"):
        yield Bar(f"{what}, plain", name, 1.2, COUNTED_BY_TWO, name, at_most=True).measured(times)
    encoder = "scikit-learn OrdinalEncoder.fit"
    yield Bar(f"{what}, plain", encoder, 10, encoder, COUNTED).measured(times)
    with tempfile.TemporaryDirectory() as folder:
        times = _times(Work("coded", rows, path=str(_coded(Path(folder), rows))), how, stage)
    for name in ("polars scan_parquet, group_by", "DuckDB read_parquet, group by"):
        bar = Bar(f"{what}, dictionary-encoded Parquet", name, 4, name, COUNTED_CODES)
        yield bar.measured(times)


def _coded(folder: Path, rows: int) -> Path:
    """The words as a Parquet file, encoded by a dictionary as its writers do by default."""
    import pyarrow as pa
    from pyarrow import parquet

    words, places = data.vocabulary(rows)
    column = pa.DictionaryArray.from_arrays(places, words).dictionary_decode()
    parquet.write_table(pa.table({"word": column}), folder / "words.parquet")
    return folder / "words.parquet"


def _times(work: Work, how: How, stage: Stage, chosen: Collection[str] = ()) -> dict[str, Times]:
    """What each took: all offers of this kind of work, or the chosen ones."""
    how.say(f"{work.kind}, {work.rows:,} rows")
    outcomes = turns.take(work, how, stage, chosen)
    return {
        one.name: Times(one.median, one.least, min(one.cpu), one.memory)
        for one in outcomes
        if not one.absent
    }


def _million(rows: int) -> str:
    return f"{rows / 1e6:g} M" if rows >= 10**6 else f"{rows:,}"


def show(found: Sequence[Mapping[str, Any]]) -> str:
    """The table."""
    return f"{TEXT}\n{table(found)}"


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--rounds", type=int, default=7, help="how often each takes its turn")
    parser.add_argument("--keep", action="store_true", help="keep the result for the page")
    args = parser.parse_args()
    how = How(quick=args.quick, rounds=args.rounds)
    with turns.Stage() as stage:
        found = measure(how, stage)
    if args.keep:
        stored.keep("bars", found, how)
    print(f"{stored.machine()}\n\n{show(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
