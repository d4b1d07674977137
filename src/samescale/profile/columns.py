"""How one column was distributed in training, as statistics."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, final

from samescale.errors import DataError
from samescale.transforms.base import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.plan import Chain
    from samescale.statistics.base import Statistic
    from samescale.transforms.base import Learned

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
    def spread(self) -> float:
        """From the smallest value to the largest; 0 where nothing was seen."""
        return (self.maximum or 0.0) - (self.minimum or 0.0)


def describe(column: str, chains: Iterable[Chain], asked: Mapping[str, Statistic]) -> ColumnProfile:
    """The profile of a column.

    Args:
        column: Its name.
        chains: All chains, learned.
        asked: The statistics of the column itself, by name.
    """
    known, counts = _counted(column, chains)
    values: dict[str, Any] = {
        name: asked[name].value() for name in asked.keys() & {"missing", "extent"}
    }
    rows, missing = (_first(values["missing"][name], 0) for name in ("rows", "missing"))
    share = {
        "rows": rows,
        "missing": missing,
        "categories": known,
        # What was pooled, or counted of another column's entries, may be more than its own.
        "counts": counts if counts is None or sum(counts) <= rows - missing else None,
    }
    if "moments" not in asked:
        return ColumnProfile(**share)
    mean, deviation = _mean_and_deviation(asked["moments"])
    sketch: Any = asked["quantiles"]
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


def categories(column: str, chains: Iterable[Chain]) -> tuple[Any, ...] | None:
    """What the first lookup of a column knows, or the first transform that reads it beside.

    Args:
        column: Its name.
        chains: All chains, learned.

    Returns:
        The values; `None` if there is no such transform.
    """
    return _counted(column, chains)[0]


def _counted(
    column: str, chains: Iterable[Chain]
) -> tuple[tuple[Any, ...] | None, tuple[int, ...] | None]:
    chains = tuple(chains)
    own = [chain for chain in chains if source_of(chain.name, chain.transforms) == column]
    known, learned = _looked_up(own)
    if known is None:
        return _beside(column, chains)
    found: Any = learned.get("counts")
    if not (found and found["values"]):
        return known, None
    met = dict(zip(found["values"][0], found["counts"][0], strict=True))
    return known, tuple(met.get(token, 0) for token in known)


def _looked_up(
    chains: Iterable[Chain],
) -> tuple[tuple[Any, ...] | None, Mapping[str, Learned]]:
    for chain in chains:
        for transform, learned in zip(chain.transforms, chain.learned, strict=True):
            tokens = transform.tokens(learned)
            if tokens is not None:
                return tokens, learned
    return None, {}


def _beside(
    column: str, chains: Iterable[Chain]
) -> tuple[tuple[Any, ...] | None, tuple[int, ...] | None]:
    for chain in chains:
        for transform, learned in zip(chain.transforms, chain.learned, strict=True):
            known = transform.known(column, learned)
            if known is not None:
                # They ascend already, and a sort is stable.
                ordered = sorted(known.items(), key=lambda pair: -pair[1])
                return tuple(key for key, _ in ordered), tuple(count for _, count in ordered)
    return None, None


def _first(values: list[Any], empty: Any = None) -> Any:
    return values[0] if values else empty
