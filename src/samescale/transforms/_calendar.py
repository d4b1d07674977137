"""The proleptic Gregorian calendar in exact float64 arithmetic, as nodes.

Every value is a whole number below 2**40, so sums and products of two of them are exact. The
algorithm is `civil_from_days` of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms"
(https://howardhinnant.github.io/date_algorithms.html): years begin in March, so that the leap day
is the last one, and eras are the 400 years, 146,097 days, after which the calendar repeats.
"""

from __future__ import annotations

import dataclasses as dc
from functools import cached_property
from typing import TYPE_CHECKING, final

from samescale.ir import nodes
from samescale.ir.build import const, mul, sub

if TYPE_CHECKING:
    from samescale.ir.nodes import Node

DAY, HOUR, MINUTE = 86400.0, 3600.0, 60.0
_ERA_DAYS = 146097.0
_BEFORE_1970 = 719468.0  # days from 0000-03-01
_JANUARY_1 = 719163.0  # days from 0000-12-31
_MONTHS_OF_YEAR_BEGUN = 10.0  # from the tenth month after March on, it is the next year


def quotient(x: Node, divisor: float) -> Node:
    """`floor(x / divisor)` of a whole number by a whole number, exact without a division.

    `(x + 0.5) / divisor` is at least `0.5 / divisor` away from every whole number, and the product
    with the rounded reciprocal is off by at most 2**-52 of itself: for `abs(x) < 2**50` that can't
    reach the next whole number, in whatever order a chain of constants is rounded.
    """
    return nodes.Floor(mul(sub(x, -0.5), 1.0 / divisor))


def remainder(x: Node, whole: Node, divisor: float) -> Node:
    """What is left of `x` above `whole` times `divisor`; exact."""
    return nodes.Sub(x, mul(whole, divisor))


@final
@dc.dataclass(frozen=True)
class Day:
    """The date of a day, given as the number of days since 1970-01-01, float64.

    Each part is made when it is asked for, and shared by those that need it.
    """

    days: Node

    @cached_property
    def _shifted(self) -> Node:
        return sub(self.days, -_BEFORE_1970)

    @cached_property
    def _era(self) -> Node:
        return quotient(self._shifted, _ERA_DAYS)

    @cached_property
    def _day_of_era(self) -> Node:
        return remainder(self._shifted, self._era, _ERA_DAYS)

    @cached_property
    def _year_of_era(self) -> Node:
        day = self._day_of_era
        common = nodes.Sub(day, quotient(day, 1460.0))
        return quotient(
            nodes.Sub(common, nodes.Sub(quotient(day, 146096.0), quotient(day, 36524.0))), 365.0
        )

    @cached_property
    def _day_from_march(self) -> Node:
        year = self._year_of_era
        leap = nodes.Sub(quotient(year, 4.0), quotient(year, 100.0))
        return nodes.Sub(remainder(self._day_of_era, year, 365.0), leap)

    @cached_property
    def _month_from_march(self) -> Node:
        return quotient(sub(mul(self._day_from_march, 5.0), -2.0), 153.0)

    @cached_property
    def _same_year(self) -> Node:
        return nodes.Less(self._month_from_march, const(_MONTHS_OF_YEAR_BEGUN, "float64"))

    @cached_property
    def year(self) -> Node:
        """The year, 1 for the first."""
        march = nodes.Sub(self._year_of_era, mul(self._era, -400.0))
        later = nodes.Where(self._same_year, const(0.0, "float64"), const(-1.0, "float64"))
        return nodes.Sub(march, later)

    @cached_property
    def month(self) -> Node:
        """The month, 1…12."""
        month = self._month_from_march
        return nodes.Where(self._same_year, sub(month, -3.0), sub(month, 9.0))

    @cached_property
    def quarter(self) -> Node:
        """The quarter of the year, 1…4."""
        return sub(quotient(sub(self.month, 1.0), 3.0), -1.0)

    @cached_property
    def day(self) -> Node:
        """The day of the month, 1…31."""
        before = quotient(sub(mul(self._month_from_march, 153.0), -2.0), 5.0)
        return sub(nodes.Sub(self._day_from_march, before), -1.0)

    @cached_property
    def day_of_year(self) -> Node:
        """The day of the year, 1…366."""
        past = sub(self.year, 1.0)
        leap = nodes.Sub(
            quotient(past, 4.0), nodes.Sub(quotient(past, 100.0), quotient(past, 400.0))
        )
        return sub(nodes.Sub(remainder(self.days, past, 365.0), leap), -_JANUARY_1)

    @cached_property
    def day_of_week(self) -> Node:
        """The day of the week, 0 for Monday."""
        shifted = sub(self.days, -3.0)
        return remainder(shifted, quotient(shifted, 7.0), 7.0)

    @cached_property
    def week(self) -> Node:
        """The week of ISO 8601, 1…53: that of the year that its Thursday is in."""
        thursday = Day(sub(nodes.Sub(self.days, self.day_of_week), -3.0))
        return sub(quotient(sub(thursday.day_of_year, 1.0), 7.0), -1.0)


@final
@dc.dataclass(frozen=True)
class Instant:
    """The date and the time of day of whole seconds since 1970-01-01 00:00, float64."""

    seconds: Node

    @cached_property
    def date(self) -> Day:
        """The day."""
        return Day(quotient(self.seconds, DAY))

    @cached_property
    def _of_day(self) -> Node:
        return remainder(self.seconds, self.date.days, DAY)

    @cached_property
    def hour(self) -> Node:
        """The hour, 0…23."""
        return quotient(self._of_day, HOUR)

    @cached_property
    def _of_hour(self) -> Node:
        return remainder(self._of_day, self.hour, HOUR)

    @cached_property
    def minute(self) -> Node:
        """The minute, 0…59."""
        return quotient(self._of_hour, MINUTE)

    @cached_property
    def second(self) -> Node:
        """The second, 0…59."""
        return remainder(self._of_hour, self.minute, MINUTE)
