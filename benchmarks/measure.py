"""Timing that can be compared: contenders take turns, and the median round counts.

A machine is slower in one minute than in the next. Contenders that take turns share that, so their
ratio holds where a single time doesn't.
"""

from __future__ import annotations

import dataclasses as dc
import statistics
import time
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LEAST_SECONDS = 0.02  # a measurement is at least so long: far above the clock and the call
MOST_CALLS = 2_000


@final
@dc.dataclass(frozen=True, slots=True)
class Case:
    """One line of the table.

    Attributes:
        what: What is done, in a few words.
        rows: To how many rows.
        contenders: Who does it: a function without arguments each, that does it once.
    """

    what: str
    rows: int
    contenders: Mapping[str, Callable[[], object]]


@final
@dc.dataclass(frozen=True, slots=True)
class Result:
    """What the contenders of a case took.

    Attributes:
        what: What was done.
        rows: To how many rows.
        seconds: The median round of each contender.
        least: The shortest round of each: what other work on the machine disturbs least.
        cpu: The processor's seconds in the round that took least of them, of all threads.
    """

    what: str
    rows: int
    seconds: Mapping[str, float]
    least: Mapping[str, float] = dc.field(default_factory=dict)
    cpu: Mapping[str, float] = dc.field(default_factory=dict)


def measure(case: Case, rounds: int) -> Result:
    """Let the contenders of a case take turns for some rounds."""
    calls = {name: _calls(contender) for name, contender in case.contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds):
        order = list(calls) if turn % 2 == 0 else list(reversed(calls))
        for name in order:
            wall, cpu = _spent(case.contenders[name], calls[name])
            times[name].append(wall)
            spent[name].append(cpu)
    return Result(
        case.what,
        case.rows,
        {name: statistics.median(found) for name, found in times.items()},
        {name: min(found) for name, found in times.items()},
        {name: min(found) for name, found in spent.items()},
    )


def singly(case: Case, rounds: int) -> Result:
    """The same where each call is timed by itself: a round is told by its median call.

    What comes between two calls now and then (another process, the collection of garbage) is in a
    mean, and in no median.
    """
    calls = {name: _calls(contender) for name, contender in case.contenders.items()}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for turn in range(rounds):
        order = list(calls) if turn % 2 == 0 else list(reversed(calls))
        for name in order:
            found[name].append(_each(case.contenders[name], calls[name]))
    walls = {name: [round_[0] for round_ in all_] for name, all_ in found.items()}
    return Result(
        case.what,
        case.rows,
        {name: statistics.median(all_) for name, all_ in walls.items()},
        {name: min(all_) for name, all_ in walls.items()},
        {name: min(round_[1] for round_ in all_) for name, all_ in found.items()},
    )


def _each(contender: Callable[[], object], calls: int) -> tuple[float, float]:
    """Seconds of the median call, and of the processor, each call."""
    clock, taken = time.perf_counter, []
    ran = time.process_time()
    for _ in range(calls):
        began = clock()
        contender()
        taken.append(clock() - began)
    return statistics.median(taken), (time.process_time() - ran) / calls


def _calls(contender: Callable[[], object]) -> int:
    """How many calls make a measurement; the first ones, which compile, aren't measured."""
    contender()
    return enough(_spent(contender, 1)[0])


def enough(seconds: float) -> int:
    """How many calls of so many seconds make a measurement."""
    return min(MOST_CALLS, max(1, round(LEAST_SECONDS / max(seconds, 1e-7))))


def _spent(contender: Callable[[], object], calls: int) -> tuple[float, float]:
    """Seconds on the wall and of the processor, each call."""
    began, ran = time.perf_counter(), time.process_time()
    for _ in range(calls):
        contender()
    return (time.perf_counter() - began) / calls, (time.process_time() - ran) / calls
