"""The cases in pieces: one data set with one seed is one file, kept and never judged twice.

What is kept goes with the sources that it was measured of: a changed detector, or a changed case,
is measured anew.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.mistakes import judge, record, store
from benchmarks.mistakes.setting import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.mistakes.how import How
    from benchmarks.mistakes.judge import Plan
    from benchmarks.mistakes.record import Record

HERE = Path(__file__).resolve().parent
CASES = (
    *("faults", "known.py", "rows.py", "setting.py", "cases.py", "judge.py"),
    *("record.py", "labels.py"),
)


class Unit(NamedTuple):
    """One piece: a detector before a data set with a seed, and the file that it is kept in."""

    detector: str
    dataset: str
    seed: int
    plan: Plan
    path: Path


def units(how: How) -> list[Unit]:
    """The pieces of a run, those that take longest first."""
    plan = how.plan()
    kept = folder(how.detector, plan)
    datasets = how.datasets or (*store.TABLES, *store.IMAGES)
    found = [
        Unit(how.detector, dataset, seed, plan, kept / f"{dataset}-{seed}.csv")
        for dataset in datasets
        for seed in how.seeds
    ]
    return sorted(found, key=weight, reverse=True)


def folder(detector: str, plan: Plan) -> Path:
    """Where the cases of a detector are kept: another folder for other sources."""
    sources = [HERE / name for name in CASES]
    root, _, made = detector.partition(":")
    own = find_spec(root)
    sources += [Path(own.origin)] if own is not None and own.origin else []
    if root.endswith("adapter"):
        library = find_spec("samescale.evidence")
        places = library.submodule_search_locations if library else None
        sources += [Path(place) for place in places or ()]
    digest = hashlib.sha256(repr(plan).encode())
    for path in sorted(one for source in sources for one in _files(source)):
        digest.update(path.name.encode() + path.read_bytes())
    name = f"{root.rpartition('.')[2]}-{made}".lower()
    return store.OUT / "cases" / f"{name}-{digest.hexdigest()[:12]}"


def _files(path: Path) -> Iterable[Path]:
    return path.rglob("*.py") if path.is_dir() else [path]


def weight(unit: Unit) -> float:
    """How much of a run a piece is: its cells, and something for each case."""
    total = 0.0
    for setting in settings(unit.dataset, unit.seed):
        cells = 3_000 if unit.dataset in store.IMAGES else 20
        for _, n, count in unit.plan.batches(setting):
            total += count * (2_000 + n * cells)
    return total


def judged(how: How) -> list[Record]:
    """Every record of a run; what is there already is read."""
    found = units(how)
    asked = [unit for unit in found if how.anew or not unit.path.exists()]
    kept = folder(how.detector, how.plan())
    how.say(f"{len(found)} pieces, {len(asked)} to be judged, kept in {kept}")
    began, done, whole = time.perf_counter(), 0.0, sum(map(weight, asked))
    for unit in _done(asked, how.processes):
        done += weight(unit)
        spent = time.perf_counter() - began
        left = spent * (whole / done - 1)
        how.say(f"  {unit.dataset} {unit.seed}: {spent:.0f} s spent, about {left:.0f} s left")
    return [one for unit in sorted(found, key=_order) for one in record.read(unit.path)]


def _order(unit: Unit) -> tuple[str, int]:
    return unit.dataset, unit.seed


def _done(asked: Iterable[Unit], processes: int) -> Iterator[Unit]:
    if processes == 1:
        yield from map(judge_one, asked)
        return
    with ProcessPoolExecutor(processes) as pool:
        for one in as_completed([pool.submit(judge_one, unit) for unit in asked]):
            yield one.result()


def judge_one(unit: Unit) -> Unit:
    """Judge a piece, and keep it."""
    record.write(unit.path, judge.judged(unit.detector, unit.dataset, unit.seed, unit.plan))
    return unit
