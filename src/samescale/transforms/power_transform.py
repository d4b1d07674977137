"""PowerTransform: a skewed column made near to normal, by the likeliest power."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Literal, final, get_args

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.verify import type_of
from samescale.statistics._power.powers import Power
from samescale.statistics.power_likelihood import PowerLikelihood
from samescale.transforms._arguments import amounts, numbers, settle, switches, whole
from samescale.transforms._axis import kept
from samescale.transforms._entries import each_entry
from samescale.transforms._power import Standardised
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

Method = Literal["yeo-johnson", "box-cox"]


@final
@dc.dataclass(frozen=True, slots=True)
class PowerTransform(Transform):
    """The power of a column that is most like a normal one, as scikit-learn's `PowerTransformer`.

    `yeo-johnson` takes any number: `((1 + x)^l - 1) / l` from 0 on, and below it
    `-((1 - x)^(2-l) - 1) / (2 - l)`. `box-cox` takes numbers above 0: `(x^l - 1) / l`. With l = 0
    (and 2) they are logarithms. The power l is the likeliest one (the maximum of the profile
    likelihood of a normal distribution), found to about 1e-10 in four passes over the rows, or
    five, of which none has to fit in memory, and to the same bits whatever their order.

    Scikit-learn searches it to 1e-8, stops where its sums no longer tell (1e-5 where the likelihood
    is flat), and misses it where powers overflow, as on a skewed column of years. With its powers
    given as `lambdas`, the answers agree to 1e-12 in float64. A constant column has a power of 1
    and becomes 0; with Box-Cox, scikit-learn refuses one.

    It is computed in float64, whatever the column is: where values lie close together, a float32
    would lose the answer's digits. In Keras it is computed before the model, by NumPy. What would
    be further from the middle than 6e27 times the width of the column is taken for what is there,
    and with Box-Cox, 0 and less for the smallest float64: the guard reports both as outside the
    training extent.

    With a power below 0 great values come close to a bound (with Yeo-Johnson and a power above 2,
    those far below 0). Labels are float32: what they can't tell apart there, a target's inverse
    can't give back. A column of almost only zeros has such a power and is no target for it.

    Args:
        method: `yeo-johnson` or `box-cox`.
        standardize: Whether the answer is shifted to mean 0 and scaled to variance 1.
        lambdas: The powers, if they are known: one, or one for each kept entry.
        axis: As in `Normalization`: the axes that have a power of their own.

    Raises:
        SpecError: If the method isn't one of the two, or the powers aren't as many as entries.
        DataError: On `adapt`, if a value isn't above 0 (Box-Cox), every value is missing, or the
            powers of the values leave float32.

    Examples:
        >>> import samescale as ss
        >>> spec = ss.Spec({"income": ss.PowerTransform("box-cox")})
        >>> fitted = spec.adapt({"income": [1.0, 10.0, 100.0]})
        >>> fitted.transform({"income": [1.0, 100.0, 1000.0]})["income"].round(3)
        array([-1.225,  1.225,  2.449], dtype=float32)
    """

    method: Method = "yeo-johnson"
    standardize: bool = True
    lambdas: float | tuple[float, ...] | None = None
    axis: int | tuple[int, ...] | None = -1

    def __post_init__(self) -> None:
        settle(self)
        switches(self, "standardize")
        numbers(self, "lambdas")
        whole(self, "axis")
        if self.method not in get_args(Method):
            raise SpecError(
                f"PowerTransform(method={self.method!r}) isn't known.",
                remedy="It is 'yeo-johnson' or 'box-cox'.",
                value=self.method,
            )
        if isinstance(self.lambdas, tuple) and not _is_flat(self.lambdas):
            raise SpecError(
                f"PowerTransform(lambdas={self.lambdas!r}) is no list of powers.",
                remedy="Give one number, or one for each entry of the kept axes.",
                value=self.lambdas,
            )

    @property
    def learns(self) -> bool:
        """Always: the power, or that the values have one."""
        return True

    @property
    def passes(self) -> int:
        """A survey, two searches and the moments; with given powers, the moments."""
        return 4 if self.lambdas is None else 1

    @property
    def compares(self) -> bool:
        """Always: the deviation that decides about float32 elsewhere is one before the power."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The likelihood of powers, of each kept entry."""
        amounts(self, x)
        powers = self._powers(x)
        statistic = PowerLikelihood(self.method, powers, moments=self.standardize)
        return {"powers": Need(statistic, self._axes(x))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """Of each side of 0: a logarithm, an `Expm1`, and `Sub` and `Mul` around them."""
        entries = self._entries(learned)
        return self._in_float64(x, lambda part, entry: entries[entry].forward(part))

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """The same backwards; what no value becomes is taken for the nearest that one does."""
        entries = self._entries(learned)
        return self._in_float64(y, lambda part, entry: entries[entry].backward(part))

    def _entries(self, learned: Mapping[str, Learned]) -> list[Standardised]:
        """What each kept entry is transformed by."""
        found: Any = learned["powers"]
        return [
            self._entry({name: values[i] for name, values in found.items()})
            for i in range(len(found["lambdas"]))
        ]

    def _entry(self, found: Mapping[str, Any]) -> Standardised:
        if found["lambdas"] is None:
            raise DataError(
                "Every value is missing, so there is no power to learn.",
                remedy="Leave the column out, or put an Impute with a fill_value in front.",
            )
        pivot = found["pivots"] if self.standardize else 0.0
        deviation = found["deviation"] if self.standardize else 1.0
        made = Standardised(
            Power(self.method, found["lambdas"], pivot), found["mean"], deviation or 1.0
        )
        if not made.reaches(found["min"], found["max"]):
            raise DataError(
                f"PowerTransform can't raise values from {found['min']!r} to {found['max']!r} to "
                f"the power {found['lambdas']!r}.",
                remedy="Rescale the column, or clip it, before it is learned from.",
                value=found["lambdas"],
            )
        return made

    def _in_float64(self, x: Node, make: Any) -> Node:
        given = type_of(x).dtype
        wide = x if given == "float64" else nodes.Cast(x, "float64")
        made = each_entry(wide, self._axes(x), make)
        return made if given == "float64" else nodes.Cast(made, given)

    def _powers(self, x: Node) -> tuple[float, ...] | None:
        if self.lambdas is None:
            return None
        given = self.lambdas if isinstance(self.lambdas, tuple) else (self.lambdas,)
        entries = math.prod(type_of(x).shape[axis] for axis in self._axes(x))
        if len(given) not in {1, entries}:
            raise SpecError(
                f"PowerTransform holds {len(given)} lambdas for {entries} kept entries.",
                remedy="Give one, or one for each entry of the kept axes.",
                value=self.lambdas,
            )
        return tuple(map(float, given))

    def _axes(self, x: Node) -> tuple[int, ...]:
        return kept(self.axis, type_of(x), "PowerTransform")


def _is_flat(powers: tuple[Any, ...]) -> bool:
    return bool(powers) and not any(isinstance(power, tuple) for power in powers)


CASES = (
    Case("amount", PowerTransform()),
    Case("number", PowerTransform(lambdas=0.7)),
    Case("number", PowerTransform(standardize=False, lambdas=0.5)),
    Case("amount", PowerTransform(lambdas=0.0)),
    Case("positive", PowerTransform("box-cox")),
    Case("positive", PowerTransform("box-cox", standardize=False)),
    Case("image", PowerTransform()),
    Case("image", PowerTransform(axis=None)),
)
