"""The e-processes of all hypotheses, a row at a time."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.stream._bets import (
    AGES,
    EXPONENTS,
    FAR,
    FAR_BET,
    NEAR_BET,
    RANKS,
    bets,
    priors,
)
from samescale.native import evidence as native

if TYPE_CHECKING:
    from samescale.evidence.stream._tables import Tables
    from samescale.ir.types import Array

HIGHEST: Final = 10.0
"""In an alarm evidence goes no further than so many times what raised it."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What stays the same while a stream goes on.

    Attributes:
        prior: Of each hypothesis, (h,).
        heights: Of its bet, (h, `EXPONENTS`), divided by `rare`.
        rare: What it bets on the rarest ranks, (h,).
        reached: How many rows of training reach each level, (h, levels).
    """

    prior: Array
    heights: Array
    rare: Array
    reached: Array

    @classmethod
    def of(cls, tables: Tables, reached: Array) -> Self:
        """The plan for some tables and calibration."""
        heights, rare = bets(tables, reached)
        return cls(priors(tables), heights, rare, reached)

    def limits(self, alpha: float) -> Array:
        """From which evidence each hypothesis is an alarm: 1 / (α prior), (h,)."""
        with np.errstate(divide="ignore"):
            return 1.0 / (alpha * self.prior)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Process:
    """What changes: arrays that are written to.

    Attributes:
        reached: How many rows so far, training included, reach each level, (h, levels).
        wealth: The evidence of each hypothesis, by how many rows ago the mistake began, (h, ages).
        total: Their sum, (h,).
    """

    reached: Array
    wealth: Array
    total: Array

    @classmethod
    def fresh(cls, plan: Plan) -> Self:
        """Before the first row."""
        count = len(plan.prior)
        return cls(plan.reached.copy(), np.zeros((count, AGES)), np.zeros(count))

    def go_on(
        self, plan: Plan, levels: Array, starts: Array, seen: Array, limits: Array, *, learns: bool
    ) -> int:
        """Goes on by some rows, each a request of its own, up to the first alarm.

        Args:
            plan: The plan.
            levels: Of the rows, uint8 (n, h).
            starts: The weight of a change at each, (n,).
            seen: Whether each repeats a recent row, uint8 (n,).
            limits: From which total each hypothesis is an alarm, (h,).
            learns: Whether the rows enter the bag.

        Returns:
            How many rows it went on by, that of an alarm included; negative where there was one.
        """
        described = self.described(plan, levels, starts, seen, limits, learns=learns)
        done = native.steps(described, len(levels))
        return self._go_on(plan, levels, starts, seen, limits, learns) if done is None else done

    def described(
        self, plan: Plan, levels: Array, starts: Array, seen: Array, limits: Array, *, learns: bool
    ) -> Array:
        """The same as the kernel's `struct process`; valid while all of these live."""
        arrays = (
            self.reached, self.wealth, plan.heights, plan.rare, NEAR_BET, FAR_BET, RANKS,
            limits, levels, starts, seen, self.total,
        )  # fmt: skip
        sizes = (len(self.total), self.reached.shape[1])
        return np.array([*sizes, *(each.ctypes.data for each in arrays), learns], np.int64)

    def go_together(
        self, plan: Plan, levels: Array, start: float, seen: Array, *, learns: bool
    ) -> None:
        """Goes on by one request of several rows, by the mean of what they say.

        The mean of e-values is an e-value however they depend on each other (Vovk and Wang 2021).
        """
        said = [
            self._said(plan, row, bool(is_seen)) for row, is_seen in zip(levels, seen, strict=True)
        ]
        self._bet(np.mean(said, axis=0), start)
        if learns:
            for row in levels:
                self._learn(row)

    def _go_on(
        self, plan: Plan, levels: Array, starts: Array, seen: Array, limits: Array, learns: bool
    ) -> int:
        for index, row in enumerate(levels):
            self._bet(self._said(plan, row, bool(seen[index])), float(starts[index]))
            if learns:
                self._learn(row)
            if (self.total >= limits).any():
                return -(index + 1)
        return len(levels)

    def _said(self, plan: Plan, row: Array, is_seen: bool) -> Array:
        """The e-value of a row for each hypothesis and age, (h, ages)."""
        at = np.arange(len(row))
        rank = self.reached[at, row] + 1
        bag = self.reached[:, 0] + 1
        exponent = np.minimum(np.frexp(bag / rank)[1] - 1, EXPONENTS - 1)
        plain = plan.heights[at, exponent]
        ranks = rank[:, None]
        extra = np.where(ranks <= RANKS, NEAR_BET, np.where(ranks <= FAR * RANKS, FAR_BET, 0.0))
        found: Array = plan.rare[:, None] * (plain[:, None] + extra * bag[:, None])
        return np.minimum(found, 1.0) if is_seen else found

    def _bet(self, said: Array, start: float) -> None:
        before = self.wealth
        last = before[:, -2] + before[:, -1]
        before[:, 1:-1] = said[:, 1:-1] * before[:, :-2]
        before[:, -1] = said[:, -1] * last
        before[:, 0] = said[:, 0] * start
        w = before.T
        self.total[:] = ((w[0] + w[1]) + (w[2] + w[3])) + ((w[4] + w[5]) + (w[6] + w[7]))

    def unlearn(self, levels: Array) -> None:
        """Takes rows out of the bag again."""
        for row in levels:
            reaches = np.arange(self.reached.shape[1]) <= row[:, None]
            np.subtract(self.reached, reaches, out=self.reached)

    def _learn(self, row: Array) -> None:
        reaches = np.arange(self.reached.shape[1]) <= row[:, None]
        np.add(self.reached, reaches, out=self.reached)

    def hold(self, limits: Array) -> None:
        """Keeps evidence from growing without end while an alarm lasts."""
        with np.errstate(invalid="ignore"):
            over = np.minimum(1.0, HIGHEST * limits / np.maximum(self.total, 1e-300))
        np.multiply(self.wealth, over[:, None], out=self.wealth)
        np.multiply(self.total, over, out=self.total)

    def forget(self) -> None:
        """Lets evidence begin anew; what is known of clean rows stays."""
        self.wealth[:] = 0
        self.total[:] = 0
