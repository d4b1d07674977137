"""What a diagnosis holds: the verdict, and all that a reader needs to believe it."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, final

from samescale.evidence.verdict import DRIFT
from samescale.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.diagnose.compared import Compared
    from samescale.evidence.verdict import Verdict, Weighed
    from samescale.findings import Finding

Status: TypeAlias = Literal["mistake", "drift", "noted", "nothing"]

NAMES: Final = ("SG1", "SG3")
"""How the codes begin that name a mistake, in the contract and in what arrives; SG2… notes."""

DRIFT_CODE: Final = "SG390"


@final
@dc.dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared.

    Attributes:
        description: Where its rows come from.
        rows: How many there are.
        looked: How many of them were looked at one by one: a fair sample, where there are more.
    """

    description: str
    rows: int
    looked: int


@final
@dc.dataclass(frozen=True, slots=True)
class Moment:
    """The evidence after some of the rows, in their order.

    Attributes:
        rows: How many rows had arrived.
        mistake: What speaks loudest by then; nothing where nothing speaks.
        evidence: log10 of the e-value of what the diagnosis names, from all of them.
        alone: The same from the rows since the moment before.
    """

    rows: int
    mistake: str
    evidence: float
    alone: float


@final
@dc.dataclass(frozen=True, slots=True)
class Diagnosis:
    """How live rows differ from training, and by which mistake.

    Attributes:
        training: Training.
        live: What arrived.
        alpha: How often rows like training may be called wrong.
        verdict: The explanation, and what else was weighed.
        said: What is wrong, as one sentence.
        remedy: What to change, as one sentence; empty where there is nothing to change.
        findings: What the input contract and the rules of the guard found; gravest first.
        columns: Column by column, those that the verdict names first, then the furthest apart.
        course: The evidence over the live rows.
        needed: How many rows tell each mistake, by its name; infinite where none do.
        skipped: The columns and files that weren't compared, each with the reason.
    """

    training: Side
    live: Side
    alpha: float
    verdict: Verdict
    said: str
    remedy: str
    findings: tuple[Finding, ...] = ()
    columns: tuple[Compared, ...] = ()
    course: tuple[Moment, ...] = ()
    needed: Mapping[str, float] = dc.field(default_factory=dict)
    skipped: Mapping[str, str] = dc.field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needed", Frozen(self.needed))
        object.__setattr__(self, "skipped", Frozen(self.skipped))

    def __repr__(self) -> str:
        return f"<Diagnosis of {self.live.rows} rows: {self.said}>"

    @property
    def status(self) -> Status:
        """What was found.

        `mistake`: one has a name. `drift`: the population moved. `noted`: a rule has something to
        say that is neither. `nothing`: live is as training was.
        """
        if self.verdict.named or any(map(names_mistake, self.findings)):
            return "mistake"
        if self.verdict.best is not None or any(f.code == DRIFT_CODE for f in self.findings):
            return "drift"
        told = any(finding.severity != "info" for finding in self.findings)
        return "noted" if told else "nothing"

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON; an infinite number of rows is `null`."""
        return {
            "status": self.status,
            "said": self.said,
            "remedy": self.remedy,
            "alpha": self.alpha,
            "training": dc.asdict(self.training),
            "live": dc.asdict(self.live),
            "verdict": {
                "rows": self.verdict.rows,
                "best": None if self.verdict.best is None else _weighed(self.verdict.best),
                "alternatives": [_weighed(one) for one in self.verdict.alternatives],
            },
            "findings": [finding.to_json() for finding in self.findings],
            "columns": [column.to_json() for column in self.columns],
            "course": [
                {key: _finite(value) for key, value in dc.asdict(moment).items()}
                for moment in self.course
            ],
            "needed": {name: _finite(rows) for name, rows in self.needed.items()},
            "skipped": dict(self.skipped),
        }


def names_mistake(finding: Finding) -> bool:
    """Whether a finding names a mistake, rather than that something is unlike training."""
    named = finding.code.startswith(NAMES) and finding.code != DRIFT_CODE
    return named and finding.severity != "info"


def _finite(value: Any) -> Any:
    """A value that JSON has; `None` for a number that it hasn't."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _weighed(weighed: Weighed) -> dict[str, Any]:
    return {
        "mistake": weighed.mistake,
        "is_drift": weighed.mistake == DRIFT,
        "columns": list(weighed.columns),
        "evidence": _finite(weighed.evidence),
        "detail": weighed.detail,
        "undo": {
            name: {key: _finite(value) for key, value in dc.asdict(undo).items()}
            for name, undo in weighed.undo.items()
        },
    }
