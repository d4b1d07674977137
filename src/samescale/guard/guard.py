"""The guard: all rules and the diagnosis, each under its policy."""

from __future__ import annotations

import dataclasses as dc
import logging
from typing import TYPE_CHECKING, Any, Final, Self, final

from samescale.guard._repair import repaired
from samescale.guard._said import refusal
from samescale.guard.base import WEIGHTS, Training
from samescale.guard.diagnosis import ALPHA, ROW_ALPHA, Diagnosis
from samescale.guard.policies import Settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from samescale.findings import Finding
    from samescale.guard._said import Said
    from samescale.guard.base import Rule
    from samescale.guard.policies import Policies
    from samescale.ir.nodes import Graph
    from samescale.ir.types import Array
    from samescale.profile import Profile
    from samescale.schema import Schema

logger = logging.getLogger("samescale.guard")

_FIXED: Final = "the rows belong to the caller, who predicts on them"


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """What the guard let pass.

    Attributes:
        columns: What the model is to be asked: the columns as they arrived, or as repaired.
        findings: What was found, gravest first.
    """

    columns: Mapping[str, Array]
    findings: tuple[Finding, ...]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """Compares batches with the training; changes no statistic of it.

    Attributes:
        schema: The input contract.
        rules: The rules whose policy isn't `off`.
        settled: The policies.
        diagnosis: What weighs evidence for mistakes; `None` without a learned distribution.
    """

    schema: Schema
    rules: tuple[Rule, ...]
    settled: Settled
    diagnosis: Diagnosis | None

    @classmethod
    def of(
        cls,
        schema: Schema,
        profile: Profile,
        graph: Graph,
        *,
        rules: Iterable[type[Rule]],
        policies: Policies = None,
    ) -> Self:
        """The guard of a training.

        Raises:
            SpecError: For a rule, a mistake, a column or a policy that there isn't.
        """
        rules, training = tuple(rules), Training(schema, profile, graph)
        settled = Settled.of(policies, rules, schema.names)
        asked = tuple(rule.of(training) for rule in rules if settled.strictest(rule.name) != "off")
        return cls(schema, asked, settled, Diagnosis.of(profile, settled))

    @property
    def policies(self) -> Mapping[str, Any]:
        """The policy of every rule, and of what else was chosen, by name."""
        return self.settled.to_json()

    def bounds(self) -> dict[str, tuple[float, float]] | None:
        """Between which values no rule has anything to say about a single row, by column.

        `None` if a rule must be asked about every row, or a mistake is to be repaired. What
        evidence says of such rows otherwise is left to the stream.
        """
        if self.diagnosis is not None and self.settled.repairs():
            return None
        found: dict[str, tuple[float, float]] = {}
        for rule in self.rules:
            own = rule.bounds()
            if own is None:
                return None
            for name, (low, high) in own.items():
                lowest, highest = found.get(name, (low, high))
                found[name] = (max(low, lowest), min(high, highest))
        return found

    def check(self, columns: Mapping[str, Array], rows: int) -> tuple[Finding, ...]:
        """What is found in admitted columns, whatever the policy `raise` says; gravest first."""
        said = self._weighed(columns, rows, ALPHA)
        return _told(said, self._folded(self._asked(columns, rows)))

    def admit(self, columns: Mapping[str, Array], rows: int) -> tuple[Finding, ...]:
        """What is found, if the policies let it pass: see `let`. What is to be repaired is refused.

        Raises:
            GuardError: As `let`.
        """
        return self.let(columns, rows, repairs=False).findings

    def let(
        self,
        columns: Mapping[str, Array],
        rows: int,
        told: Sequence[Said] = (),
        *,
        repairs: bool = True,
        sparing: bool = False,
    ) -> Passed:
        """The columns that the model is to be asked, if the policies let them pass.

        Args:
            columns: Admitted columns. They aren't changed; what is repaired is new.
            rows: How many rows there are. A single one is judged more carefully (`ROW_ALPHA`),
                unless those before it are suspected already.
            told: What the stream of single rows says at the moment.
            repairs: Whether whoever asks takes the columns that are given back.
            sparing: Whether this is one of many requests, of which suspicious ones may cost their
                share of time only, where nothing is to be refused or repaired.

        Raises:
            GuardError: If something was found whose policy is `raise`, of at least the weight
                from which on a rule raises, or that was to be repaired and can't be.
        """
        alpha = ROW_ALPHA if rows == 1 and not told else ALPHA
        said = self._weighed(columns, rows, alpha, sparing=sparing)
        if told:
            said = [*said, *(one for one in told if not any(mine.covers(one) for mine in said))]
        if not repairs:
            said = [dc.replace(one, fixed=one.fixed or _FIXED) for one in said]
        said, stops, columns = self._acted(said, columns) if said else (said, [], columns)
        found = self._asked(columns, rows)
        stops += self._stops(found) if found else ()
        if stops:
            raise refusal(stops)
        return Passed(columns, _told(said, self._folded(found)))

    def _weighed(
        self, columns: Mapping[str, Array], rows: int, alpha: float, *, sparing: bool = False
    ) -> list[Said]:
        if self.diagnosis is None:
            return []
        return self.diagnosis.weigh(columns, rows, alpha=alpha, sparing=sparing)

    def _acted(
        self, said: list[Said], columns: Mapping[str, Array]
    ) -> tuple[list[Said], list[Finding], Mapping[str, Array]]:
        """What is left to be said, what stops the rows, and the columns after repairs."""
        left, stops = [], []
        for one in said:
            if one.stops is not None:
                stops.append(one.stops)
            elif one.policy != "repair":
                left.append(one)
            elif (right := repaired(columns, one.weighed.undo, self.schema)) is None:
                stops.append(one.irreparable("there is no exact way back"))
            else:
                columns = right
                left.append(_put_right(one))
        return left, stops, columns

    def _asked(self, columns: Mapping[str, Array], rows: int) -> list[Finding]:
        """What the rules find, weighed as the policies of their columns say."""
        found = [finding for rule in self.rules for finding in rule.check(columns, rows)]
        return self._by_policy(found) if found else found

    def _by_policy(self, found: list[Finding]) -> list[Finding]:
        rules = {rule.code: rule for rule in self.rules}
        kept = []
        for one in found:
            policy = self.settled.policy(rules[one.code].name, one.column)
            if policy != "off":
                kept.append(dc.replace(one, severity="info") if policy == "observe" else one)
        return kept

    def _folded(self, found: list[Finding]) -> list[Finding]:
        """Findings without those that another rule's finding is the cause of, in as many rows."""
        rules = {rule.code: rule for rule in self.rules}
        covered = {
            (one.column, code): one.share or 0.0
            for one in found
            if one.severity != "info"
            for code in rules[one.code].explains
        }
        return [one for one in found if covered.get((one.column, one.code), -1) < (one.share or 0)]

    def _stops(self, found: list[Finding]) -> list[Finding]:
        rules = {rule.code: rule for rule in self.rules}
        return [
            one
            for one in found
            if _gravity(one) <= WEIGHTS.index(rules[one.code].raises_from)
            and self.settled.policy(rules[one.code].name, one.column) == "raise"
        ]


def _told(said: Sequence[Said], found: list[Finding]) -> tuple[Finding, ...]:
    """One cause for what has one: what a named mistake explains is folded into it."""
    if not said and len(found) < 2:  # noqa: PLR2004 - nothing to order
        return tuple(found)
    left = [one for one in found if not any(each.explains(one) for each in said)]
    return tuple(sorted((*(each.finding for each in said), *left), key=_gravity))


def _put_right(one: Said) -> Said:
    """What is said of a repair, here and in the log."""
    finding = dc.replace(
        one.finding,
        message=f"{one.finding.message} It was taken back in this request.",
        severity="warning",
    )
    logger.warning("Repaired: %s", finding, extra={"finding": finding.to_json()})
    # What is out of the ordinary after the repair has another cause.
    return dc.replace(one, finding=finding, names=())


def _gravity(finding: Finding) -> int:
    return WEIGHTS.index(finding.severity)
