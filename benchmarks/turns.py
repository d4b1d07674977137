"""Peers in processes of their own, which take turns: what each took, and what it learned."""

from __future__ import annotations

import dataclasses as dc
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

import peers
from measure import enough

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from how import How
    from peers.base import Offer, Work

WORKER = Path(__file__).with_name("worker.py")
# Seconds of rounds, all in all: who needs more has as many as fit, and two at least.
PATIENCE = 60.0


@final
@dc.dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one offer.

    Attributes:
        name: The offer's name.
        wall: Seconds of each round.
        cpu: Processor seconds of each round, of all threads and processes.
        memory: By how many megabytes it rose at most while it ran, the first time included.
        learned: What it learned, as numbers; `None` of an offer that only reads.
        absent: Why there is nothing: what isn't installed, or what went wrong.
    """

    name: str
    wall: Sequence[float] = ()
    cpu: Sequence[float] = ()
    memory: float | None = None
    learned: Sequence[Sequence[float]] | None = None
    absent: str = ""

    @property
    def median(self) -> float:
        """The median round."""
        return statistics.median(self.wall)

    @property
    def least(self) -> float:
        """The shortest round."""
        return min(self.wall)


@final
class Process:
    """A peer's process, asked line by line.

    Args:
        environment: Variables that are set in it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        loud = os.environ.get("BENCH_LOUD")  # to see what a peer prints
        self._child = subprocess.Popen(
            [sys.executable, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if loud else subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )

    def close(self) -> None:
        """Let it end."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()

    def ask(self, do: str, offer: str, **details: Any) -> dict[str, Any]:
        """Tell it something, and wait for the answer; `failed` says what went wrong."""
        if self._child.stdin is None or self._child.stdout is None:
            return {"failed": "no pipe"}
        try:
            print(json.dumps({"do": do, "offer": offer, **details}), file=self._child.stdin)
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        except OSError as error:
            return {"failed": str(error)}
        if not line:
            return {"failed": f"its process ended with {self._child.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer


@final
class Stage:
    """The processes of the peers: each starts when it is first asked, and stays until `clear`."""

    def __init__(self) -> None:
        self._there: dict[str, Process] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def process(self, peer: str, offer: Offer) -> Process:
        """The process that an offer runs in: one for each peer and environment."""
        key = f"{peer} {sorted(offer.environment.items())}"
        if key not in self._there:
            self._there[key] = Process(offer.environment)
        return self._there[key]

    def clear(self, peer: str = "") -> None:
        """End them all, or those of a peer; who is asked again starts anew."""
        for key in [key for key in self._there if key.startswith(peer)]:
            self._there.pop(key).close()


def take(work: Work, how: How, stage: Stage, wanted: Collection[str] = ()) -> list[Outcome]:
    """Let offers of this kind of work take turns.

    Args:
        work: What is learned from.
        how: The rounds, and who takes part.
        stage: Where the processes are.
        wanted: The names of some offers; all of this kind if there are none.
    """
    offers = {
        name: found
        for name, found in peers.offers(work.kind).items()
        if how.wants(name) and (not wanted or name in wanted)
    }
    outcomes = {
        name: Outcome(name, absent=f"not installed: {', '.join(offer.missing)}")
        for name, (_, offer) in offers.items()
        if offer.missing
    }
    here = {name: found for name, found in offers.items() if name not in outcomes}
    together = {name: found for name, found in here.items() if not found[1].apart}
    outcomes |= _rounds(work, how, how.rounds, together, stage)
    for name, (peer, offer) in here.items():
        if offer.apart:
            outcomes |= _rounds(work, how, min(how.rounds, 3), {name: (peer, offer)}, stage)
            stage.clear(peer)
    return [outcomes[name] for name in offers]


def _rounds(
    work: Work, how: How, rounds: int, offers: Mapping[str, tuple[str, Offer]], stage: Stage
) -> dict[str, Outcome]:
    here = {name: stage.process(peer, offer) for name, (peer, offer) in offers.items()}
    outcomes, calls = {}, {}
    for name, process in here.items():
        how.say(f"  {name}")
        outcomes[name], calls[name] = _warmed(work, name, process, rounds)
    for turn in range(rounds):
        order = list(here) if turn % 2 == 0 else list(reversed(here))
        for name in order:
            if _has_time(outcomes[name], rounds):
                outcomes[name] = _after(outcomes[name], here[name], calls[name])
    for name, process in here.items():
        process.ask("drop", name)
    return outcomes


def _warmed(work: Work, name: str, process: Process, rounds: int) -> tuple[Outcome, int]:
    """Ready, with what it learned: the first call, which compiles, is timed only if it is long."""
    ready = process.ask("prepare", name, work=dc.asdict(work))
    first = ready if "failed" in ready else process.ask("learned", name)
    if "failed" in first:
        return Outcome(name, absent=first["failed"]), 1
    outcome = Outcome(name, learned=first["learned"], memory=first["memory"])
    if first["wall"] > PATIENCE / 2:
        return _added(outcome, first), 1
    if not rounds:
        return outcome, 1
    second = process.ask("run", name, calls=1)
    if "failed" in second:
        return Outcome(name, absent=second["failed"]), 1
    return outcome, enough(second["wall"])


def _has_time(outcome: Outcome, rounds: int) -> bool:
    if outcome.absent or len(outcome.wall) >= rounds:
        return False
    return len(outcome.wall) < 2 or sum(outcome.wall) < PATIENCE


def _after(outcome: Outcome, process: Process, calls: int) -> Outcome:
    answer = process.ask("run", outcome.name, calls=calls)
    if "failed" in answer:
        return Outcome(outcome.name, absent=answer["failed"])
    return _added(outcome, answer)


def _added(outcome: Outcome, answer: Mapping[str, Any]) -> Outcome:
    peaks = [peak for peak in (outcome.memory, answer["memory"]) if peak is not None]
    return dc.replace(
        outcome,
        wall=(*outcome.wall, answer["wall"]),
        cpu=(*outcome.cpu, answer["cpu"]),
        memory=max(peaks, default=None),
    )
