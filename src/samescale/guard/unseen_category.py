"""SG201: a category that training never saw."""

from __future__ import annotations

import dataclasses as dc
import difflib
import math
from typing import TYPE_CHECKING, ClassVar, Self, final

from samescale.findings import Finding
from samescale.guard._known import looked_up, rows_with, unseen
from samescale.guard.base import Rule, of_rows
from samescale.guard.chance import surprise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.findings import Severity
    from samescale.guard._known import Category, Known
    from samescale.guard.base import Training
    from samescale.ir.types import Array

ALARM = -math.log(0.01)
"""New categories weigh a `warning` where training would bring so many in fewer than 1 % of such
batches, and an `info` where they are usual (a column of names, say)."""

_SUGGEST_AMONG = 20_000  # difflib compares with each: some 10 ms


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class UnseenCategory(Rule):
    """Whether a looked-up column holds what training didn't.

    How often a new category is to be expected is Good and Turing's estimate: see `Known`.
    """

    code: ClassVar[str] = "SG201"
    name: ClassVar[str] = "unseen_category"
    # A number is more or less far outside; a category is known or it isn't, however usual.
    raises_from: ClassVar[Severity] = "info"
    columns: tuple[Known, ...]

    @classmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""
        return cls(tuple(looked_up(training)))

    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """Everything, where no column has categories."""
        return None if self.columns else {}

    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """The columns that hold unseen categories."""
        for known in self.columns:
            values = columns[known.name]
            if new := unseen(known, values):
                yield from _finding(known, values.reshape(rows, -1), new)


def _finding(known: Known, values: Array, new: set[Category | None]) -> Iterator[Finding]:
    found = {v for v in new if v is not None and v == v}  # noqa: PLR0124 - NaN is missing, not new
    hits = rows_with(values, found)
    if not hits:
        return
    rows, first = len(values), next(v for v in values[hits[0]].tolist() if v in found)
    unusual = len(hits) / rows > known.rate and surprise(len(hits), rows, known.rate) > ALARM
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    yield Finding(
        UnseenCategory.code,
        f"Column '{known.name}' holds {first!r}{others}, not among the "
        f"{len(known.categories) - 1} categories of training "
        f"({of_rows(len(hits), rows)}; training leads one to expect {known.rate:.2g}).",
        _remedy(first, known),
        severity="warning" if unusual else "info",
        column=known.name,
        row=hits[0],
        value=str(first),
        share=len(hits) / rows,
    )


def _remedy(value: Category | None, known: Known) -> str:
    if isinstance(value, str) and len(known.categories) <= _SUGGEST_AMONG:
        words = {str(category).strip().casefold(): category for category in known.categories}
        if near := difflib.get_close_matches(value.strip().casefold(), words, 1):
            return f"Did you mean {words[near[0]]!r}?"
    return "Spell it as in training, or train again with rows that have it."
