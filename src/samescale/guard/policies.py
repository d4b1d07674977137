"""What happens on a finding: nothing, a warning, or a refusal."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeAlias, get_args

from samescale.errors import SpecError
from samescale.guard.base import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.guard.base import Rule

Policies: TypeAlias = "Mapping[str, Policy] | Policy | None"
"""One policy for all rules, or one a rule by its name or its code; `default` is for the others."""

_CHOICES: tuple[Policy, ...] = get_args(Policy)


def resolve(policies: Policies, rules: Iterable[type[Rule]]) -> dict[str, Policy]:
    """The policy of every rule, by the rule's name.

    Raises:
        SpecError: For a rule or a policy that there isn't.
    """
    rules = tuple(rules)
    given = {"default": policies} if isinstance(policies, str) else dict(policies or {})
    named = {_name(key, rules): _policy(key, policy) for key, policy in given.items()}
    default = named.get("default")
    return {rule.name: named.get(rule.name, default or rule.default_policy) for rule in rules}


def _policy(key: str, policy: object) -> Policy:
    for choice in _CHOICES:
        if policy == choice:
            return choice
    raise SpecError(
        f"'{policy}' is no policy for '{key}'.",
        remedy=f"The policies are: {', '.join(_CHOICES)}.",
        value=policy,
    )


def _name(key: str, rules: tuple[type[Rule], ...]) -> str:
    known = {"default": "default", **{rule.name: rule.name for rule in rules}}
    known |= {rule.code: rule.name for rule in rules}
    if (name := known.get(key) or known.get(key.replace("-", "_"))) is not None:
        return name
    near = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean '{near[0]}'?" if near else ""
    raise SpecError(
        f"There is no rule '{key}'.",
        remedy=f"{hint} The rules are: {', '.join(rule.name for rule in rules)}.".lstrip(),
        value=key,
    )
