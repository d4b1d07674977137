"""Batch prediction of a large Parquet file: its memory, its use of the cores, and its interruption.

    python benchmarks/batch.py --gigabytes 5            the bar's size; needs that much disk
    python benchmarks/batch.py --quick                  a small file: does it run?
    python benchmarks/batch.py --gigabytes 5 --words 4  with columns of text

A file of so many bytes of numbers that don't compress is predicted by `samescale predict`, in a
process of its own, and a tenth of it too: the peaks of memory say whether it is flat. Then the job
is killed (SIGKILL) at random moments and resumed until it ends; what it wrote is compared with what
came of it in one go.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("KERAS_BACKEND", "jax")  # before Keras is imported, which reads it once

import jobs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import stored
import turns
import words
from how import How

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobs import Spent
    from turns import Stage

TITLE = "Batch prediction"
TEXT = """\
`samescale predict` of a Parquet file of float64 columns that don't compress, by a bundle of a Keras
network of two hidden layers of 64, in a process of its own. *Cores busy* is the processor's time of
the job over that on the wall and the cores, the start of the process included; behind it stands its
share of what the other work on the machine left. Memory is looked at ten times a second. The job
that is killed (`SIGKILL`, at random moments) goes on with `--resume`; what it wrote is compared, to
the bit, with what came of it in one go.
"""
GIGABYTES = 5.0
QUICK = 0.04
ROOM = 1.5  # times the size: what is read, a tenth of it, and what is written
NUMBERS = 20
GROUP = 2**18
WORD_BYTES = 1  # of fifty words, a code each
FLAT = 150.0  # megabytes: chunks are in memory by the moment that they are looked at
BUSY = 0.8
KILLS = 5


def measure(
    how: How, _: Stage, *, gigabytes: float = GIGABYTES, texts: int = 0, folder: str | None = None
) -> list[dict[str, Any]]:
    """The bars."""
    size = QUICK if how.quick else gigabytes
    rows = int(size * 1e9 / (8 * NUMBERS + WORD_BYTES * texts))
    with tempfile.TemporaryDirectory(prefix="samescale-batch-", dir=folder) as name:
        free = shutil.disk_usage(name).free / 1e9
        how.say(f"{name}: {size:g} GB to write, {free:.0f} GB free")
        if free < ROOM * size:
            told = f"not measured: there are {free:.0f} GB free"
            shown = {"what": f"a file of {size:g} GB", "of": "", "bar": "", "met": False}
            return [{**shown, "told": told}]
        at = Path(name)
        bundle = _bundle(at, texts)
        return list(_jobs(how, at, bundle, rows, texts))


def _jobs(how: How, at: Path, bundle: Path, rows: int, texts: int) -> Iterator[dict[str, Any]]:
    small, large = at / "tenth.parquet", at / "table.parquet"
    spent = {}
    for path, count in ((small, rows // 10), (large, rows)):
        write(path, count, texts)
        out = path.with_suffix(".out.parquet")
        how.say(f"{count:,} rows, {path.stat().st_size / 1e9:.2f} GB")
        _settled()
        spent[path] = jobs.predict(bundle, path, out)
        if pq.read_metadata(out).num_rows != count:
            raise RuntimeError(f"{out} has other rows than {path}")
    what = f"a file of {large.stat().st_size / 1e9:.2g} GB, {rows:,} rows"
    yield _speed(what, rows, spent[large])
    yield _flat(what, spent[small], spent[large])
    yield _resumed(how, bundle, large, spent[large].seconds)


def _settled() -> None:
    """What was written is on the disk, so that nothing but the job works on it."""
    if hasattr(os, "sync"):
        os.sync()


def _speed(what: str, rows: int, spent: Spent) -> dict[str, Any]:
    others = "" if spent.taken is None else f" ({spent.taken:.0%} of what others left)"
    told = f"{spent.share:.0%}{others}, {rows / spent.seconds:,.0f} rows a second"
    bar = f"≥ {BUSY:.0%} of {jobs.cores()}"
    return {"what": what, "of": "cores busy", "bar": bar, "told": told, "met": spent.share >= BUSY}


def _flat(what: str, small: Spent, large: Spent) -> dict[str, Any]:
    shown = {"what": what, "of": "peak of memory", "bar": f"≤ {FLAT:.0f} MB over a tenth's"}
    if small.peak is None or large.peak is None:
        return {**shown, "told": "not measured", "met": False}
    rise = large.peak - small.peak
    told = f"{rise:+.0f} MB ({large.peak:.0f} MB in all)"
    return {**shown, "told": told, "met": rise <= FLAT}


def _resumed(how: How, bundle: Path, table: Path, seconds: float) -> dict[str, Any]:
    """A job that is killed again and again, beside the same in one go."""
    whole, broken = table.with_suffix(".out.parquet"), table.with_suffix(".broken.parquet")
    kills, most = 0, 2 if how.quick else KILLS
    while True:
        within = random.uniform(0.1, 0.4) * seconds if kills < most else None
        spent = jobs.predict(bundle, table, broken, "--resume", within=within)
        if not spent.killed:
            break
        kills += 1
        how.say(f"  killed after {spent.seconds:.1f} s, {_done(broken):,} rows done")
    same = _same(whole, broken)
    rows = pq.read_metadata(broken).num_rows
    left = broken.with_name(f".{broken.name}.unfinished").exists()
    return {
        "what": f"a job of {rows:,} rows, killed {kills} times",
        "of": "rows lost, doubled or other",
        "bar": "none",
        "told": "none" if same and not left else "some",
        "met": same and not left and kills > 0,
    }


def _done(out: Path) -> int:
    parts = out.with_name(f".{out.name}.unfinished").glob("[0-9]*.parquet")
    return sum(pq.read_metadata(part).num_rows for part in parts)


def _same(one: Path, other: Path) -> bool:
    """Whether two files hold the same columns, to the bit."""
    tables = [pq.read_table(path).combine_chunks() for path in (one, other)]
    if tables[0].schema != tables[1].schema or tables[0].num_rows != tables[1].num_rows:
        return False
    return all(
        np.array_equal(a.to_numpy().view(np.int64), b.to_numpy().view(np.int64))
        for a, b in zip(*(table.columns for table in tables), strict=True)
    )


def write(path: Path, rows: int, texts: int = 0) -> None:
    """Numbers that don't compress, and columns of words."""
    drawn = np.random.default_rng(rows)
    with pq.ParquetWriter(path, _table(drawn, 1, texts).schema) as writer:
        for start in range(0, rows, GROUP):
            writer.write_table(_table(drawn, min(GROUP, rows - start), texts))


def _table(drawn: np.random.Generator, rows: int, texts: int) -> pa.Table:
    numbers = {f"x{i:02}": drawn.standard_normal(rows) + i for i in range(NUMBERS)}
    cities = pa.array([f"city {index}" for index in range(50)])
    codes = {f"c{i}": drawn.integers(0, len(cities), rows) for i in range(texts)}
    return pa.table({**numbers, **{name: cities.take(pa.array(x)) for name, x in codes.items()}})


def _bundle(folder: Path, texts: int) -> Path:
    """The network, untrained: what it answers costs the same."""
    import keras

    import samescale as ss

    table = _table(np.random.default_rng(0), 100_000, texts)
    y = pa.array(table["x00"].to_numpy() * 2 + 1)
    hot = [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]
    columns = {name: ss.Normalization() if name[0] == "x" else hot for name in table.column_names}
    spec = ss.Spec(columns, target=ss.Target("y", ss.Normalization()))
    fitted = spec.adapt(table.append_column("y", y))
    hidden = [keras.layers.Dense(64, activation="relu") for _ in range(2)]
    model = fitted.to_keras(keras.Sequential([*hidden, keras.layers.Dense(1)]))
    ss.Bundle(fitted, model).save(folder / "model.samescale")
    return folder / "model.samescale"


def show(found: Sequence[Mapping[str, Any]]) -> str:
    """The table."""
    rows = [
        [one["what"], one["of"], one["bar"], one["told"], "yes" if one["met"] else "**no**"]
        for one in found
    ]
    return f"{TEXT}\n{words.table(('what', '', 'bar', 'measured', 'met'), rows, left=2)}"


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=GIGABYTES, help="of the larger file")
    parser.add_argument("--words", type=int, default=0, help="so many columns of text too")
    parser.add_argument("--folder", help="where the files are; the usual temporary one")
    parser.add_argument("--quick", action="store_true", help="a small file: does it run?")
    parser.add_argument("--keep", action="store_true", help="keep the result for the page")
    args = parser.parse_args()
    how = How(quick=args.quick, rounds=1)
    with turns.Stage() as stage:
        found = measure(how, stage, gigabytes=args.gigabytes, texts=args.words, folder=args.folder)
    if args.keep:
        stored.keep("batch", found, how)
    print(f"{stored.machine()}\n\n{show(found)}")
    return 0 if all(one["met"] for one in found) or args.quick else 1


if __name__ == "__main__":
    sys.exit(main())
