"""What a target is: a class or a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.draft.decision import Decision
from samescale.errors import SpecError
from samescale.transforms.integer_lookup import IntegerLookup
from samescale.transforms.normalization import Normalization
from samescale.transforms.string_lookup import StringLookup

if TYPE_CHECKING:
    from samescale.draft.decision import Kind
    from samescale.draft.sample import Sampled

_FEW = 20
_REPEATS = 10


def decide(sampled: Sampled) -> Decision:
    """The decision for the target.

    Text and booleans are classes; so are at most 20 different integers that each stand, on
    average, ten times. Everything else is a number.

    Raises:
        SpecError: If it has fewer than two values.
    """
    name, kind, distinct = sampled.column.name, sampled.column.kind, sampled.distinct
    if distinct < 2:  # noqa: PLR2004 - one value is nothing to learn
        raise SpecError(
            f"The target '{name}' has {distinct} different values; there is nothing to learn.",
            remedy="Choose another column, or give rows with other values.",
            column=name,
        )
    if kind == "string":
        why = f"Target: classification, {distinct} different texts"
        return Decision(name, "category", (StringLookup(),), _gaps(why, sampled))
    if kind == "boolean":
        why = "Target: classification, true or false"
        return Decision(name, "boolean", (IntegerLookup(),), _gaps(why, sampled))
    if kind == "integer" and distinct <= _FEW and len(sampled.values) >= _REPEATS * distinct:
        why = f"Target: classification, only {distinct} different integers"
        return Decision(name, "integer code", (IntegerLookup(),), _gaps(why, sampled))
    what = "dates" if kind == "datetime" else "numbers"
    why = f"Target: regression, {distinct} different {what}"
    family: Kind = "date" if kind == "datetime" else "numeric"
    return Decision(name, family, (Normalization(),), _gaps(why, sampled))


def _gaps(why: str, sampled: Sampled) -> str:
    if not sampled.missing:
        return why
    return f"{why}; {sampled.missing} of {sampled.rows} rows miss it and can't be trained on"
