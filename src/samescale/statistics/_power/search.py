"""What the search of one feature's power knows, and what its next pass collects."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

from samescale.errors import DataError
from samescale.statistics._exact.tally import UNIT
from samescale.statistics._power import chebyshev
from samescale.statistics._power.powers import FLAT, Span, log, logarithm

if TYPE_CHECKING:
    from samescale.statistics._power.powers import Method

Step: TypeAlias = Literal["survey", "search", "narrow", "moments", "done"]

# How far apart the places of the first search are; what is searched next is smooth at that scale.
_SPACING = 0.35
_FEWEST = 4
_POINTS = 16
# A polynomial whose last coefficients are smaller has found the place to about 1e-10.
_SMOOTH = 1e-11
# What isn't smooth between places so close is noise, and closer ones would see more of it.
_NARROWEST = 2.0**-10


@final
@dc.dataclass(frozen=True, slots=True)
class Sums:
    """Exact sums of some values, each times its weight: integers.

    Weights and values are in units of 2**-2148, and squares of 2**-3222: no product is rounded.
    """

    weight: int = 0
    total: int = 0
    square: int = 0

    def plus(self, other: Sums) -> Sums:
        """Those of both together."""
        return Sums(
            self.weight + other.weight, self.total + other.total, self.square + other.square
        )

    @property
    def mean(self) -> float:
        """The mean, correctly rounded."""
        return self.total / self.weight

    @property
    def spread(self) -> tuple[int, int]:
        """The population variance, as a fraction."""
        over = self.square * self.weight - (self.total * self.total << UNIT)
        return over, self.weight * self.weight << UNIT


@final
@dc.dataclass(frozen=True, slots=True)
class Feature:
    """What is known of one feature, and what this pass collects.

    Attributes:
        step: What this pass is for.
        low: The least value met in the survey, `None` before any.
        high: The greatest.
        lightest: The least weight.
        survey: The sums of the logarithms, which only the survey adds to.
        places: Where powers are searched: the ends, and the number of places between.
        powers: The powers whose sums this pass collects.
        sums: Those sums.
    """

    step: Step = "survey"
    low: float | None = None
    high: float | None = None
    lightest: float = math.inf
    survey: Sums = Sums()
    places: tuple[float, float] = (0.0, 0.0)
    powers: tuple[float, ...] = ()
    sums: tuple[Sums, ...] = ()

    @property
    def pivot(self) -> float:
        """The mean of the logarithms."""
        return self.survey.mean if self.survey.weight else 0.0

    def merge(self, other: Feature) -> Feature:
        """What both collected.

        Raises:
            DataError: If they are of different passes.
        """
        if self.step == other.step == "survey":
            return dc.replace(
                self,
                low=_either(min, self.low, other.low),
                high=_either(max, self.high, other.high),
                lightest=min(self.lightest, other.lightest),
                survey=self.survey.plus(other.survey),
            )
        if dc.replace(self, sums=()) != dc.replace(other, sums=()):
            raise DataError(
                "Likelihoods of different passes can't be merged.",
                remedy="Merge what one refine() gave, updated with different rows.",
            )
        sums = tuple(map(Sums.plus, self.sums, other.sums))
        return dc.replace(self, sums=sums)

    def asking(self, step: Step, powers: tuple[float, ...]) -> Feature:
        """This feature, about to collect the sums of some powers."""
        return dc.replace(self, step=step, powers=powers, sums=(Sums(),) * len(powers))

    def emptied(self) -> Feature:
        """This feature, with nothing collected in this pass yet."""
        if self.step == "survey":
            return Feature()
        return dc.replace(self, sums=(Sums(),) * len(self.sums))

    def to_json(self) -> dict[str, Any]:
        """The state; integers of any size as hexadecimal text."""
        lightest = None if math.isinf(self.lightest) else self.lightest
        return {
            **dc.asdict(self),
            "lightest": lightest,
            "survey": _written(self.survey),
            "sums": [_written(sums) for sums in self.sums],
        }

    @classmethod
    def from_json(cls, state: Any) -> Feature:
        """The feature of a state that `to_json` gave."""
        return cls(
            **{
                **state,
                "lightest": math.inf if state["lightest"] is None else state["lightest"],
                "survey": _read(state["survey"]),
                "places": tuple(state["places"]),
                "powers": tuple(state["powers"]),
                "sums": tuple(map(_read, state["sums"])),
            }
        )


def settled(feature: Feature, method: Method, given: float | None, *, moments: bool) -> Feature:
    """The feature after a pass, as the next one needs it.

    Args:
        feature: What is known.
        method: Which transform.
        given: The power, if it isn't searched.
        moments: Whether the moments at the power are collected.

    Raises:
        DataError: If this pass didn't see the rows of the survey.
    """
    if feature.low is None or feature.step == "done":
        return dc.replace(feature, step="done")
    if any(sums.weight != feature.survey.weight for sums in feature.sums):
        raise DataError(
            "This pass over the rows didn't see those of the first.",
            remedy="Update it with exactly the rows of the pass before.",
        )
    match feature.step:
        case "survey" if given is not None:
            return _final(feature, given, moments=moments)
        case "survey":
            return _surveyed(feature, method) or _final(feature, 1.0, moments=moments)
        case "moments":
            return dc.replace(feature, step="done")
        case _:
            found = _narrowed(feature, method)
            return found if isinstance(found, Feature) else _final(feature, found, moments=moments)


def _final(feature: Feature, power: float, *, moments: bool) -> Feature:
    asked = feature.asking("moments", (power,))
    return asked if moments else dc.replace(asked, step="done", sums=())


def _span(feature: Feature, method: Method) -> Span:
    low, high = (log(value or 0.0, method) for value in (feature.low, feature.high))
    numerator, denominator = feature.lightest.as_integer_ratio()
    share = (numerator << 2 * UNIT) / (denominator * feature.survey.weight)
    return Span(low, high, feature.pivot, share)


def _surveyed(feature: Feature, method: Method) -> Feature | None:
    """The feature, about to be searched; `None` where no power bends anything."""
    span = _span(feature, method)
    if not span.high - span.low > FLAT or not span.low < span.mean < span.high:
        return None
    low, high = span.bracket(method)
    steps = max(_FEWEST, math.ceil((high - low) / _SPACING))
    powers = tuple(span.power(low + (high - low) * i / steps) for i in range(steps + 1))
    return dc.replace(feature.asking("search", powers), places=(low, high))


def _narrowed(feature: Feature, method: Method) -> Feature | float:
    """The feature, about to be searched next to the likeliest power so far; or that power."""
    span, (low, high) = _span(feature, method), feature.places
    found = list(map(_likelihood, feature.sums))
    if feature.step == "search":
        half = (high - low) / (len(found) - 1)
        middle = low + half * found.index(max(found))
    else:
        coefficients = chebyshev.series(found)
        middle = (low + high) / 2 + chebyshev.peak(coefficients) * (high - low) / 2
        half = (high - low) / 8
        rest = max(map(abs, coefficients[-2:]))
        if rest <= _SMOOTH * max(1.0, abs(found[0])) or half < _NARROWEST:
            return span.power(middle)
    ends = middle - half, middle + half
    powers = tuple(map(span.power, chebyshev.places(*ends, _POINTS)))
    return dc.replace(feature.asking("narrow", powers), places=ends)


def _likelihood(sums: Sums) -> float:
    """The logarithm of the likelihood over the weight, but for a constant.

    Its other term, `l` times the mean of the logarithms less the pivot, is 0: they are equal.
    """
    over, under = sums.spread
    return -0.5 * logarithm(over, under) if over > 0 else -math.inf


def _either(choose: Any, mine: float | None, theirs: float | None) -> float | None:
    found = [value for value in (mine, theirs) if value is not None]
    return choose(found) if found else None


def _written(sums: Sums) -> list[str]:
    return [hex(number) for number in (sums.weight, sums.total, sums.square)]


def _read(numbers: list[str]) -> Sums:
    return Sums(*(int(number, 16) for number in numbers))
