"""The training distribution, as statistics: what the guard compares traffic with."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, final

from samescale.errors import DataError
from samescale.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.plan import Chain
    from samescale.statistics.base import Statistic

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


@final
@dc.dataclass(frozen=True, slots=True)
class Profile:
    """The profiles of the columns, by name."""

    columns: Mapping[str, ColumnProfile]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", Frozen(self.columns))

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


def describe(chain: Chain, statistics: Mapping[tuple[str, str], Statistic]) -> ColumnProfile:
    """The profile of a learned column.

    Args:
        chain: Its chain.
        statistics: Those of all columns, by column and name.
    """
    found = {key: s for (name, key), s in statistics.items() if name == chain.column}
    given = {name: s for name, s in found.items() if name not in {"quantiles", "moments"}}
    values: dict[str, Any] = {name: s.value() for name, s in given.items()}
    known, counts = _counted(chain)
    share = {
        "rows": _first(values["missing"]["rows"], 0),
        "missing": _first(values["missing"]["missing"], 0),
        "categories": known,
        "counts": counts,
    }
    if "moments" not in found:
        return ColumnProfile(**share)
    mean, deviation = _mean_and_deviation(found["moments"])
    sketch: Any = found["quantiles"]
    quantiles = sketch.sketch()["values"]
    return ColumnProfile(
        **share,
        minimum=_first(values["extent"]["min"]),
        maximum=_first(values["extent"]["max"]),
        mean=mean,
        deviation=deviation,
        probabilities=PROBABILITIES,
        quantiles=tuple(quantiles[0]) if quantiles and quantiles[0] else (),
    )


def _mean_and_deviation(statistic: Any) -> tuple[float | None, float | None]:
    # Not every chain asks for a variance: one beyond float64 is no reason to refuse the others.
    try:
        values = statistic.value()
    except DataError:
        return None, None
    variance = _first(values["variance"])
    return _first(values["mean"]), None if variance is None else math.sqrt(variance)


def categories(chain: Chain) -> tuple[Any, ...] | None:
    """What the chain's lookup knows; `None` if it has none."""
    for transform, learned in zip(chain.transforms, chain.learned, strict=True):
        tokens = transform.tokens(learned)
        if tokens is not None:
            return tokens
    return None


def _counted(chain: Chain) -> tuple[tuple[Any, ...] | None, tuple[int, ...] | None]:
    known = categories(chain)
    if known is None:
        return None, None
    met: dict[Any, int] = {}
    for learned in chain.learned:
        found: Any = learned.get("counts")
        if found and found["values"]:
            met = dict(zip(found["values"][0], found["counts"][0], strict=True))
    return known, tuple(met.get(token, 0) for token in known) if met else None


def _first(values: list[Any], empty: Any = None) -> Any:
    return values[0] if values else empty
