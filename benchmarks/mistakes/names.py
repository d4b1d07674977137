"""Which mistakes are named, and what is named where there is none: every bar, by size."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from benchmarks import words
from benchmarks.mistakes import faults, scores, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.mistakes.how import How
    from benchmarks.mistakes.record import Record

TITLE = "Named, from the first row"
TEXT = """\
The share of cases in which the mistake was named, by the rows of the batch; below it what the bar
asks. Half of all batches went through float32. Cases in which a mistake changed nothing are left
out. {count:,} cases of {data} data sets with the seeds {seeds}, {clean:,} clean batches among them.
"""


def measure(how: How) -> dict[str, Any]:
    """Judge the cases and count."""
    records = units.judged(how)
    return {
        "detector": how.detector,
        "seeds": list(how.seeds),
        "datasets": sorted({one.dataset for one in records}),
        "cases": len(records),
        "clean": sum(one.mistake == "clean" for one in records),
        "errors": sorted({one.error for one in records if one.error})[:10],
        "lines": scores.scored(records),
        "cost": _cost(records),
        "wrong": _wrong(records),
    }


def mistakes(lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines of single mistakes among all of them."""
    return [one for one in lines if one["what"] in {*faults.TABLES, *faults.IMAGES}]


def _cost(records: Sequence[Record]) -> dict[str, Any]:
    """Microseconds a call by size, of clean batches and of mistakes; seconds to learn."""
    found: dict[str, Any] = {"fit": statistics.median(one.fit for one in records)}
    for benign in (1, 0):
        found["clean" if benign else "wrong"] = {
            n: statistics.median(times)
            for n in scores.ALL
            if (times := [one.micros for one in records if one.n == n and one.benign == benign])
        }
    return found


def _wrong(records: Iterable[Record]) -> list[tuple[str, str, int]]:
    """What was told most often of what it wasn't: kind, answer, how often."""
    counts: dict[tuple[str, str], int] = {}
    for one in records:
        if one.falsely and not one.noop:
            counts[one.mistake, one.verdict] = counts.get((one.mistake, one.verdict), 0) + 1
    most = sorted(counts.items(), key=lambda item: -item[1])[:20]
    return [(*pair, count) for pair, count in most]


def show(found: Mapping[str, Any]) -> str:
    """The tables."""
    text = TEXT.format(
        count=found["cases"],
        data=len(found["datasets"]),
        seeds=", ".join(map(str, found["seeds"])),
        clean=found["clean"],
    )
    named = [one for one in found["lines"] if not one["at_most"]]
    false = [one for one in found["lines"] if one["at_most"]]
    shown = [f"{text}\n{table(named)}", f"{FALSE}\n{table(false)}", _told(found["lines"])]
    return "\n\n".join([*shown, *_confused(found["wrong"])])


def _confused(wrong: Sequence[tuple[str, str, int]]) -> list[str]:
    """What was taken for what, folded."""
    if not wrong:
        return []
    rows = ([what, said, f"{count:,}"] for what, said, count in wrong)
    lines = words.table(("what it was", "what was told", "cases"), rows, left=2).splitlines()
    body = "\n".join(f"    {line}" for line in lines)
    return [f'??? note "What was taken for what"\n\n{body}']


FALSE = """\
What is told where it shouldn't be. `drift` is no mistake's name: it may be told wherever the rows
have moved, but not of clean rows. Up to 128 rows, false names on clean batches are counted as one.
One grey image that is standardised by its channel or by itself is the same array both times, so
that whichever name is told of a single one is the wrong one of half of them.
"""


def table(lines: Iterable[Mapping[str, Any]]) -> str:
    """Lines with their bars."""
    head = ["", *(f"{n:,} row{'s' if n > 1 else ''}" for n in scores.ALL)]
    return words.table(head, ([line["what"], *_cells(line)] for line in lines))


def _cells(line: Mapping[str, Any]) -> Iterable[str]:
    of = {int(n): count for n, count in line["of"].items()}
    bounds = {int(n): bound for n, bound in line["bounds"].items()}
    for n, share in ((n, line["share"].get(n, line["share"].get(str(n)))) for n in scores.ALL):
        yield "–" if share is None else _cell(share, of[n], bounds.get(n), line["at_most"])


def _cell(share: float, of: int, bound: float | None, at_most: bool) -> str:
    shown = f"{round(share * of)} of {of:,}" if at_most else percent(share)
    if bound is None:
        return shown
    met = share <= bound if at_most else share >= bound
    asked = f"{'≤' if at_most else '≥'} {percent(bound)}"
    return f"{shown if met else f'**{shown}**'} ({asked})"


def percent(share: float) -> str:
    """A share, with as many digits as it needs; never rounded up to all."""
    digits = 0 if share in {0, 1} else 1 if share >= 0.001 else 2
    return f"{int(share * 100 * 10**digits + 1e-9) / 10**digits:.{digits}f} %"


def _told(lines: Iterable[Mapping[str, Any]]) -> str:
    met = [one for line in lines for one in line["met"].values()]
    return f"{sum(met)} of {len(met)} bars are met; those that aren't stand in bold."
