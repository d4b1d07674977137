"""Impute: a learned or given value where there is none."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, final, get_args

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import where_nan
from samescale.ir.verify import type_of
from samescale.statistics.counter import Counter
from samescale.statistics.moments import Moments
from samescale.statistics.quantiles import Quantiles
from samescale.transforms._arguments import numbers, settle
from samescale.transforms._axis import kept, spread
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.statistics.base import Statistic
    from samescale.transforms.base import Learned

Strategy = Literal["mean", "median", "most_frequent", "constant"]


@final
@dc.dataclass(frozen=True, slots=True)
class Impute(Transform):
    """A missing value (NaN, `None`, an empty cell) becomes a number or a string.

    The strategies are those of scikit-learn's `SimpleImputer`. The median is the exact one, of all
    rows; of the most frequent values, the smallest.

    Args:
        strategy: `mean` and `median` for numbers, `most_frequent` for strings and whole numbers,
            `constant` for a value given as `fill_value`.
        fill_value: The value of `constant`.
        add_indicator: Whether 1 or 0, missing or not, is put behind the value on the last axis.

    Raises:
        SpecError: On an unknown strategy, or where `fill_value` and strategy don't go together.
        DataError: On `adapt`, if no value at all is there to learn from.

    Examples:
        >>> import samescale as ss
        >>> spec = ss.Spec({"age": ss.Impute("median", add_indicator=True)})
        >>> fitted = spec.adapt({"age": [20.0, 40.0, float("nan"), 70.0]})
        >>> fitted.transform({"age": [float("nan"), 30.0]})["age"]
        array([[40.,  1.],
               [30.,  0.]], dtype=float32)
    """

    strategy: Strategy = "mean"
    fill_value: float | str | None = None
    add_indicator: bool = False

    def __post_init__(self) -> None:
        settle(self)
        if not isinstance(self.fill_value, str):
            numbers(self, "fill_value")
        if self.strategy not in get_args(Strategy):
            raise SpecError(
                f"Impute(strategy={self.strategy!r}) isn't known.",
                remedy=f"It is one of {', '.join(get_args(Strategy))}.",
                value=self.strategy,
            )
        if (self.strategy == "constant") != (self.fill_value is not None):
            raise SpecError(
                f"Impute(strategy={self.strategy!r}) has fill_value={self.fill_value!r}.",
                remedy="Give a fill_value with the strategy 'constant', and only there.",
                value=self.fill_value,
            )

    @property
    def learns(self) -> bool:
        """Whether the value is learned."""
        return self.strategy != "constant"

    @property
    def accepts_missing(self) -> bool:
        """Always: that is what it is for."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The mean, the median or the counts of each entry of the last axis."""
        if not self.learns:
            return {}
        self._check(x)
        return {self.strategy: Need(_statistic(self.strategy), kept(-1, type_of(x), "Impute"))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """`Where(IsNan(x), value, x)`, with the indicator behind it if that is asked for."""
        self._check(x)
        filled = where_nan(x, self._value(x, learned))
        return _with_indicator(x, filled) if self.add_indicator else filled

    def _value(self, x: Node, learned: Mapping[str, Learned]) -> Any:
        if not self.learns:
            return self.fill_value
        values = _learned(self.strategy, learned[self.strategy])
        if not values or any(value is None for value in values):
            raise DataError(
                f"Every value is missing, so there is no {self.strategy} to learn.",
                remedy="Leave the column out, or use Impute('constant', fill_value=…).",
            )
        if type_of(x).dtype == "string":
            return values[0]
        axes = kept(-1, type_of(x), "Impute")
        return spread(np.asarray(values, dtype=np.float64), axes, type_of(x).shape)

    def _check(self, x: Node) -> None:
        is_text = type_of(x).dtype == "string"
        wants_text = isinstance(self.fill_value, str)
        if is_text and (self.strategy in {"mean", "median"} or self.add_indicator):
            raise SpecError(
                f"Impute({self.strategy!r}, add_indicator={self.add_indicator}) is for numbers.",
                remedy="For strings use 'most_frequent', or 'constant' with a string.",
            )
        if not self.learns and is_text != wants_text:
            raise SpecError(
                f"Impute(fill_value={self.fill_value!r}) isn't of the column's type "
                f"{type_of(x).dtype}.",
                remedy="Give a string for strings and a number for numbers.",
                value=self.fill_value,
            )


def _statistic(strategy: Strategy) -> Statistic:
    match strategy:
        case "mean":
            return Moments()
        case "median":
            return Quantiles((0.5,))
        case _:
            return Counter(top=1)


def _learned(strategy: Strategy, value: Learned) -> list[Any]:
    found: Any = value
    match strategy:
        case "mean":
            return list(found["mean"])
        case "median":
            return [quantiles[0] for quantiles in found["values"] if quantiles]
        case _:
            return [values[0] if values else None for values in found["values"]]


def _with_indicator(x: Node, filled: Node) -> Node:
    missing = nodes.Cast(nodes.IsNan(x), type_of(x).dtype)
    shape = type_of(x).shape or (1,)
    return nodes.Concat((nodes.Reshape(filled, shape), nodes.Reshape(missing, shape)))


CASES = (
    Case("missing", Impute("mean")),
    Case("missing", Impute("median")),
    Case("missing", Impute("median", add_indicator=True)),
    Case("missing", Impute("constant", fill_value=-1.0)),
    Case("code", Impute("most_frequent")),
)
