"""A bar: a ratio of two contenders' times, and on which side of a number it has to be."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HEAD = ("what", "against", "bar", "measured", "shortest rounds", "CPU", "met")


@final
@dc.dataclass(frozen=True, slots=True)
class Times:
    """What a contender took: the median round, the shortest, and the processor's."""

    median: float
    least: float
    cpu: float
    memory: float | None = None


@final
@dc.dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        what: What is held to it.
        against: Against what.
        bound: The ratio, as a number; `at_most` says on which side.
        slow: Whose time stands above the line of the ratio.
        fast: Whose time stands below it.
        at_most: Whether the ratio may be no larger, instead of no smaller.
    """

    what: str
    against: str
    bound: float
    slow: str
    fast: str
    at_most: bool = False

    def measured(self, times: Mapping[str, Times]) -> dict[str, Any]:
        """The bar with what was measured, or with who was missing."""
        missing = [name for name in (self.slow, self.fast) if name not in times]
        bar = f"{'≤' if self.at_most else '≥'} {self.bound:g} ×" if self.bound else ""
        shown = {"what": self.what, "against": self.against, "bar": bar}
        if missing:
            return {**shown, "missing": missing}
        slow, fast = times[self.slow], times[self.fast]
        ratios = [
            slow.median / fast.median,
            slow.least / fast.least,
            slow.cpu / max(fast.cpu, 1e-9),
        ]
        met = ratios[0] <= self.bound if self.at_most else ratios[0] >= self.bound
        return {**shown, "ratios": ratios, "seconds": [slow.median, fast.median], "met": met}


def table(found: Iterable[Mapping[str, Any]]) -> str:
    """What `measured` gave, as a table in Markdown."""
    return words.table(HEAD, map(_row, found), left=2)


def _row(one: Mapping[str, Any]) -> list[str]:
    named = [one["what"], one["against"], one["bar"]]
    if "missing" in one:
        return [*named, f"not measured: {', '.join(one['missing'])}", "", "", ""]
    ratios = [words.ratio(value) for value in one.get("ratios", ())] or [one["note"], "", ""]
    if "ratios" in one and "note" in one:
        ratios[0] += f" ({one['note']})"
    met = "" if not one["bar"] else "yes" if one["met"] else "**no**"
    return [*named, *ratios, met]
