"""What this process and those that it started spend: processor time and memory. Linux tells it."""

from __future__ import annotations

import dataclasses as dc
import os
from pathlib import Path
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC = Path("/proc")
_PPID, _UTIME, _CSTIME = 1, 11, 15  # fields of `stat` behind the command's name
_IDLE = 4  # field of the machine's `stat`; waiting for a disk is the one behind it


@final
@dc.dataclass(frozen=True, slots=True)
class Before:
    """How things stood before a run.

    Attributes:
        seconds: Processor time of the processes that this one started.
        resident: Megabytes held by all of them and this one.
    """

    seconds: float
    resident: float


def begin() -> Before:
    """Note how things stand, and let the peak of memory begin anew."""
    pids = list(_descendants())
    for pid in (os.getpid(), *pids):
        _reset_peak(pid)
    return Before(_seconds(pids), sum(_memory(pid, "VmRSS") for pid in (os.getpid(), *pids)))


def end(before: Before) -> tuple[float, float | None]:
    """Processor seconds of the started processes since, and by how many MB memory rose at most.

    Where the system doesn't tell peaks, there is `None` in its place.
    """
    pids = list(_descendants())
    peak = sum(_memory(pid, "VmHWM") for pid in (os.getpid(), *pids))
    return (
        max(0.0, _seconds(pids) - before.seconds),
        max(0.0, peak - before.resident) if peak else None,
    )


def peak() -> float | None:
    """The peak of this process' memory so far, in MB; `None` where the system doesn't tell it.

    `getrusage` would tell the peak of the process that started it, if that was higher.
    """
    return _memory(os.getpid(), "VmHWM") or None


def held() -> float:
    """Megabytes that the processes which this one started hold now."""
    return sum(_memory(pid, "VmRSS") for pid in _descendants())


def free() -> float | None:
    """Seconds that the cores of this machine had nothing to do, so far; `None` if it isn't told."""
    fields = _lines(PROC / "stat")[:1]
    if not fields:
        return None
    idle, waiting = fields[0].split()[_IDLE : _IDLE + 2]
    return (int(idle) + int(waiting)) / os.sysconf("SC_CLK_TCK")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _descendants() -> Iterator[int]:
    if not PROC.exists():
        return
    parents = {pid: int(fields[_PPID]) for pid, fields in _stats()}
    found = {os.getpid()}
    fresh = set(found)
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
        yield from fresh


def _stats() -> Iterator[tuple[int, list[str]]]:
    for path in PROC.glob("[0-9]*/stat"):
        fields = _fields(path)
        if fields:
            yield int(path.parent.name), fields


def _fields(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return []


def _seconds(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        ticks += sum(map(int, _fields(PROC / str(pid) / "stat")[_UTIME:_CSTIME]))
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


def _memory(pid: int, name: str) -> float:
    lines = _lines(PROC / str(pid) / "status")
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def _reset_peak(pid: int) -> None:
    try:
        (PROC / str(pid) / "clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return
