"""The categories of looked-up columns: what training saw, and how often it saw a new one."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, TypeAlias, final

from samescale.native.identity import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.guard.base import Training
    from samescale.ir.types import Array
    from samescale.profile import ColumnProfile

Category: TypeAlias = str | int | float


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A looked-up column.

    Attributes:
        name: Its name.
        categories: What training saw, and `None`, for a missing value is no category.
        rate: The share of rows with a new category that training leads one to expect: Good and
            Turing's estimate, the share of training rows whose category was met once, plus the
            share that the profile doesn't list.
            Source: I. J. Good, The population frequencies of species, Biometrika 40 (1953).
    """

    name: str
    categories: frozenset[Category | None]
    rate: float


def looked_up(training: Training) -> Iterator[Known]:
    """Every column of a training that has categories."""
    for column in training.schema.columns:
        profile = training.profile.columns.get(column.name)
        seen = profile.categories if profile and profile.categories is not None else ()
        categories = frozenset[Category | None]((*seen, *(column.categories or ())))
        if categories:
            yield Known(column.name, categories | {None}, _rate(profile))


def unseen(known: Known, values: Array) -> set[Category | None]:
    """The values that are no categories; a NaN may be among them."""
    if values.size == 1 and values.item() in known.categories:
        return set()  # what most single rows are: this stands before every answer
    few = distinct(values) if values.dtype == object else None
    return set((values if few is None else few[0]).ravel().tolist()) - known.categories


def rows_with(values: Array, wanted: set[Category]) -> list[int]:
    """The rows that hold one of some values.

    Args:
        values: A column, rows first.
        wanted: The values.
    """
    rows = values.reshape(len(values), -1).tolist()
    return [index for index, row in enumerate(rows) if not wanted.isdisjoint(row)]


def _rate(profile: ColumnProfile | None) -> float:
    counts = (profile and profile.counts) or ()
    total = profile.rows - profile.missing if profile else 0
    if not counts or total <= 0:
        return 1e-6
    unlisted = max(0.0, 1 - sum(counts) / total)
    return min(1.0, (counts.count(1) + 1) / (total + 1) + unlisted)
