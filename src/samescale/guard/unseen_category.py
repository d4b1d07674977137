"""SG201: a category that training never saw."""

from __future__ import annotations

import dataclasses as dc
import difflib
import math
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias, final

from samescale.findings import Finding
from samescale.guard.base import Rule, of_rows
from samescale.guard.chance import surprise
from samescale.native.identity import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.findings import Severity
    from samescale.guard.base import Training
    from samescale.ir.types import Array
    from samescale.profile import ColumnProfile

Category: TypeAlias = str | int | float

ALARM = -math.log(0.01)
"""New categories weigh a `warning` where training would bring so many in fewer than 1 % of such
batches, and an `info` where they are usual (a column of names, say)."""

_SUGGEST_AMONG = 20_000  # difflib compares with each: some 10 ms


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class _Known:
    name: str
    categories: frozenset[Category | None]
    rate: float


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class UnseenCategory(Rule):
    """Whether a looked-up column holds what training didn't.

    How often a new category is to be expected is Good and Turing's estimate: the share of training
    rows whose category was met once, plus the share that the profile doesn't list.
    Source: I. J. Good, The population frequencies of species, Biometrika 40 (1953).
    """

    code: ClassVar[str] = "SG201"
    name: ClassVar[str] = "unseen_category"
    # A number is more or less far outside; a category is known or it isn't, however usual.
    raises_from: ClassVar[Severity] = "info"
    columns: tuple[_Known, ...]

    @classmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""
        known = []
        for column in training.schema.columns:
            profile = training.profile.columns.get(column.name)
            seen = profile.categories if profile and profile.categories is not None else ()
            categories = frozenset[Category | None]((*seen, *(column.categories or ())))
            if categories:
                known.append(_Known(column.name, categories | {None}, _rate(profile)))
        return cls(tuple(known))

    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """Everything, where no column has categories."""
        return None if self.columns else {}

    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """The columns that hold unseen categories."""
        for known in self.columns:
            values = columns[known.name]
            few = distinct(values) if values.dtype == object else None
            if new := set((values if few is None else few[0]).ravel().tolist()) - known.categories:
                yield from _finding(known, values.reshape(rows, -1), new)


def _rate(profile: ColumnProfile | None) -> float:
    counts = (profile and profile.counts) or ()
    total = profile.rows - profile.missing if profile else 0
    if not counts or total <= 0:
        return 1e-6
    unlisted = max(0.0, 1 - sum(counts) / total)
    return min(1.0, (counts.count(1) + 1) / (total + 1) + unlisted)


def _finding(known: _Known, values: Array, new: set[Category | None]) -> Iterator[Finding]:
    unseen = {value for value in new if value == value}  # noqa: PLR0124 - NaN is missing, not new
    hits = [index for index, row in enumerate(values.tolist()) if not unseen.isdisjoint(row)]
    if not hits:
        return
    rows, first = len(values), next(v for v in values[hits[0]].tolist() if v in unseen)
    unusual = len(hits) / rows > known.rate and surprise(len(hits), rows, known.rate) > ALARM
    others = f" and {len(unseen) - 1} more" if len(unseen) > 1 else ""
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


def _remedy(value: Category | None, known: _Known) -> str:
    if isinstance(value, str) and len(known.categories) <= _SUGGEST_AMONG:
        words = {str(category).strip().casefold(): category for category in known.categories}
        if near := difflib.get_close_matches(value.strip().casefold(), words, 1):
            return f"Did you mean {words[near[0]]!r}?"
    return "Spell it as in training, or train again with rows that have it."
