"""A stream of requests: what is wrong with them, and a bound on ever being wrong about that."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import DataError
from samescale.evidence.stream._bets import start_weight
from samescale.evidence.stream._desk import BLOCK, Desk
from samescale.evidence.stream._naming import Told, began, next_name
from samescale.evidence.stream._process import Plan
from samescale.evidence.stream._recent import Recent
from samescale.evidence.stream._scale import Scale
from samescale.evidence.stream._tables import Tables
from samescale.evidence.stream._watch import Watch
from samescale.evidence.verdict import Verdict

if TYPE_CHECKING:
    from samescale.evidence.reference import Reference
    from samescale.evidence.stream._conditions import Conditions
    from samescale.ir.types import Array


@final
class Stream:
    """Evidence that adds up over requests.

    The chance that an endless stream of clean rows ever raises an alarm is at most `alpha`, over
    the draw of training and traffic alike, whatever their distribution; `conditions` says on what
    that rests. Each hypothesis bets on the rank that a row's score has among all rows before it,
    those of training first: conformal p-values, which are independent and even for exchangeable
    rows, so that what a bet has won is a test martingale (Vovk, Gammerman and Shafer 2005), and
    exceeds 1/(α π) with a chance of α π at most (Ville 1939). The priors π add up to 1. When the
    mistake begins is mixed over, and once it has, rows are no longer learned from.

    Repeats of a recent row, and the rows of one request beyond the mean of what they say, add
    nothing. All methods may be called from several threads.

    Args:
        reference: The distribution of training.
        alpha: The bound on the chance of ever raising a false alarm.
        workers: How many streams share the traffic: each alarms at `workers` times the evidence,
            so that the bound holds for all of them together.

    Raises:
        DataError: If `alpha` isn't in (0, 1), or `workers` is below 1.
    """

    def __init__(self, reference: Reference, *, alpha: float = 1e-3, workers: int = 1) -> None:
        self._reference = reference
        self._tables = Tables.of(reference.densities, Scale.of(reference))
        self._plan = Plan.of(self._tables, reference.calibration.reached())
        self._lock = threading.Lock()
        self._watch = Watch.begun(self._plan, alpha, workers)
        self._recent = Recent.empty(len(self._reference.names))
        self._desk = Desk.laid(
            self._tables, self._plan, self._watch.process, self._recent, self._watch.limits
        )
        self._told = [Told()]

    def reset(self) -> None:
        """Forgets all traffic: what is known is training again."""
        with self._lock:
            self._watch.reset()
            self._recent.forget()
            self._told[0] = Told()

    @property
    def alarmed(self) -> bool:
        """Whether something is wrong, by the last rows seen."""
        return self._watch.alarmed

    @property
    def evidence(self) -> float:
        """log10 of the e-value that something is wrong; an alarm from −log10 α on."""
        return self._watch.evidence

    @property
    def conditions(self) -> Conditions:
        """What the bound rests on, and what one row can carry by now."""
        return self._watch.conditions

    def see(self, batch: Array, *, apart: bool = False) -> Verdict:
        """Takes a request in.

        Args:
            batch: Its rows as they arrived, float64 (n, d), NaN where missing.
            apart: Whether the rows are requests of their own, each as independent of the others
                as requests are, and not one caller's.

        Returns:
            What is wrong, from the alarm until evidence for it is gone. An alarm whose cause
            isn't clear yet is `drift`, with the likeliest mistakes as alternatives.

        Raises:
            DataError: If the batch hasn't as many columns as the reference.
        """
        values = np.ascontiguousarray(batch, np.float64)
        width = len(self._reference.names)
        if values.ndim != 2 or values.shape[1] != width:  # noqa: PLR2004 - rows and columns
            told = f"A batch of shape {values.shape} isn't rows of {width} columns"
            raise DataError(told, remedy="Give the reference's columns, in its order.")
        with self._lock:
            if apart or len(values) == 1:
                for first in range(0, len(values), BLOCK):
                    self._one_by_one(values[first : first + BLOCK])
            elif len(values):
                self._together(values)
            return self._verdict(len(values))

    def _together(self, values: Array) -> None:
        if len(values) > BLOCK:
            values = values[np.linspace(0, len(values) - 1, BLOCK).astype(np.intp)]
        count, desk, watch = len(values), self._desk, self._watch
        desk.look_at(values)
        watch.process.go_together(
            self._plan, desk.levels[:count], start_weight(watch.rows), desk.seen[:count],
            learns=not watch.alarmed,
        )  # fmt: skip
        self._judge(1, is_over=bool((watch.process.total >= watch.limits).any()))

    def _one_by_one(self, values: Array) -> None:
        """Each row is a request; while there is an alarm each is judged by itself."""
        desk, watch, done = self._desk, self._watch, 0
        if watch.alarmed:
            desk.look_at(values)
        else:
            went = desk.go_on(values, watch.rows, learns=True)
            done = abs(went)
            self._judge(done, is_over=went < 0, behind=len(values) - done)
        while done < len(values):
            last = done + 1 if watch.alarmed else len(values)
            went = desk.go_further(done, last, watch.rows, learns=not watch.alarmed)
            done += abs(went)
            self._judge(abs(went), is_over=went < 0, behind=len(values) - done)

    def _judge(self, rows: int, *, is_over: bool, behind: int = 0) -> None:
        was = self._watch.alarmed
        self._watch.count(rows)
        self._watch.judge(is_over=is_over)
        if self._watch.alarmed and not was:
            self._take_back(behind)
        if was and not self._watch.alarmed:
            self._recent.begin(behind)
            self._told[0] = Told()

    def _take_back(self, behind: int) -> None:
        """What has made an alarm is no part of what is clean."""
        values, _ = self._recent.last(behind)
        wrong = values[began(self._tables, values, self._watch.foremost) :]
        self._watch.process.unlearn(self._tables.rows(self._tables.found(wrong)))

    def _verdict(self, rows: int) -> Verdict:
        watch = self._watch
        if not watch.alarmed:
            return Verdict(rows)
        told = self._told[0] = next_name(
            self._told[0], self._reference, self._tables, self._recent, watch.foremost,
            watch.evidence,
        )  # fmt: skip
        return Verdict(rows, told.best, told.others)
