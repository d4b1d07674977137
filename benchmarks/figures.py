"""The pictures: time, memory and error over the number of rows.

    python benchmarks/figures.py                 10^5 to 10^8 rows
    python benchmarks/figures.py --most 1e7      a tenth of them

Each number of rows is a table of 20 float32 columns. Whoever takes chunks is given it in chunks of
2^16 rows, and no one holds it whole; whoever needs an array is given one, until memory ends.
"""

from __future__ import annotations

import argparse
import dataclasses as dc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import data
import draw
import exact
import stored
import turns
import words
from how import How
from peers.base import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from turns import Stage

TITLE = "Over the number of rows"
ASSETS = Path(__file__).resolve().parent.parent / "docs" / "assets"
CHUNK = 2**16
YEARS = 4  # columns: two are enough for NumPy to add row by row
SHARE = 0.75  # of the free memory that a contender may be expected to take
LEAST = 100_000
LONG = "memory ends"

# Who is drawn, and under which name.
GROWING = {
    "samescale Spec.adapt, chunks": ("chunks", "samescale Spec.adapt"),
    "samescale: moments + extent + missing, chunks": ("chunks", "samescale, the statistics alone"),
    "scikit-learn partial_fit, chunks": ("chunks", "scikit-learn partial_fit"),
    "Keras on JAX, adapt(generator of chunks)": ("chunks", "Keras adapt(generator)"),
    "scikit-learn fit": ("array", "scikit-learn fit"),
    "Keras on JAX, adapt(array)": ("array", "Keras adapt(array)"),
    "polars, a frame in memory": ("array", "polars"),
    "NumPy float32, mean + var + min + max": ("array", "NumPy float32"),
}
OFF = {
    "samescale: moments + extent + missing": ("array", "samescale"),
    "Keras on JAX, adapt(array)": ("array", "Keras adapt(array)"),
    "Keras on JAX, adapt(generator)": ("batches", "Keras adapt(generator)"),
    "NumPy float32, mean + var + min + max": ("array", "NumPy float32"),
    "polars, a frame in memory": ("array", "polars"),
    "scikit-learn fit": ("array", "scikit-learn"),
}
TEXT = """\
Each number of rows is a table of 20 float32 columns. samescale, scikit-learn's `partial_fit` and
Keras' `adapt` of a generator are given it in chunks of {chunk:,} rows, made as they are asked for;
the others are given an array, and where that and what they put beside it wouldn't fit into
{share:.0%} of the free memory, their line ends. The shortest run counts. Memory is by how much a
process grew, the array included.

![Seconds over rows](assets/bench-time.svg)

![Megabytes over rows](assets/bench-memory.svg)

Four columns like a year: mean 2,010, deviation 5, float32, row by row in memory. Below are the
largest errors of what is learned, against fractions; Keras' generator gives batches of 8,192 rows.
samescale's are 0: the float64 nearest to the exact value.

![Error of the mean over rows](assets/bench-mean.svg)

![Error of the deviation over rows](assets/bench-deviation.svg)
"""


def measure(how: How, stage: Stage) -> dict[str, Any]:
    """Both families of lines."""
    return {"growing": list(_growing(how, stage)), "off": list(_off(how, stage))}


def _sizes(how: How) -> list[int]:
    sizes = [10**power for power in range(5, 9) if 10**power <= how.most]
    return [2_000, 8_000] if how.quick else sizes or [LEAST]


def _growing(how: How, stage: Stage) -> Iterator[dict[str, Any]]:
    beside: dict[str, float] = {}  # bytes beside the table, for each of its bytes
    for rows in _sizes(how):
        if not how.quick:
            stage.clear()  # what one size left behind mustn't count for the next
        size = 4 * data.COLUMNS * rows
        for name, (kind, _) in GROWING.items():
            if not how.wants(name):
                continue
            if kind == "array" and size * (1 + beside.get(name, 1.0)) > SHARE * stored.free():
                yield {"name": name, "rows": rows, "ends": LONG}
                continue
            one = _one(Work(kind, rows, batch=CHUNK), name, how, stage)
            if not one.absent:
                table = size / 2**20 if kind == "array" else 0.0
                memory = None if one.memory is None else one.memory + table
                beside[name] = (one.memory or 0.0) * 2**20 / size
                yield {"name": name, "rows": rows, "seconds": one.least, "memory": memory}


def _off(how: How, stage: Stage) -> Iterator[dict[str, Any]]:
    for rows in _sizes(how):
        truth = exact.of_blocks(data.blocks(rows, "year", YEARS))
        for name, (kind, _) in OFF.items():
            if how.wants(name):
                one = _one(
                    Work(kind, rows, "year", YEARS, batch=8_192),
                    name,
                    dc.replace(how, rounds=0),
                    stage,
                )
                if one.learned is not None:
                    yield {"name": name, "rows": rows, **_errors(truth, one.learned)}


def _errors(truth: list[exact.Moments], learned: Any) -> dict[str, float]:
    mean, variance = learned
    deviations = [
        abs((max(found, 0.0) / float(one.variance)) ** 0.5 - 1)
        if found != float(one.variance)
        else 0
        for one, found in zip(truth, variance, strict=True)
    ]
    return {"mean": exact.errors(truth, mean, variance)[0], "deviation": max(deviations)}


def _one(work: Work, name: str, how: How, stage: Stage) -> turns.Outcome:
    how.say(f"figures: {work.rows:,} rows")
    rounds = min(how.rounds, 3 if work.rows <= 10**6 else 1)
    return turns.take(work, dc.replace(how, rounds=rounds), stage, {name})[0]


def pictures(found: Mapping[str, Any]) -> dict[str, str]:
    """The pictures, by the name of their file."""
    growing, off = found["growing"], found["off"]
    lines = {what: _lines(growing, GROWING, what) for what in ("seconds", "memory")}
    errors = {what: _lines(off, OFF, what) for what in ("mean", "deviation")}
    return {
        "bench-time.svg": draw.chart(
            "Seconds to learn a table of 20 columns", lines["seconds"], unit=words.time
        ),
        "bench-memory.svg": draw.chart(
            "Megabytes at the peak", lines["memory"], unit=lambda size: f"{size:,g} MB"
        ),
        "bench-mean.svg": draw.chart(
            "Error of the mean of a year, in standard deviations",
            errors["mean"],
            unit=lambda size: f"{size:g}",
            floor="0",
        ),
        "bench-deviation.svg": draw.chart(
            "Relative error of the standard deviation of a year",
            errors["deviation"],
            unit=lambda size: f"{size:g}",
            floor="0",
        ),
    }


def _lines(found: list[dict[str, Any]], drawn: Mapping[str, Any], what: str) -> list[draw.Line]:
    lines = []
    for name, (_, shown) in drawn.items():
        mine = [one for one in found if one["name"] == name]
        points = [(one["rows"], one[what]) for one in mine if one.get(what) is not None]
        least = 1.0 if what == "memory" else 0.0  # below a megabyte pages are counted, not memory
        if points:
            ends = next((one["ends"] for one in mine if "ends" in one), "")
            lines.append(draw.Line(shown, [(x, max(y, least)) for x, y in points], ends))
    return lines


def write(found: Mapping[str, Any]) -> None:
    """Write the pictures where the docs find them."""
    for name, picture in pictures(found).items():
        (ASSETS / name).write_text(picture, encoding="utf-8")


def show(found: Mapping[str, Any]) -> str:
    """The pictures' part of the page, with the figures behind them as tables."""
    text = TEXT.format(chunk=CHUNK, share=SHARE)
    growing = _grid(found["growing"], GROWING, ("seconds", words.time), ("memory", words.memory))
    off = _grid(found["off"], OFF, ("mean", words.error), ("deviation", words.error))
    return f"{text}\n{_folded('Time and memory', growing)}\n\n{_folded('Errors', off)}"


def _folded(title: str, table: str) -> str:
    lines = "\n".join(f"    {line}" for line in table.splitlines())
    return f'??? note "{title} as numbers"\n\n{lines}'


def _grid(found: list[dict[str, Any]], drawn: Mapping[str, Any], *asked: Any) -> str:
    sizes = sorted({one["rows"] for one in found})
    by_place = {(one["name"], one["rows"]): one for one in found}
    head = ["", *(f"{draw.rows(rows)}: {what}" for rows in sizes for what, _ in asked)]
    rows = [
        [
            drawn[name][1],
            *(_cell(by_place.get((name, rows)), *one) for rows in sizes for one in asked),
        ]
        for name in drawn
    ]
    return words.table(head, rows)


def _cell(one: Mapping[str, Any] | None, what: str, said: Any) -> str:
    if one is None:
        return "–"
    return one["ends"] if "ends" in one else said(one[what])


def main() -> int:
    """Measure, keep, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=float, default=1e8, help="the most rows")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--drawn", action="store_true", help="draw what was kept, measure nothing")
    args = parser.parse_args()
    how = How(quick=args.quick, most=int(args.most))
    if not args.drawn:
        with turns.Stage() as stage:
            stored.keep("figures", measure(how, stage), how)
    kept = stored.kept("figures")
    if kept is None:
        parser.error("nothing was measured yet: leave --drawn out")
    write(kept["found"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
