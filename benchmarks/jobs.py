"""A batch job as a process of its own: what it spends, and what is left of it when it is killed."""

from __future__ import annotations

import dataclasses as dc
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, final

import tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INTERVAL = 0.1  # seconds between two looks at the memory


@final
@dc.dataclass(frozen=True, slots=True)
class Spent:
    """What a job spent.

    Attributes:
        seconds: On the wall, the start of the process and all imports included.
        cpu: Of the processor, all threads and processes together.
        left: Seconds of the cores that nobody had anything to do in, waiting for a disk included;
            `None` where the system doesn't tell.
        memory: Megabytes held, each time it was looked at; empty where the system doesn't tell.
        killed: Whether it was killed before its end.
    """

    seconds: float
    cpu: float
    left: float | None
    memory: Sequence[float]
    killed: bool = False

    @property
    def share(self) -> float:
        """How much of all cores that it may run on was busy with it."""
        return self.cpu / self.seconds / cores()

    @property
    def taken(self) -> float | None:
        """The same of what the other work on the machine left of the cores."""
        return None if self.left is None else self.cpu / (self.cpu + self.left)

    @property
    def peak(self) -> float | None:
        """The most megabytes that were held."""
        return max(self.memory, default=None)


def cores() -> int:
    """How many cores a process of this one's may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def predict(bundle: Path, table: Path, out: Path, *more: str, within: float | None = None) -> Spent:
    """Run `samescale predict`, to its end or until it is killed.

    Args:
        bundle: What answers.
        table: The rows.
        out: The file to write.
        more: More arguments.
        within: After how many seconds it is killed, if it still runs then.

    Raises:
        RuntimeError: If it fails.
    """
    command = [sys.executable, "-m", "samescale", "predict", str(bundle), str(table), "-q"]
    began, before, free = time.perf_counter(), os.times(), tree.free()
    child = subprocess.Popen(
        [*command, "-o", str(out), *more], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    memory = _watched(child, began, within)
    _, told = child.communicate()
    seconds, after = time.perf_counter() - began, os.times()
    if child.returncode > 0:  # a signal's is below
        raise RuntimeError(told.decode(errors="replace").strip())
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    left = None if free is None else (tree.free() or free) - free
    return Spent(seconds, cpu, left, memory, killed=child.returncode < 0)


def _watched(child: subprocess.Popen[bytes], began: float, within: float | None) -> list[float]:
    """The memory while it runs; it is killed when its time is over."""
    memory = []
    while child.poll() is None:
        if within is not None and time.perf_counter() - began >= within:
            child.kill()
            break
        memory += [held for held in (tree.held(),) if held]
        time.sleep(INTERVAL)
    return memory
