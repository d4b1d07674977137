"""The weight of each value of a feature: the groups of `_exact/groups.py`, of no numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import DataError
from samescale.statistics._exact.digits import Digits
from samescale.statistics._exact.groups import Groups
from samescale.statistics._exact.keys import coded
from samescale.statistics._exact.ratios import total_weight
from samescale.statistics._exact.sums import FLOOR, UNIT, Totals, totals

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics._exact.keys import Key, Kind
    from samescale.statistics.base import Json


def of(batch: Array, feature: int, weights: Array) -> tuple[Kind | None, Groups]:
    """What the values of a feature are, if there is one, and their weights.

    Raises:
        DataError: If a value is neither text nor a whole number (`row`, `feature`, `value`).
    """
    try:
        kind, keys, codes = coded(batch[:, feature])
    except DataError as error:
        if "row" not in error.details:
            raise
        details: Any = error.details
        raise _odd(feature, details["row"], details["value"]) from None
    return _groups(kind, keys, codes, weights)


def of_text(array: Any, weights: Array) -> tuple[Kind | None, Groups]:
    """The same of an Arrow array of text.

    Raises:
        DataError: If a text isn't UTF-8, or it is no text.
    """
    return _groups(*coded(array), weights)


def _groups(
    kind: Kind, keys: dict[Key, int], codes: Array, weights: Array
) -> tuple[Kind | None, Groups]:
    # A missing value is a number that is missing: it counts for nothing.
    batch = np.where(codes > 0, 0.0, np.nan)[:, None]
    groups = Groups(keys, totals(batch, weights, codes, len(keys)))
    return (kind if len(keys) > 1 else None), groups


def heaviest(
    groups: Groups, feature: int, *, top: int | None, least: int
) -> tuple[list[Any], list[int], list[float]]:
    """Values, how many rows hold each and their weights: the heaviest first, ties ascending.

    Raises:
        DataError: If a sum of weights is beyond the range of float64.
    """
    keys, counts, weights = _columns(groups)
    rows = zip(keys, counts, weights, strict=True)
    # Keys ascend already, and a sort is stable.
    kept = sorted((row for row in rows if row[1] >= least), key=lambda row: -row[2])[:top]
    return (
        [key for key, _, _ in kept],
        [count for _, count, _ in kept],
        [total_weight(feature, weight, UNIT) for _, _, weight in kept],
    )


def stored(groups: Groups) -> Json:
    """The state of a feature."""
    keys, counts, weights = _columns(groups)
    return {"values": keys, "counts": counts, "weights": [hex(weight) for weight in weights]}


def restored(state: Any) -> Groups:
    """The groups of a state that `stored` gave."""
    counts = np.array([[0, *state["counts"]]], np.int64)
    sums = np.zeros(counts.shape, object)
    sums[0, 1:] = [int(text, 16) for text in state["weights"]]
    keys: dict[Key, int] = {key: place for place, key in enumerate([None, *state["values"]])}
    nothing = Digits((1, len(keys)), {})
    return Groups(keys, Totals(counts, Digits.of_integers(sums, FLOOR), nothing, nothing))


def _columns(groups: Groups) -> tuple[list[Any], list[int], list[int]]:
    """The values ascending, their counts, and their weights in units of 2**-1080."""
    keys, places = groups.ordered()
    weights = groups.totals.weights
    sums = [] if weights is None else weights.integers(FLOOR)[0, places[1:]].tolist()
    return keys, groups.totals.counts[0, places[1:]].tolist(), sums


def _odd(feature: int, row: int, value: object) -> DataError:
    what = "isn't a whole number of 64 bits" if isinstance(value, float) else "isn't a string"
    return DataError(
        f"Row {row} holds {value!r} (feature {feature}), which {what}.",
        remedy="A column that is looked up holds strings, or whole numbers; Discretization makes "
        "codes of other numbers.",
        row=row,
        feature=feature,
        value=value,
    )
