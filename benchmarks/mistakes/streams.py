"""Endless traffic: how often clean streams ever alarm, and how soon a change is named."""

from __future__ import annotations

import dataclasses as dc
import json
import math
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks import words
from benchmarks.mistakes import faults, store, traffic, units
from benchmarks.mistakes.judge import Plan
from benchmarks.mistakes.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.mistakes.how import How

TITLE = "Endless streams"
TEXT = """\
{count:,} clean streams of {length:,} single rows for each line, of {profiles} profiles of
{data} data sets: {datasets}. The rows are drawn from those that the profile never saw; the
profiles are learned of {least:,} to {most:,} rows. α bounds the chance that a stream ever gives an
alarm, however long it is. The bar is what chance allows of so many streams if the bound holds:
more come less than once in a hundred times. It holds for rows that are drawn alike and apart from
each other, as in training, and as far as the live rows are of the population of training.
"""
DELAYS = """\
Rows from a change until it is named, after {before:,} clean rows, at α = {alpha:g}; the median over
data sets, seeds and ways to make the mistake, and the nine tenths. A mistake that isn't named in
{after} rows counts as later than all others.
"""
TABLES: Final = ("digits", "diamonds", "nyc_weather", "credit", "bikeshare", "loans", "bfi")
IMAGES: Final = ("mnist",)
ALPHAS: Final = (1e-2, 1e-3)
WORKERS: Final = (1, 4)
STREAMS, LENGTH, BEFORE, ALPHA = 2_000, 10_000, 10_000, 1e-3
BARS: Final = {1e-2: 31, 1e-3: 7}  # of 2,000 streams
SOON, LATER = 3, 8
CHANGED: Final = 2  # of the seeds, so many have changes too
_RANGES = ("img_0_255", "img_0_1", "img_pm1", "img_tiny")
MEDIAN: Final = {
    **dict.fromkeys(("double_norm", "raw_input", "unit_1000", *_RANGES), SOON),
    **dict.fromkeys(("unit_linear", "unit_temp", "log_one", "log_all"), LATER),
}
TOLD: Final = ("double_minmax", "permuted_full", "permuted_swap", "stuck_value", "stuck_zero")


class Ask(NamedTuple):
    """One piece of the work: streams of one data set with one seed."""

    detector: str
    dataset: str
    seed: int
    alphas: tuple[float, ...]
    workers: int
    streams: range
    length: int
    reps: int


def measure(how: How) -> dict[str, Any]:
    """Clean streams, and delays."""
    asked = list(_asked(how))
    found = list(_heard(asked, how))
    clean = [_counted(a, w, found, how) for w in WORKERS for a in ALPHAS]
    heard = [one for ask, all_ in found if not ask.streams for one in all_]
    rows = {one["rows"] for _, all_ in found for one in all_}
    return {
        "clean": clean,
        "delays": list(_delays(heard)),
        "datasets": sorted({ask.dataset for ask in asked if ask.streams}),
        "profiles": len({(ask.dataset, ask.seed) for ask in asked if ask.streams}),
        "length": 200 if how.quick else LENGTH,
        "before": 200 if how.quick else BEFORE,
        "least": min(rows),
        "most": max(rows),
    }


def _asked(how: How) -> Iterator[Ask]:
    tables = [one for one in how.datasets or TABLES if how.quick or one in TABLES]
    tables = [one for one in tables if one in store.TABLES]
    images = [one for one in how.datasets or IMAGES if one in IMAGES]
    length, reps = (200, 1) if how.quick else (LENGTH, 3)
    streams = 4 if how.quick else math.ceil(STREAMS / max(1, len(tables) * len(how.seeds)))
    for seed in how.seeds:
        for dataset in tables:
            for workers in WORKERS:
                told = ALPHAS, workers, range(streams), length
                yield Ask(how.detector, dataset, seed, *told, 0)
        for dataset in (*tables, *images) if seed in how.seeds[:CHANGED] else ():
            yield Ask(how.detector, dataset, seed, (ALPHA,), 1, range(0), length, reps)


def compared(detector: str, datasets: Sequence[str]) -> Iterator[Ask]:
    """The few streams that a peer is compared on."""
    for dataset in datasets:
        yield Ask(detector, dataset, 0, (ALPHA,), 1, range(8), LENGTH, 0)
        yield Ask(detector, dataset, 0, (ALPHA,), 1, range(0), LENGTH, 1)


def _heard(asked: Sequence[Ask], how: How) -> Iterator[tuple[Ask, list[dict[str, Any]]]]:
    """What came of each piece; what is kept already is read."""
    folder = units.folder(how.detector, Plan()) / "streams"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {ask: folder / f"{_name(ask)}.json" for ask in asked}
    left = [ask for ask in asked if how.anew or not kept[ask].exists()]
    how.say(f"{len(asked)} pieces, {len(left)} to be heard, kept in {folder}")
    began = time.perf_counter()
    for number, (ask, heard) in enumerate(zip(left, _all(left, how.processes), strict=True), 1):
        kept[ask].write_text(json.dumps(heard), encoding="utf-8")
        spent = time.perf_counter() - began
        rest = spent / number * (len(left) - number)
        how.say(f"  {_name(ask)}: {spent:.0f} s spent, about {rest:.0f} s left")
    for ask in asked:
        yield ask, json.loads(kept[ask].read_text(encoding="utf-8"))


def _all(asked: Sequence[Ask], processes: int) -> Iterator[list[dict[str, Any]]]:
    if processes == 1:
        yield from map(listen, asked)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(listen, asked)


def _name(ask: Ask) -> str:
    what = f"{ask.workers}-{len(ask.streams)}x{ask.length}-{ask.reps}"
    return f"{ask.dataset}-{ask.seed}-{what}"


def listen(ask: Ask) -> list[dict[str, Any]]:
    """What came of a piece."""
    if ask.streams:
        setting = Setting(ask.dataset, "raw", "iid", ask.seed)
        asked = ask.detector, ask.streams, ask.length
        heard = list(traffic.clean(setting, *asked, alphas=ask.alphas, workers=ask.workers))
    else:
        heard = [
            one
            for setting, mistakes in _changes(ask.dataset, ask.seed)
            for one in traffic.changing(
                setting, ask.detector, mistakes, ask.length, ask.reps, alpha=ask.alphas[0]
            )
        ]
    return [dc.asdict(one) for one in heard]


def _changes(dataset: str, seed: int) -> Iterator[tuple[Setting, Sequence[str]]]:
    mistakes = (*MEDIAN, *TOLD)
    if dataset in store.IMAGES:
        for expects in ("uint8", "unit", "pm1"):
            own = [one for one in mistakes if one in faults.IMAGES]
            yield Setting(dataset, expects, "iid", seed), own
        return
    raw = [one for one in mistakes if one in faults.TABLES and one != "raw_input"]
    yield Setting(dataset, "raw", "iid", seed), raw
    yield Setting(dataset, "normalised", "iid", seed), ("raw_input", "double_norm")


def _counted(
    alpha: float, workers: int, found: Iterable[tuple[Ask, list[dict[str, Any]]]], how: How
) -> dict[str, Any]:
    mine = [all_ for ask, all_ in found if ask.streams and ask.workers == workers]
    heard = [one for all_ in mine for one in all_ if one["alpha"] == alpha]
    alarms = [one for one in heard if one["alarm"] is not None]
    by_data: dict[str, int] = {}
    for one in alarms:
        by_data[one["dataset"]] = by_data.get(one["dataset"], 0) + 1
    bar = None if how.quick else BARS[alpha] if len(heard) <= 1.05 * STREAMS else None
    return {
        "alpha": alpha,
        "workers": workers,
        "streams": len(heard),
        "alarms": len(alarms),
        "named": sum(one["first"] != "drift" for one in alarms),
        "by_data": by_data,
        "bar": bar,
    }


def _delays(heard: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for mistake in (*MEDIAN, *TOLD):
        mine = [one for one in heard if one["mistake"] == mistake]
        if not mine:
            continue
        rows = sorted(math.inf if one["named"] is None else one["named"] for one in mine)
        yield {
            "mistake": mistake,
            "streams": len(mine),
            "median": _finite(statistics.median_low(rows)),
            "tenths": _finite(rows[math.ceil(0.9 * len(rows)) - 1]),
            "never": sum(math.isinf(one) for one in rows),
            "wrong": sum(one["first"] != "ok" and one["named"] != one["alarm"] for one in mine),
            "bar": MEDIAN.get(mistake),
        }


def _finite(rows: float) -> int | None:
    return None if math.isinf(rows) else int(rows)


def show(found: Mapping[str, Any]) -> str:
    """Both tables."""
    text = TEXT.format(
        count=max(one["streams"] for one in found["clean"]),
        length=found["length"],
        profiles=found["profiles"],
        data=len(found["datasets"]),
        datasets=", ".join(found["datasets"]),
        least=found["least"],
        most=found["most"],
    )
    after = DELAYS.format(before=found["before"], alpha=ALPHA, after=traffic.AFTER)
    clean = words.table(CLEAN_HEAD, map(_clean, found["clean"]))
    delays = words.table(DELAY_HEAD, map(_delay, found["delays"]))
    return f"{text}\n{clean}\n\n{after}\n{delays}"


CLEAN_HEAD: Final = ("α", "processes", "streams", "ever an alarm", "a name among them", "bar")
DELAY_HEAD: Final = ("mistake", "streams", "median", "bar", "nine tenths", "never", "else first")


def _clean(one: Mapping[str, Any]) -> list[str]:
    bar = one["bar"]
    alarms = f"{one['alarms']}" if bar is None or one["alarms"] <= bar else f"**{one['alarms']}**"
    told = [f"{one['streams']:,}", alarms, str(one["named"]), "" if bar is None else f"≤ {bar}"]
    return [f"{one['alpha']:g}", str(one["workers"]), *told]


def _delay(one: Mapping[str, Any]) -> list[str]:
    median, bar = one["median"], one["bar"]
    shown = "later" if median is None else str(median)
    if bar is not None and (median is None or median > bar):
        shown = f"**{shown}**"
    tenths = "later" if one["tenths"] is None else str(one["tenths"])
    asked = "" if bar is None else f"≤ {bar}"
    return [
        one["mistake"], str(one["streams"]), shown, asked, tenths, str(one["never"]),
        str(one["wrong"]),
    ]  # fmt: skip
