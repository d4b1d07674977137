"""The guard: all rules, each under its policy."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

from samescale.errors import GuardError
from samescale.guard.base import WEIGHTS, Training
from samescale.guard.policies import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.findings import Finding
    from samescale.guard.base import Policy, Rule
    from samescale.guard.policies import Policies
    from samescale.ir.nodes import Graph
    from samescale.ir.types import Array
    from samescale.profile import Profile
    from samescale.schema import Schema


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """Compares batches with the training; changes neither.

    Attributes:
        rules: The rules whose policy isn't `off`.
        policies: The policy of every rule, by its name.
    """

    rules: tuple[Rule, ...]
    policies: Mapping[str, Policy]

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
            SpecError: For a rule or a policy that there isn't.
        """
        rules, training = tuple(rules), Training(schema, profile, graph)
        resolved = resolve(policies, rules)
        asked = tuple(rule.of(training) for rule in rules if resolved[rule.name] != "off")
        return cls(asked, resolved)

    def bounds(self) -> dict[str, tuple[float, float]] | None:
        """Between which values no rule has anything to say about a single row, by column.

        `None` if a rule must be asked about every row.
        """
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
        """What the rules find in admitted columns, the policy `raise` included; gravest first."""
        found = [finding for rule in self.rules for finding in rule.check(columns, rows)]
        return tuple(sorted(found, key=_gravity) if len(found) > 1 else found)

    def admit(self, columns: Mapping[str, Array], rows: int) -> tuple[Finding, ...]:
        """What the rules find, if the policies let it pass.

        Raises:
            GuardError: If a rule whose policy is `raise` found something of at least the weight
                from which on it raises.
        """
        findings = self.check(columns, rows)
        if findings and (stops := self._stops(findings)):
            more = f" (and {len(stops) - 1} more)" if len(stops) > 1 else ""
            raise GuardError(f"{stops[0]}{more}", findings=stops)
        return findings

    def _stops(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        raising = {r.code: r for r in self.rules if self.policies[r.name] == "raise"}
        return tuple(
            one
            for one in findings
            if one.code in raising and _gravity(one) <= WEIGHTS.index(raising[one.code].raises_from)
        )


def _gravity(finding: Finding) -> int:
    return WEIGHTS.index(finding.severity)
