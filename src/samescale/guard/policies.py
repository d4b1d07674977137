"""What happens on a finding: nothing, a note, a warning, a repair, or a refusal."""

from __future__ import annotations

import dataclasses as dc
import difflib
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, final, get_args

from samescale import mistakes
from samescale.errors import SpecError
from samescale.frozen import Frozen
from samescale.guard.base import Policy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from samescale.guard.base import Rule

Choice: TypeAlias = "Policy | Mapping[str, Policy]"
"""One policy, or one a column; `default` is for the other columns."""

Policies: TypeAlias = "Mapping[str, Choice] | Policy | None"
"""One policy for everything, or one a rule or mistake by its name or code; `default` is for the
others."""

OTHERS: Final = "default"
_CHOICES: Final[tuple[Policy, ...]] = get_args(Policy)  # the mildest first
_EVIDENCE: Final = "SG3"  # how the codes of mistakes begin that evidence is weighed for
_DRIFT: Final = "drift"


@final
@dc.dataclass(frozen=True, slots=True)
class Settled:
    """The policies of a guard.

    Attributes:
        chosen: Of every rule, and of the mistakes that were named, what was chosen.
        others: What was chosen for whatever isn't named.
    """

    chosen: Mapping[str, Choice]
    others: Policy | None

    @classmethod
    def of(
        cls,
        policies: Policies,
        rules: Iterable[type[Rule]],
        columns: Collection[str] | None = None,
    ) -> Self:
        """What was chosen, every name in it checked.

        Args:
            policies: As the user gave them.
            rules: All rules.
            columns: The columns that there are; any name of a column is taken if left out.

        Raises:
            SpecError: For a rule, a mistake, a column or a policy that there isn't, and for
                `repair` where no mistake is named to repair.
        """
        known = {rule.name: rule for rule in rules}
        given = {OTHERS: policies} if isinstance(policies, str) else dict(policies or {})
        named = {_name(key, known): _choice(key, one, columns) for key, one in given.items()}
        for name in (OTHERS, *known):
            _refuse_repair(name, named.get(name))
        others = named.pop(OTHERS, None)
        if others is not None and not isinstance(others, str):
            raise _no_policy(OTHERS, others)
        unnamed = {name: others or rule.default_policy for name, rule in known.items()}
        return cls(Frozen({**unnamed, **named}), others)

    def policy(self, name: str, column: str | None = None) -> Policy:
        """The policy of a rule or a mistake, by its name, for a column.

        Drift is no mistake: it is observed where nothing was chosen for it by name, and warned of
        where everything else is refused.
        """
        choice = self.chosen.get(name)
        if isinstance(choice, str):
            return choice
        own = (choice or {}).get(column or "", (choice or {}).get(OTHERS))
        if own is not None:
            return own
        if name == _DRIFT:
            return "warn" if self.others == "raise" else (self.others or "observe")
        return self.others or "warn"

    def over(self, name: str, columns: Collection[str]) -> Policy:
        """The policy of a mistake that concerns several columns: the strictest of theirs.

        It is only repaired if that was asked for in each of them.
        """
        asked = {self.policy(name, column) for column in columns} or {self.policy(name)}
        if "raise" in asked or asked == {"repair"}:
            return max(asked, key=_CHOICES.index)
        return "raise" if "repair" in asked else max(asked, key=_CHOICES.index)

    def strictest(self, name: str) -> Policy:
        """The strictest policy that a rule or a mistake has for any column."""
        choice = self.chosen.get(name)
        if choice is None or isinstance(choice, str):
            return self.policy(name)
        return max((*choice.values(), self.policy(name)), key=_CHOICES.index)

    def refuses(self) -> bool:
        """Whether rows may be refused or repaired for a mistake that evidence is weighed for."""
        weighed = (name for name in self.chosen if "-" in name or name == _DRIFT)
        asked = {self.others, *map(self.strictest, weighed)}
        return self.repairs() or "raise" in asked

    def repairs(self) -> bool:
        """Whether any mistake is to be taken back."""
        choices = self.chosen.values()
        return any("repair" in ([c] if isinstance(c, str) else c.values()) for c in choices)

    def weighs(self) -> bool:
        """Whether evidence is to be weighed at all."""
        weighed = (name for name in self.chosen if "-" in name or name == _DRIFT)
        return self.others != "off" or any(self.strictest(name) != "off" for name in weighed)

    def to_json(self) -> dict[str, Any]:
        """What was chosen, as JSON."""
        plain = {k: v if isinstance(v, str) else dict(v) for k, v in self.chosen.items()}
        return plain if self.others is None else {**plain, OTHERS: self.others}


def parsed(texts: Iterable[str]) -> dict[str, Choice]:
    """The policies that texts say, as a command line or an environment gives them.

    Args:
        texts: `NAME=POLICY` or `NAME:COLUMN=POLICY` each.

    Raises:
        SpecError: For a text of another form.

    >>> parsed(["drift=warn", "other-unit:age=repair", "other-unit=raise"])
    {'drift': 'warn', 'other-unit': {'age': 'repair', 'default': 'raise'}}
    """
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, equals, policy = text.strip().rpartition("=")
        name, _, column = name.partition(":")
        if not (equals and name and policy):
            raise SpecError(
                f"'{text}' is no policy.",
                remedy="Write NAME=POLICY, or NAME:COLUMN=POLICY for one column.",
                value=text,
            )
        found.setdefault(name, {})[column or OTHERS] = policy
    return {name: one[OTHERS] if {*one} == {OTHERS} else one for name, one in found.items()}


def _choice(key: str, choice: object, columns: Collection[str] | None) -> Choice:
    if not hasattr(choice, "items"):
        return _policy(key, choice)
    given = dict(choice.items())
    unknown = [] if columns is None else [name for name in given if name not in {*columns, OTHERS}]
    if unknown:
        near = difflib.get_close_matches(str(unknown[0]), columns or (), 1)
        raise SpecError(
            f"'{key}' has a policy for the column '{unknown[0]}', which isn't in the contract.",
            remedy=f"Did you mean '{near[0]}'?" if near else "Name a column of the contract.",
            column=unknown[0],
        )
    return Frozen({name: _policy(f"{key}:{name}", policy) for name, policy in given.items()})


def _policy(key: str, policy: object) -> Policy:
    for choice in _CHOICES:
        if policy == choice:
            return choice
    raise _no_policy(key, policy)


def _no_policy(key: str, policy: object) -> SpecError:
    remedy = f"The policies are: {', '.join(_CHOICES)}."
    return SpecError(f"'{policy}' is no policy for '{key}'.", remedy=remedy, value=policy)


def _refuse_repair(name: str, choice: Choice | None) -> None:
    given = [choice] if isinstance(choice, str | None) else [*choice.values()]
    if "repair" in given:
        raise SpecError(
            f"'repair' can't be the policy of '{name}': it names no mistake to take back.",
            remedy="Ask for it by the name of a mistake, such as 'other-unit'.",
            value=name,
        )


def _name(key: str, rules: Mapping[str, type[Rule]]) -> str:
    known = {OTHERS: OTHERS, **{name: name for name in rules}}
    known |= {rule.code: name for name, rule in rules.items()}
    if (name := known.get(key) or known.get(key.replace("-", "_"))) is not None:
        return name
    weighed = {one.name: one for one in mistakes.catalogue() if one.code.startswith(_EVIDENCE)}
    known |= {one.code: name for name, one in weighed.items()} | {name: name for name in weighed}
    if (name := known.get(key) or known.get(key.replace("_", "-"))) is not None:
        return name
    near = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean '{near[0]}'?" if near else ""
    told = ", ".join((*rules, *(name for name in weighed if name.replace("-", "_") not in rules)))
    raise SpecError(
        f"There is no rule '{key}'.", remedy=f"{hint} The rules are: {told}.".lstrip(), value=key
    )
