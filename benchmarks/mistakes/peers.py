"""The peers on the same cases: what they alarm on, and how often they do where nothing is wrong.

Each runs in an environment of its own, `out/mistakes/peers/NAME`, which is made where it isn't
there; or in the folder that SAMESCALE_PEERS names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import words
from benchmarks.mistakes import judge, record, store, streams, traffic, units
from benchmarks.mistakes.cases import case
from benchmarks.mistakes.rivals import ADWIN, RIVALS, Rival
from benchmarks.mistakes.setting import TRAINED, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.mistakes.how import How
    from benchmarks.mistakes.record import Record

TITLE = "Beside its peers"
TEXT = """\
The same batches for all, of {datasets}: each mistake once, with 1, 32 and 128 rows. *Seen* is any
alarm, *named* the right name, as means over the mistakes; *clean* counts alarms on batches in which
nothing is wrong. Each peer at its defaults, as its documentation shows it, with {limit:.0f} seconds
for its cases; below a peer that came to fewer of them stands samescale on exactly these. None of
them has a name for a mistake: that column is 0 by what they are, not by how they did. A detector
that alarms on a quarter of clean batches sees a quarter of anything.
"""
DATASETS: Final = ("wine", "concrete", "smarket")
STREAMED: Final = ("credit", "bikeshare")
SIZES: Final = (1, 32, 128)
LIMIT: Final = 300.0
ROOT: Final = store.OUT.parents[1]


def measure(how: How) -> dict[str, Any]:
    """Let each judge the cases that its time allows, and samescale the same ones."""
    limit = 20.0 if how.quick else LIMIT
    datasets = [one for one in how.datasets if one in DATASETS] or list(DATASETS)
    lines: list[dict[str, Any]] = []
    most: list[Record] = []
    for key, rival in RIVALS.items():
        how.say(f"peers: {rival.name}")
        found = _judged(key, rival, datasets, limit, how)
        if isinstance(found, str):
            lines.append({"name": rival.name, "absent": found})
            continue
        records, version = found
        most = max(most, records, key=len)
        lines.append({"name": rival.name, "version": version, **counted(records)})
        if key == "evidently":
            every = {"name": "Evidently, any column", "version": version}
            lines.append({**every, **counted(records, lambda one: one.told not in {"", "0"})})
        if len(records) < len(most):
            lines.append(_ours(how, records, "samescale, the same cases"))
    lines.insert(0, _ours(how, most, "samescale"))
    streamed = None if how.quick else _streamed(how.detector)
    return {"datasets": datasets, "limit": limit, "lines": lines, "streams": streamed}


def _streamed(detector: str) -> dict[str, Any] | None:
    """River's ADWIN and samescale on the same streams; `None` where it isn't installed."""
    python = _python("river", ADWIN, make=True)
    if python is None:
        return None
    out = units.folder(ADWIN.detector, judge.Plan()) / "river.json"
    told = [python, "-m", "benchmarks.mistakes.rivals", "river", str(out), "--datasets", *STREAMED]
    if not out.exists():
        subprocess.run(told, cwd=ROOT, check=True, timeout=1_800)
    asked = streams.compared(detector, STREAMED)
    found = {
        "samescale": [one for ask in asked for one in streams.listen(ask)],
        f"{ADWIN.name} {_version(python, ADWIN)}": json.loads(out.read_text(encoding="utf-8")),
    }
    return {"datasets": STREAMED, "heard": {name: _delays(all_) for name, all_ in found.items()}}


def _delays(heard: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Clean streams with an alarm, and the median row of the first alarm by mistake."""
    found: dict[str, str] = {}
    for mistake in dict.fromkeys(one["mistake"] for one in heard):
        alarms = [one["alarm"] for one in heard if one["mistake"] == mistake]
        if mistake == "clean":
            hit = sum(one is not None for one in alarms)
            found["clean"] = f"{hit} of {len(alarms)}"
            continue
        rows = sorted(streams.LENGTH if one is None else one for one in alarms)
        median = rows[(len(rows) - 1) // 2]
        found[mistake] = "later" if median == streams.LENGTH else str(median)
    return found


def _ours(how: How, records: Iterable[Record], name: str) -> dict[str, Any]:
    return {"name": name, "ours": True, **counted(list(_same(how.detector, records)))}


def _judged(
    key: str, rival: Rival, datasets: Sequence[str], limit: float, how: How
) -> tuple[list[Record], str] | str:
    """A peer's records and version, or why there are none; what is kept already is read."""
    python = _python(key, rival, make=not how.quick)
    if python is None:
        return "not installed"
    folder = units.folder(rival.detector, judge.Plan(limit=limit, sizes=SIZES))
    out = folder / f"{'-'.join(datasets)}.csv"
    if how.anew or not out.exists():
        told = [python, "-m", "benchmarks.mistakes.rivals", key, str(out), "--limit", str(limit)]
        told += ["--datasets", *datasets, "--sizes", *map(str, SIZES)]
        ran = subprocess.run(  # a peer may write what it likes to the terminal
            told, cwd=ROOT, check=False, capture_output=True, text=True, timeout=2 * limit + 300
        )
        if ran.returncode:
            return f"failed: {ran.stderr.strip().splitlines()[-1]}"
    return record.read(out), _version(python, rival)


def _python(key: str, rival: Rival, *, make: bool) -> str | None:
    if not rival.needs:
        return sys.executable
    place = Path(os.environ.get("SAMESCALE_PEERS", store.OUT / "peers")) / key
    python = place / "bin" / "python"
    if not python.exists() and make:
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        pip = [str(python), "-m", "pip", "install", "-qq", *rival.needs]
        if subprocess.run(pip, check=False).returncode:
            return None
    return str(python) if python.exists() else None


def _version(python: str, rival: Rival) -> str:
    if not rival.package:
        return ""
    asked = f"from importlib import metadata; print(metadata.version({rival.package!r}))"
    ran = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def _same(detector: str, records: Iterable[Record]) -> Iterable[Record]:
    """The guard on the cases of these records."""
    asked: dict[tuple[str, str, str], set[tuple[str, int, int]]] = {}
    for one in records:
        asked.setdefault((one.dataset, one.expects, one.split), set()).add(
            (one.mistake, one.n, one.rep)
        )
    for dataset in sorted({key[0] for key in asked}):
        for setting in settings(dataset, 0):
            wanted = asked.get((dataset, setting.expects, setting.split), set())
            yield from judge.answered(detector, setting, (case(setting, *one) for one in wanted))


def counted(records: Sequence[Record], alarm: Any = None) -> dict[str, Any]:
    """Seen, named, and alarms on clean batches, by size."""
    alarm = alarm or (lambda one: one.alarm)
    found: dict[str, Any] = {
        "cases": len(records),
        "errors": sum(bool(one.error) for one in records),
    }
    for n in SIZES:
        mine = [one for one in records if one.n == n]
        clean = [one for one in mine if one.benign and n <= _pool(one.dataset)]
        wrong = [one for one in mine if not one.benign and not one.noop]
        found[str(n)] = {
            "seen": _macro(wrong, alarm),
            "named": _macro(wrong, lambda one: bool(one.named)),
            "clean": sum(map(alarm, clean)),
            "of": len(clean),
            "ms": sorted(one.micros for one in mine)[len(mine) // 2] / 1000 if mine else None,
        }
    return found


@cache
def _pool(dataset: str) -> int:
    """How many live rows there are: a batch of more has some twice, and isn't clean."""
    rows = len(store.load(dataset).values)
    return rows - int(TRAINED * rows)


def _macro(records: Sequence[Record], hit: Any) -> float | None:
    shares: dict[str, list[bool]] = {}
    for one in records:
        shares.setdefault(one.mistake, []).append(bool(hit(one)))
    return sum(sum(own) / len(own) for own in shares.values()) / len(shares) if shares else None


def show(found: Mapping[str, Any]) -> str:
    """The table."""
    text = TEXT.format(datasets=", ".join(found["datasets"]), limit=found["limit"])
    head = [
        "",
        "cases",
        *(f"{n} row{'s' if n > 1 else ''}: {what}" for n in SIZES for what in WHAT),
    ]
    batches = f"{text}\n{words.table(head, map(_row, found['lines']))}"
    return f"{batches}\n\n{_followed(found['streams'])}" if found.get("streams") else batches


FOLLOWED: Final = """\
Streams of single rows of {datasets}, the same for both: how many of the clean ones ever gave an
alarm in {length:,} rows, and after as many clean rows, of which row of a mistake the first alarm
came; the median of the ways to make it. *later* is none in {after} rows.
"""


def _followed(found: Mapping[str, Any]) -> str:
    told = {"length": streams.LENGTH, "after": traffic.AFTER}
    text = FOLLOWED.format(datasets=" and ".join(found["datasets"]), **told)
    heard = found["heard"]
    mistakes = dict.fromkeys(mistake for one in heard.values() for mistake in one)
    rows = [[mistake, *(one.get(mistake, "–") for one in heard.values())] for mistake in mistakes]
    return f"{text}\n{words.table(['', *heard], rows)}"


WHAT: Final = ("seen / named", "clean", "a call")


def _row(line: Mapping[str, Any]) -> list[str]:
    name = f"{line['name']} {line.get('version') or ''}".strip()
    if "absent" in line:
        return [name, line["absent"], *[""] * (len(SIZES) * len(WHAT))]
    cells = []
    for n in SIZES:
        one = line[str(n)]
        seen, named = (_percent(one[what]) for what in ("seen", "named"))
        cells += [
            f"{seen} / {named} %",
            f"{one['clean']} of {one['of']}",
            words.time(one["ms"] / 1000),
        ]
    return [f"**{name}**" if line.get("ours") else name, str(line["cases"]), *cells]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f}"
