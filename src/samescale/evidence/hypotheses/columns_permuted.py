"""SG306: columns arrive in another order than they were learned in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from samescale.evidence.hypotheses._permuted.search import orders, trusted
from samescale.evidence.hypotheses.base import Candidate, Hypothesis
from samescale.evidence.verdict import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array


@final
class ColumnsPermuted(Hypothesis):
    """What belongs to column k arrives in column `source[k]`."""

    mistake: ClassVar[str] = "columns-permuted"

    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """Two exchanged, all shifted by one, and any order."""
        width = right.shape[1]
        if width > 1:
            first, second = random.choice(width, 2, replace=False)
            order = np.arange(width)
            order[[first, second]] = second, first
            yield "two exchanged", right[:, order]
            yield "shifted by one", right[:, np.roll(np.arange(width), 1)]
            yield "any order", right[:, random.permutation(width)]

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """The few likeliest orders: exchanges, shifts, moves, or any other."""
        for order in orders(arrived, arrived.trust):
            away = np.flatnonzero(order.source != np.arange(len(order.source)))
            honest = arrived.shifts if 2 * len(away) > len(order.source) else 0.0
            undo = {int(k): Undo(str(int(order.source[k]))) for k in away}
            yield Candidate(
                self.mistake,
                tuple(away.tolist()),
                order.gain - honest,
                order.prior,
                order.detail,
                undo,
                lone=order.lone - honest,
                free=(order.free[0] - honest, order.free[1] - honest),
                trust=float(trusted(arrived.trust, order.source)),
            )
