"""The guard: all rules, each under its policy."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

from samescale.errors import GuardError
from samescale.guard.base import Training
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

    def check(self, columns: Mapping[str, Array], rows: int) -> tuple[Finding, ...]:
        """What the rules find in admitted columns, the policy `raise` included."""
        return tuple(finding for rule in self.rules for finding in rule.check(columns, rows))

    def admit(self, columns: Mapping[str, Array], rows: int) -> tuple[Finding, ...]:
        """What the rules find, if the policies let it pass.

        Raises:
            GuardError: If a rule whose policy is `raise` found something, be it an `info`.
        """
        findings = self.check(columns, rows)
        if findings and (stops := self._stops(findings)):
            more = f" (and {len(stops) - 1} more)" if len(stops) > 1 else ""
            raise GuardError(f"{stops[0]}{more}", findings=stops)
        return findings

    def _stops(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        codes = {rule.code for rule in self.rules if self.policies[rule.name] == "raise"}
        return tuple(finding for finding in findings if finding.code in codes)
