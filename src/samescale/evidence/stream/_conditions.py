"""What a stream's guarantee rests on, as numbers and as text."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import final

from samescale.evidence.stream._bets import KEPT, NEAR_BET, start_weight


@final
@dc.dataclass(frozen=True, slots=True)
class Conditions:
    """The terms of a stream's guarantee.

    Attributes:
        alpha: The bound.
        workers: How many streams share it.
        training: How many rows of training are ranked among.
        clean: How many rows of traffic are, so far.
        priors: Of all hypotheses.
        share: Of `alpha` that the next alarm has.
        row: How many requests there were since evidence began.
    """

    alpha: float
    workers: int
    training: int
    clean: int
    priors: tuple[float, ...]
    share: float
    row: int

    @property
    def one_row(self) -> float:
        """log10 of the most that one row can say: no more rows than these were ever compared."""
        return math.log10(self._says(0))

    def rows_needed(self, prior: float) -> int:
        """The fewest rows that name a mistake of this prior, if all look like no clean one."""
        costs = -math.log(self.alpha * self.share * prior / self.workers)
        costs -= math.log(start_weight(self.row))
        rows = 0
        while costs > 0 and rows < 1000:  # noqa: PLR2004 - with no training none suffice
            costs -= math.log(self._says(rows))
            rows += 1
        return rows

    def _says(self, age: int) -> float:
        bag = self.training + self.clean + 1
        return max(1.0, (1 - KEPT) * bag * float(NEAR_BET[min(age, len(NEAR_BET) - 1)]))

    def __str__(self) -> str:
        needed = [self.rows_needed(prior) for prior in (max(self.priors), min(self.priors))]
        return (
            f"P(ever a false alarm) ≤ {self.alpha:g}, shared by {self.workers} worker(s), over the "
            f"draw of training and traffic, if clean requests are exchangeable with "
            f"{self.training} rows of training. {self.clean} rows of traffic are ranked among too. "
            f"One row says 10^{self.one_row:.1f} at most: {needed[0]} rows or more for a common "
            f"mistake, {needed[1]} or more for the rarest."
        )
