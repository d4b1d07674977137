"""The training distribution, as statistics: what the guard compares traffic with."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBABILITIES = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


@final
@dc.dataclass(frozen=True, slots=True)
class ColumnProfile:
    """How one column was distributed in training; the entries of a tensor are pooled.

    Attributes:
        rows: How many rows were seen.
        missing: How many entries were missing.
        minimum: The smallest value; `None` for strings and where nothing was seen.
        maximum: The largest value, likewise.
        mean: The correctly rounded mean, likewise.
        deviation: The population standard deviation, likewise.
        probabilities: The probabilities of `quantiles`.
        quantiles: The values below which that share of the column lies. Exact while the column has
            few distinct values, within one sixteenth of a binade otherwise.
        categories: The categories of a looked-up column, most frequent first; else `None`.
        counts: How often each category was met.
    """

    rows: int
    missing: int
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    probabilities: tuple[float, ...] = ()
    quantiles: tuple[float, ...] = ()
    categories: tuple[str, ...] | tuple[int, ...] | None = None
    counts: tuple[int, ...] | None = None

    @property
    def missing_share(self) -> float:
        """The share of entries that were missing, 0…1."""
        return self.missing / self.rows if self.rows else 0.0


@final
@dc.dataclass(frozen=True, slots=True)
class Profile:
    """The profiles of the columns, by name."""

    columns: Mapping[str, ColumnProfile]

    def to_json(self) -> dict[str, Any]:
        """The profile as JSON."""
        return {name: dc.asdict(column) for name, column in self.columns.items()}

    @classmethod
    def from_json(cls, columns: Mapping[str, Mapping[str, Any]]) -> Profile:
        """The profile that `to_json` gave."""
        return cls({name: ColumnProfile(**_tuples(fields)) for name, fields in columns.items()})


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list | tuple) else value
        for key, value in fields.items()
    }
