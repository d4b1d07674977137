"""SG306: columns arrive in another order than they were learned in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from samescale.evidence.hypotheses._permuted.search import orders
from samescale.evidence.hypotheses.base import Candidate, Hypothesis
from samescale.evidence.verdict import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived


@final
class ColumnsPermuted(Hypothesis):
    """What belongs to column k arrives in column `source[k]`."""

    mistake: ClassVar[str] = "columns-permuted"

    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """The few likeliest orders: exchanges, shifts, moves, or any other."""
        width = arrived.values.shape[1]
        trust = getattr(arrived, "trust", None)
        for order in orders(arrived, np.ones((width, width)) if trust is None else trust):
            away = np.flatnonzero(order.source != np.arange(width))
            undo = {int(k): Undo(str(int(order.source[k]))) for k in away}
            yield Candidate(
                self.mistake,
                tuple(away.tolist()),
                order.gain,
                order.prior,
                order.detail,
                undo,
                lone=order.lone,
            )
