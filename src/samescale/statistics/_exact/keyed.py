"""What `KeyedMoments` says of its totals, and how it stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.statistics._exact.digits import Digits
from samescale.statistics._exact.groups import Groups
from samescale.statistics._exact.ratios import mean, total_weight, variance
from samescale.statistics._exact.sums import FLOOR, UNIT, Totals

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics._exact.keys import Key
    from samescale.statistics.base import Json


def per_key(groups: Groups, least: int) -> dict[str, Json]:
    """The keys, and their moments by feature, where at least so many values were counted."""
    keys, places = groups.ordered()
    enough = groups.totals.counts[:, places[1:]] >= least
    told = np.flatnonzero(enough.any(axis=0))
    keys = [keys[place] for place in told.tolist()]
    columns = [
        np.where(enough, kind[:, places[1:]], 0)[:, told] for kind in _integers(groups.totals)
    ]
    rows = [_moments(i, *of) for i, of in enumerate(zip(*columns, strict=True))]
    names = _names(groups.totals)
    return {"keys": list(keys), **{name: [row[name] for row in rows] for name in names}}


def overall(groups: Groups) -> dict[str, Json]:
    """The moments of all rows, in the form of `Moments`."""
    columns = [kind.sum(axis=1, keepdims=True) for kind in _integers(groups.totals)]
    rows = [_moments(i, *of) for i, of in enumerate(zip(*columns, strict=True))]
    return {name: [row[name][0] for row in rows] for name in _names(groups.totals)}


def _names(totals: Totals) -> tuple[str, ...]:
    return ("count", *(() if totals.weights is None else ("weight",)), "mean", "variance")


def _moments(feature: int, *columns: Array) -> dict[str, list[Any]]:
    """The moments of one feature, group by group; without weights, counts are the weights."""
    *given, weights, sums, squares = (column.tolist() for column in columns)
    groups = list(zip(weights, sums, squares, strict=True))
    return {
        "count": given[0] if given else weights,
        "weight": [total_weight(feature, w, UNIT) for w in weights] if given else [],
        "mean": [mean(weight, total, UNIT) for weight, total, _ in groups],
        "variance": [variance(feature, *group, UNIT) for group in groups],
    }


def stored(groups: Groups) -> Json:
    """The state, keys ascending, the rows without a key first."""
    keys, places = groups.ordered()
    counts, *numbers = (kind[:, places].tolist() for kind in _integers(groups.totals))
    return {
        "keys": list(keys),
        "counts": counts,
        "numbers": [[[hex(n) for n in row] for row in kind] for kind in numbers],
    }


def restored(state: Any) -> Groups:
    """The groups of a state that `stored` gave."""
    counts = np.array(state["counts"], np.int64).reshape(-1, len(state["keys"]) + 1)
    numbers = []
    for kind in state["numbers"]:
        integers = np.zeros(counts.shape, object)
        for feature, row in enumerate(kind):
            integers[feature] = [int(text, 16) for text in row]
        numbers.append(integers)
    *given, sums, squares = (
        Digits.of_integers(kind, FLOOR * power) for power, kind in enumerate(numbers, 1)
    )
    weights = given[0] if given else None
    keys: dict[Key, int] = {key: place for place, key in enumerate([None, *state["keys"]])}
    return Groups(keys, Totals(counts, weights, sums, squares))


def _integers(totals: Totals) -> list[Array]:
    """Counts, and the sums as integers in units of 2**-1080, of its square, and so on."""
    kinds = [kind for kind in (totals.weights, totals.sums, totals.squares) if kind is not None]
    return [totals.counts, *(kind.integers(FLOOR * p) for p, kind in enumerate(kinds, 1))]
