"""How the benchmark is run: who is measured, on which data, and how much of it."""

from __future__ import annotations

import dataclasses as dc
import sys
from typing import TYPE_CHECKING, Final, final

from benchmarks.mistakes.judge import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

GUARD: Final = "benchmarks.mistakes.adapter:Guard"


@final
@dc.dataclass(frozen=True, slots=True)
class How:
    """What one run is told.

    Attributes:
        detector: Who is measured: `module:Class`.
        datasets: On which data.
        seeds: With which seeds.
        processes: In how many processes.
        quick: Whether everything is small: the figures mean little then, but all of it runs.
        anew: Whether what an earlier run has left is measured again.
    """

    detector: str = GUARD
    datasets: Sequence[str] = ()
    seeds: Sequence[int] = (0, 1, 2, 3, 4)
    processes: int = 1
    quick: bool = False
    anew: bool = False

    def plan(self) -> Plan:
        """How many batches a setting has."""
        if not self.quick:
            return Plan()
        return Plan(reps=1, benign=1, clean={1: 3, 32: 2, 128: 1}, sizes=(1, 32))

    def say(self, text: str) -> None:
        """Tell the terminal."""
        print(text, file=sys.stderr, flush=True)
