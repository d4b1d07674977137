"""What the training's distribution says of rows that arrived: a mistake by its name, or drift.

This is no rule: a rule asks one question of each column, and here all explanations of all columns
are weighed against one another, so that one cause is told. What is weighed, and how, is
`samescale.evidence`; what becomes of it is the guard's.
"""

from __future__ import annotations

import dataclasses as dc
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Self, final

import numpy as np

from samescale.guard._budget import Budget
from samescale.guard._said import Said, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.evidence.verdict import Verdict
    from samescale.guard.policies import Settled
    from samescale.ir.types import Array
    from samescale.profile import Profile

ALPHA: Final = 1e-3
"""At most this share of honest batches of two rows or more is given a mistake's name."""

ROW_ALPHA: Final = 1e-5
"""The same for a row that comes alone. It may be one of millions, and what a row doesn't prove the
stream adds up."""

SHARE: Final = 0.25
"""At most this share of the time goes into weighing requests that look suspicious."""

SAVED: Final = 2.0
"""So many seconds may be saved up for a burst of them: some hundred."""

MOST: Final = 2048
"""Of more rows, so many, evenly spread, are looked at."""

logger = logging.getLogger("samescale.guard")


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """Weighs batches against the training.

    Attributes:
        table: The distribution of the columns of one number each; `None` if it wasn't learned.
        pictures: That of the columns of images, by name.
        settled: The policies.
        budget: The time that requests may cost, where nothing is refused or repaired.
        counts: `unweighed`: how many suspicious requests were answered without, for want of it.
    """

    table: Any
    pictures: Mapping[str, Any]
    settled: Settled
    budget: Budget | None = None
    counts: Counter[str] = dc.field(default_factory=Counter)

    @classmethod
    def of(cls, profile: Profile, settled: Settled) -> Self | None:
        """The diagnosis of a training; `None` where nothing was learned or nobody wants to know.

        Args:
            profile: Of the training. Adopted ones, and those of old bundles, have no distribution.
            settled: The policies.
        """
        table = profile.table
        pictures = profile.pictures
        known = table is not None or pictures
        if not known or not settled.weighs():
            return None
        # What is to be refused or repaired is weighed, whatever it costs.
        budget = None if settled.refuses() else Budget(share=SHARE, saved=SAVED)
        return cls(table, pictures, settled, budget)

    def weigh(
        self, columns: Mapping[str, Array], rows: int, *, alpha: float, sparing: bool = False
    ) -> list[Said]:
        """What is to be said of a batch: the table's mistake first, then those of images.

        Args:
            columns: Admitted columns, rows first.
            rows: How many there are.
            alpha: The chance of a false name that is allowed.
            sparing: Whether it is one of many requests, which may cost their share of time only.
        """
        if not rows:
            return []
        found = [
            self.said(verdict, rows, column)
            for verdict, column in self._verdicts(columns, rows, alpha, sparing=sparing)
        ]
        return [one for one in found if one is not None]

    def said(self, verdict: Verdict, rows: int | None, column: str | None = None) -> Said | None:
        """What is to be said of a verdict; `None` if there is nothing.

        Args:
            verdict: What was weighed.
            rows: How many rows there were; `None` for those of a stream.
            column: The column of images that it is about; `None` for the table.
        """
        if verdict.best is None:
            return None
        return said(
            verdict,
            rows,
            self.settled,
            column=column,
            names=() if column or self.table is None else self.table.names,
            scaled=not column and getattr(self.table, "is_scaled", False),
        )

    def _verdicts(
        self, columns: Mapping[str, Array], rows: int, alpha: float, *, sparing: bool
    ) -> Iterator[tuple[Verdict, str | None]]:
        if self.table is not None:
            batch = stacked(columns, self.table.names, rows)
            verdict = self._asked(self.table, batch, alpha, sparing=sparing)
            if verdict is not None:
                yield verdict, None
        for name, known in self.pictures.items():
            kept = places(rows)
            images = columns[name] if kept is None else columns[name][kept]
            verdict = self._asked(known, images, alpha, sparing=sparing)
            if verdict is not None:
                yield verdict, name

    def _asked(self, known: Any, batch: Array, alpha: float, *, sparing: bool) -> Verdict | None:
        """The verdict on a batch, if there is anything to tell.

        The guard stands before every answer, and an error of its own must not cost one: it is
        logged, and the rows are answered as if nothing had been learned of their distribution.
        """
        try:
            with np.errstate(all="ignore"):
                if not known.screen(batch):
                    return None
                if not sparing or self.budget is None:
                    return self._diagnosed(known, batch, alpha)
                if not self.budget.left():
                    self.counts["unweighed"] += 1
                    return None
                began = self.budget.clock()
                verdict = self._diagnosed(known, batch, alpha)
                self.budget.spend(self.budget.clock() - began)
                return verdict
        except Exception:
            logger.exception("Rows couldn't be compared with the training.")
            return None

    @staticmethod
    def _diagnosed(known: Any, batch: Array, alpha: float) -> Verdict:
        verdict: Verdict = known.diagnose(batch, alpha=alpha)
        return verdict


def stacked(columns: Mapping[str, Array], names: tuple[str, ...], rows: int) -> Array:
    """Columns of one number a row as one array.

    Args:
        columns: The columns by name.
        names: Which of them, in order.
        rows: How many rows there are.

    Returns:
        float64 (n, d), NaN where missing; of more than `MOST` rows as many, evenly spread.

    >>> stacked({"a": np.float32([1, 2]), "b": np.array([3, 4])}, ("b", "a"), 2)
    array([[3., 1.],
           [4., 2.]])
    """
    kept = places(rows)
    batch = np.empty((len(names), rows if kept is None else len(kept)))
    for place, name in enumerate(names):
        batch[place] = columns[name] if kept is None else columns[name][kept]
    return batch.T


def places(rows: int) -> Array | None:
    """Which rows of a batch are looked at; `None` for all."""
    return None if rows <= MOST else np.arange(MOST) * rows // MOST
