"""A verdict as a finding, under the policy that is due to it."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final, final

from samescale import mistakes
from samescale.errors import GuardError
from samescale.evidence.verdict import DRIFT
from samescale.evidence.words import sentence
from samescale.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samescale.evidence.verdict import Verdict, Weighed
    from samescale.findings import Severity
    from samescale.guard.base import Policy
    from samescale.guard.policies import Settled

EXPLAINED: Final = ("SG202", "SG203")
"""What a named mistake is the cause of: numbers outside training's, and another share missing."""

_MOST_EVIDENCE: Final = 300.0  # of a power of ten; beyond it a float64 ends, and so does JSON
_SINGLE: Final = " (Told by single rows of late.)"
_OF_LATE: Final = "no row by itself shows what to take back"
_WEIGHTS: Final[dict[Policy, Severity]] = {"observe": "info"}


@final
@dc.dataclass(frozen=True, slots=True)
class Said:
    """What a verdict comes to.

    Attributes:
        finding: It, as it is told.
        weighed: The explanation.
        policy: What is to happen.
        names: The columns that it explains.
        fixed: Why it can't be taken back, if it is certain that it can't.
    """

    finding: Finding
    weighed: Weighed
    policy: Policy
    names: tuple[str, ...]
    fixed: str = ""

    @property
    def stops(self) -> Finding | None:
        """What the rows are refused for, by policy or for want of a repair; `None` for nothing.

        A repair is left to the guard.
        """
        if self.policy == "raise":
            return self.finding
        return self.irreparable(self.fixed) if self.policy == "repair" and self.fixed else None

    def irreparable(self, why: str) -> Finding:
        """What the rows are refused for instead of a repair."""
        message = f"{self.finding.message} It was to be taken back, and can't be: {why}."
        return dc.replace(self.finding, message=message)

    def explains(self, other: Finding) -> bool:
        """Whether another finding has this one as its cause, and is told by it."""
        named = self.weighed.mistake != DRIFT and self.finding.severity != "info"
        return named and other.code in EXPLAINED and other.column in self.names

    def covers(self, late: Said) -> bool:
        """Whether this, of a request, says what the rows of late say, or what drift they are."""
        if self.finding.code == late.finding.code:
            return True
        named = self.weighed.mistake != DRIFT and late.weighed.mistake == DRIFT
        return named and late.stops is None


def said(
    verdict: Verdict,
    rows: int | None,
    settled: Settled,
    *,
    column: str | None = None,
    names: Iterable[str] = (),
    scaled: bool = False,
) -> Said | None:
    """What is to be said of a verdict; `None` if there is nothing, or nobody wants to know.

    Args:
        verdict: What was weighed.
        rows: How many rows there were, of which the verdict may have seen some; `None` for those
            of a stream, which the row that is answered is but the last of.
        settled: The policies.
        column: The column of images that it is about.
        names: All columns that were looked at.
        scaled: Whether training's table was scaled by an outside scaler.
    """
    best = verdict.best
    if best is None:
        return None
    concerned = (column,) if column else best.columns
    policy = settled.over(best.mistake, concerned or tuple(names))
    if policy == "off":
        return None
    weight = _WEIGHTS.get(policy, "warning")
    finding = _finding(verdict, best, concerned, weight, scaled=scaled)
    text = _SINGLE if rows is None else _extent(verdict.rows, rows)
    told = dc.replace(finding, message=f"{finding.message}{text}")
    return Said(told, best, policy, concerned or tuple(names), _OF_LATE if rows is None else "")


def refusal(stops: Sequence[Finding]) -> GuardError:
    """The error of rows that are refused."""
    more = f" (and {len(stops) - 1} more)" if len(stops) > 1 else ""
    return GuardError(f"{stops[0]}{more}", findings=stops)


def _finding(
    verdict: Verdict, best: Weighed, columns: tuple[str, ...], severity: Severity, *, scaled: bool
) -> Finding:
    message, remedy = sentence(dc.replace(best, columns=columns), scaled=scaled)
    return Finding(
        mistakes.load(best.mistake).code,
        message,
        remedy,
        severity=severity,
        column=columns[0] if len(columns) == 1 else None,
        value=best.detail or None,
        columns=columns,
        evidence=_power(best.evidence),
        alternatives=tuple((one.mistake, _power(one.evidence)) for one in verdict.alternatives),
    )


def _power(evidence: float) -> float:
    """Evidence as JSON can hold it."""
    if math.isnan(evidence):
        return 0.0
    return round(min(max(evidence, -_MOST_EVIDENCE), _MOST_EVIDENCE), 2)


def _extent(looked: int, rows: int) -> str:
    return f" ({looked:,} of {rows:,} rows were looked at.)" if looked < rows else ""
