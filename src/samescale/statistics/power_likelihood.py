"""The likeliest power of a power transform, and the moments behind it."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.errors import DataError
from samescale.statistics._exact.slices import add_floats
from samescale.statistics._exact.sums import FLOOR, totals
from samescale.statistics._exact.sums import UNIT as WIDER
from samescale.statistics._exact.tally import UNIT, Tally
from samescale.statistics._features import both, numeric, refuse_infinite, same_width
from samescale.statistics._power.powers import Power, logs, root
from samescale.statistics._power.search import Feature, Sums, settled
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samescale.ir.types import Array
    from samescale.statistics._power.powers import Method
    from samescale.statistics.base import Json

# So many values of so many powers stay in the second-level cache.
_BLOCK = 1 << 14
_NAMES = ("lambdas", "pivots", "mean", "deviation", "min", "max")


@final
@dc.dataclass(frozen=True, slots=True)
class PowerLikelihood(Statistic):
    """The power that makes each feature most like a normal distribution, by maximum likelihood.

    For Box-Cox and Yeo-Johnson (I.-K. Yeo, R. A. Johnson, "A new family of power transformations to
    improve normality or symmetry", Biometrika 87, 2000). The likelihood of a power depends on the
    rows by the variance of what they become, from exact sums: so it is the same to the bit for any
    order, chunks and merges, and so is the power. The first pass surveys the values, which bounds
    the powers that can be the likeliest; the second tries some 20 of them; the third 16 next to the
    best, through which a polynomial finds it to about 1e-10; the last collects the moments of what
    the values become. A constant feature has a power of 1. NaN is skipped, weights count.

    Attributes:
        method: `yeo-johnson`, or `box-cox` for values above 0.
        lambdas: The powers, if they are known: one, or one for each feature.
        moments: Whether the moments at the power are collected.
        features: What is known of each feature.

    Example:
        >>> values = np.exp(np.linspace(-2, 2, 9))[:, None]
        >>> state = PowerLikelihood("box-cox")
        >>> while (following := state.update(values).refine()) is not None:
        ...     state = following
        >>> abs(state.update(values).value()["lambdas"][0]) < 1e-9
        True
    """

    method: Method = "yeo-johnson"
    lambdas: tuple[float, ...] | None = None
    moments: bool = True
    features: tuple[Feature, ...] = ()

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """This likelihood with the rows of `batch` added.

        Raises:
            DataError: If a value is infinite or, for Box-Cox, not above 0 (`row`, `feature`), or
                isn't a number.
        """
        array = numeric(Batch.of(batch).array, "PowerLikelihood")
        features = self.features or (Feature(),) * array.shape[1]
        same_width("PowerLikelihood", len(features), array.shape[1])
        added = [self._added(feature, array, i, weights) for i, feature in enumerate(features)]
        return self.merge(dc.replace(self, features=tuple(added)))

    def merge(self, other: Self) -> Self:
        """The likelihoods of both together.

        Raises:
            DataError: If they are of different passes, or weren't made for the same.
        """
        if dc.replace(self, features=()) != dc.replace(other, features=()):
            raise DataError(
                "Likelihoods of different methods or powers can't be merged.",
                remedy="Give both the same arguments.",
            )
        features = both("PowerLikelihood", self.features, other.features, Feature.merge)
        return dc.replace(self, features=features)

    def value(self) -> dict[str, Json]:
        """By feature `lambdas`, `pivots`, `mean` and `deviation`, `min` and `max`.

        The pivot is the mean of `log(x)`, or of `sign(x) log(1 + |x|)`. Mean and standard deviation
        are those of the transform less its value at the pivot and over `exp(l p)`; see
        `_power/powers.py`. All are `None` where nothing was counted.

        Raises:
            DataError: If it takes one more pass; see `refine`.
        """
        found = self._settled()
        if any(feature.step != "done" for feature in found):
            raise DataError(
                "The likeliest powers take one more pass.",
                remedy="Update what refine() gives with the same rows.",
            )
        rows = list(map(_described, found))
        return {name: [row[name] for row in rows] for name in _NAMES}

    def refine(self) -> Self | None:
        """What one more pass over the same rows must collect, or `None` if `value()` is final.

        Raises:
            DataError: If this pass didn't see the rows of the one before.
        """
        found = self._settled()
        if all(feature.step == "done" for feature in found):
            return None
        return dc.replace(self, features=found)

    def to_json(self) -> Json:
        """The state."""
        return {
            "method": self.method,
            "lambdas": None if self.lambdas is None else list(self.lambdas),
            "moments": self.moments,
            "features": [feature.to_json() for feature in self.features],
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The likelihood of a state that `to_json` gave."""
        lambdas = None if state["lambdas"] is None else tuple(state["lambdas"])
        features = tuple(map(Feature.from_json, state["features"]))
        return cls(state["method"], lambdas, state["moments"], features)

    def _settled(self) -> tuple[Feature, ...]:
        given = self.lambdas or (None,)
        return tuple(
            settled(feature, self.method, given[i % len(given)], moments=self.moments)
            for i, feature in enumerate(self.features)
        )

    def _added(self, feature: Feature, batch: Array, i: int, weights: Array | None) -> Feature:
        """What this pass collects of the rows of `batch` alone."""
        if feature.step == "done":
            return feature
        values = np.ascontiguousarray(batch[:, i], np.float64)
        self._check(values, batch, i)
        here = ~np.isnan(values)
        if not here.all():
            values, weights = values[here], None if weights is None else weights[here]
        if not len(values):
            return feature.emptied()
        g = logs(values, self.method)
        if feature.step == "survey":
            # A row of weight 2 is two rows, of which one alone bounds the powers.
            lightest = 1.0 if weights is None else min(1.0, float(weights.min()))
            ends = float(values.min()) + 0.0, float(values.max()) + 0.0
            return Feature("survey", *ends, lightest, _sums(g, weights, [np.positive])[0])
        made = [Power(self.method, power, feature.pivot).of for power in feature.powers]
        return dc.replace(feature, sums=tuple(_sums(g, weights, made)))

    def _check(self, values: Array, batch: Array, feature: int) -> None:
        if np.isinf(values).any():
            refuse_infinite(batch)
        if self.method == "box-cox" and (values <= 0).any():
            row = int(np.flatnonzero(values <= 0)[0])
            value = float(values[row])
            raise DataError(
                f"Row {row} holds {value} (feature {feature}), and Box-Cox is for numbers above 0.",
                remedy="Use the method 'yeo-johnson', which takes any number.",
                row=row,
                feature=feature,
                value=value,
            )


def _described(feature: Feature) -> dict[str, float | None]:
    if feature.low is None:
        return dict.fromkeys(_NAMES)
    sums = feature.sums[0] if feature.sums else None
    return {
        "lambdas": feature.powers[0],
        "pivots": feature.pivot,
        "mean": 0.0 if sums is None else sums.mean,
        "deviation": 0.0 if sums is None else root(*sums.spread),
        "min": feature.low,
        "max": feature.high,
    }


def _sums(g: Array, weights: Array | None, made: Sequence[Callable[[Array], Array]]) -> list[Sums]:
    """The exact sums of what each of some functions makes of g."""
    found = [Sums()] * len(made)
    for start in range(0, len(g), _BLOCK):
        part = slice(start, start + _BLOCK)
        with np.errstate(all="ignore"):
            columns = np.array([function(g[part]) for function in made]).T
        each = _counted(columns) if weights is None else _weighed(columns, weights[part])
        found = list(map(Sums.plus, found, each))
    return found


def _counted(columns: Array) -> list[Sums]:
    weight = len(columns) << 2 * UNIT
    pairs = zip(*_added_up(columns), strict=True)
    return [Sums(weight, total << UNIT, square << UNIT) for total, square in pairs]


def _weighed(columns: Array, weights: Array) -> list[Sums]:
    found = totals(columns, weights, None, 1)
    assert found.weights is not None  # noqa: S101 - for mypy: there are weights
    sums = (found.weights, found.sums, found.squares)
    exact = [kind.integers(FLOOR * power)[:, 0].tolist() for power, kind in enumerate(sums, 1)]
    # Products of weights and values end above 2**-2148, and those with squares above 2**-3222.
    up, down, squares_down = 2 * UNIT - WIDER, 2 * (WIDER - UNIT), 3 * (WIDER - UNIT)
    rows = zip(*exact, strict=True)
    return [Sums(w << up, total >> down, square >> squares_down) for w, total, square in rows]


def _added_up(columns: Array) -> tuple[Sequence[int], Sequence[int]]:
    """The sums of columns, and of their squares."""
    found = Batch(columns).scan()
    if found is not None:
        return found.sums, found.squares
    tally = Tally(columns.shape[1])
    add_floats(tally, columns)
    tally.settle()
    return tally.sums.tolist(), tally.squares.tolist()
