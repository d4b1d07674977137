"""When evidence becomes an alarm, how an alarm ends, and what α is left for the next."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Self, final

import numpy as np

from samescale.errors import DataError
from samescale.evidence.stream._bets import share_of
from samescale.evidence.stream._conditions import Conditions
from samescale.evidence.stream._process import Plan, Process

if TYPE_CHECKING:
    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """The e-processes of a stream and what follows from them; written to.

    Attributes:
        plan: What is bet.
        alpha: The bound on the chance of ever raising a false alarm.
        workers: How many streams share it.
        process: The e-processes.
        limits: From which evidence each hypothesis is an alarm, (h,); rewritten in place.
        state: How many requests there were since evidence began, how many alarms, and whether
            there is one; int64, written to.
    """

    plan: Plan
    alpha: float
    workers: int
    process: Process
    limits: Array
    state: Array

    @classmethod
    def begun(cls, plan: Plan, alpha: float, workers: int) -> Self:
        """Before the first row.

        Raises:
            DataError: If `alpha` isn't in (0, 1), or `workers` is below 1.
        """
        if not 0 < alpha < 1:
            told = f"alpha is {alpha!r}"
            raise DataError(told, remedy="Give a chance above 0 and below 1, like 0.001.")
        if workers < 1:
            told = f"workers is {workers!r}"
            raise DataError(told, remedy="Give the number of processes that share the traffic.")
        limits = np.zeros(len(plan.prior))
        found = cls(plan, alpha, workers, Process.fresh(plan), limits, np.zeros(3, np.int64))
        found.start_again()
        return found

    def reset(self) -> None:
        """As `begun`."""
        np.copyto(self.process.reached, self.plan.reached)
        self.state[:] = 0
        self.start_again()

    @property
    def rows(self) -> int:
        """How many requests there were since evidence began."""
        return int(self.state[0])

    @property
    def alarms(self) -> int:
        """How many alarms there were."""
        return int(self.state[1])

    @property
    def alarmed(self) -> bool:
        """Whether there is an alarm."""
        return bool(self.state[2])

    def count(self, rows: int) -> None:
        """Counts requests."""
        self.state[0] += rows

    def start_again(self) -> None:
        """Evidence begins anew, with the next share of α."""
        share = share_of(self.alarms)
        np.copyto(self.limits, self.plan.limits(self.alpha * share / self.workers))
        self.process.forget()
        self.state[[0, 2]] = 0

    def judge(self, *, is_over: bool) -> None:
        """Raises an alarm where evidence is over its limit, and ends one whose evidence is gone."""
        if not self.alarmed:
            self.state[1] += is_over
            self.state[2] = is_over
            return
        self.process.hold(self.limits)
        if not (self.process.total * self.plan.prior >= 1).any():
            self.start_again()

    @property
    def foremost(self) -> int:
        """The hypothesis with the most evidence, measured by its limit."""
        return int(np.argmax(self.process.total / self.limits))

    @property
    def evidence(self) -> float:
        """log10 of the e-value that something is wrong; an alarm from −log10 α on."""
        most = float((self.process.total * self.plan.prior).max())
        return math.log10(max(most * share_of(self.alarms - self.alarmed) / self.workers, 1e-300))

    @property
    def conditions(self) -> Conditions:
        """What the bound rests on, and what one row can carry by now."""
        training = int(self.plan.reached[0, 0])
        return Conditions(
            alpha=self.alpha,
            workers=self.workers,
            training=training,
            clean=int(self.process.reached[0, 0]) - training,
            priors=tuple(self.plan.prior[self.plan.prior > 0]),
            share=share_of(self.alarms - self.alarmed),
            row=self.rows,
        )
