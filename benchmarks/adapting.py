"""Adapting: mean and variance of the same table, learned by everyone who can."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import data
import exact
import peers
import turns
import words
from peers.base import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from how import How
    from turns import Outcome, Stage

TITLE = "Adapting"
TEXT = """\
Mean and variance of 20 float32 columns on different scales, learned by everyone who can. Behind
each time stands how long that is in times of samescale's `Spec.adapt` in the same row of turns:
**2 × means that samescale takes half as long, 0.5 × twice as long.** Each has a process of its own.
All of a table but Dask, Ray and Spark take turns, and the median round counts; those three bring
processes of their own and take theirs afterwards, three rounds each, started before (a Ray cluster
and a Spark session take 5 to 20 s, not counted). *CPU* is the processor time of all threads and
processes in the round that took least, *memory* by how much they grew at most while they ran, the
first time included, beside the table itself. *Off by* is the largest error of a mean, in standard
deviations, and of a variance, relatively, against fractions computed apart: **0** is the nearest
float64 to what mathematics gives.

What is learned isn't the same everywhere. samescale's `Spec.adapt` learns, beside mean and
variance, what the guard compares traffic with: extent, missing values and quantiles of each column;
then it builds, checks and freezes the graph. NumPy, polars and DuckDB give mean, variance, minimum
and maximum; scikit-learn, Keras, dask-ml, Ray and Spark mean and variance. *samescale: moments +
extent + missing* are the three statistics alone, on one thread unless it says two.
"""
BATCH = 256
# Fractions of four columns take seconds where all twenty would take a minute.
SOME = (0, 7, 13, 19)
CASES = (
    ("array", 1_000),
    ("array", 100_000),
    ("array", 5_000_000),
    ("batches", 200_000),
    ("parquet", 100_000),
    ("parquet", 2_000_000),
)
QUICK = (("array", 2_000), ("batches", 2_000), ("parquet", 2_000))
SAID = {
    "array": "An array in memory",
    "batches": f"A generator of batches of {BATCH} rows",
    "parquet": "A Parquet file",
}
OURS = {
    "array": "samescale Spec.adapt, one matrix",
    "batches": "samescale Spec.adapt(generator)",
    "parquet": "samescale Spec.adapt(path)",
}


def measure(how: How, stage: Stage) -> list[dict[str, Any]]:
    """All cases."""
    with tempfile.TemporaryDirectory() as folder:
        return list(_cases(how, stage, Path(folder)))


def _cases(how: How, stage: Stage, folder: Path) -> Iterator[dict[str, Any]]:
    for kind, rows in QUICK if how.quick else CASES:
        how.say(f"{SAID[kind]}, {rows:,} rows")
        work = Work(kind, rows, batch=BATCH)
        if kind == "parquet":
            work = Work(kind, rows, path=str(written(folder / f"{rows}.parquet", rows)))
        outcomes = turns.take(work, how, stage)
        truth = exact.of_blocks(data.blocks(rows), SOME)
        yield {
            "kind": kind,
            "rows": rows,
            "outcomes": [_kept(outcome, truth) for outcome in outcomes],
        }


def written(path: Path, rows: int) -> Path:
    """The table as a Parquet file, written block by block: row groups of 2^17 rows, Snappy."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([(name, pa.float32()) for name in data.NAMES])
    with parquet.ParquetWriter(path, schema) as writer:
        for block in data.blocks(rows):
            writer.write_table(pa.table(data.columns(block), schema=schema))
    return path


def _kept(outcome: Outcome, truth: list[exact.Moments]) -> dict[str, Any]:
    if outcome.absent:
        return {"name": outcome.name, "absent": outcome.absent}
    return {
        "name": outcome.name,
        "median": outcome.median,
        "least": outcome.least,
        "cpu": min(outcome.cpu),
        "rounds": len(outcome.wall),
        "memory": outcome.memory,
        "errors": off(outcome, truth),
    }


def off(outcome: Outcome, truth: list[exact.Moments]) -> tuple[float, float] | None:
    """The errors of a mean and of a variance, of who learned any."""
    if outcome.learned is None:
        return None
    mean, variance = ([values[place] for place in SOME] for values in outcome.learned)
    return exact.errors(truth, mean, variance)


def differing(found: list[dict[str, Any]]) -> Iterator[str]:
    """Who learned something else than the exact values, beyond what it promises."""
    for case in found:
        offers = peers.offers(case["kind"])
        for one in case["outcomes"]:
            bound = offers[one["name"]][1].tolerance
            if not all(size <= bound for size in one.get("errors") or ()):
                yield f"{one['name']}, {case['rows']} rows: off by {one['errors']}, over {bound}"


def show(found: list[dict[str, Any]]) -> str:
    """The tables."""
    return "\n\n".join([TEXT.rstrip(), *(_table(case) for case in found)])


def _table(case: Mapping[str, Any]) -> str:
    there = [one for one in case["outcomes"] if "absent" not in one]
    missing = [f"{one['name']}: {one['absent']}." for one in case["outcomes"] if "absent" in one]
    ours = next((one["median"] for one in there if one["name"] == OURS[case["kind"]]), None)
    lines = [f"### {SAID[case['kind']]}, {case['rows']:,} rows\n"]
    lines.append(
        words.table(
            ("", "time", "", "CPU", "memory", "mean off by", "variance off by"),
            (_row(one, ours) for one in there),
        )
    )
    if missing:
        lines.append("\nNot measured: " + " ".join(missing))
    return "\n".join(lines)


def _row(one: Mapping[str, Any], ours: float | None) -> list[str]:
    errors = [words.error(size) for size in one["errors"]] if one["errors"] else ["–", "–"]
    times = "" if ours is None else words.ratio(one["median"] / ours)
    name = f"**{one['name']}**" if one["name"].startswith("samescale") else one["name"]
    return [
        name,
        words.time(one["median"]),
        times,
        words.time(one["cpu"]),
        words.memory(one["memory"]),
        *errors,
    ]
