"""Infer: a first spec for a table, with a reason for every column."""

from __future__ import annotations

import dataclasses as dc
import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from samescale import sources
from samescale.draft import kinds, targets
from samescale.draft import sample as sampling
from samescale.draft.decision import Decision as Decision
from samescale.errors import SpecError
from samescale.spec import Spec, Target

if TYPE_CHECKING:
    import os

    from samescale.sources.base import Source


@final
@dc.dataclass(frozen=True, slots=True)
class Draft:
    """A spec that was drafted, and why it is that one.

    Attributes:
        spec: The spec.
        decisions: One a column, in the table's order; the target's is the last.
    """

    spec: Spec
    decisions: tuple[Decision, ...]

    def __repr__(self) -> str:
        aim, kept = self.spec.target, len(self.spec.columns)
        left = len(self.decisions) - kept - (aim is not None)
        of = "" if aim is None else f", for {aim.name!r} ({aim.task})"
        return f"<Draft of {kept} column{'s' * (kept != 1)}{of}; {left} left out>"

    def text(self) -> str:
        """The decisions as a table, for people."""
        rows = [("column", "kind", "transforms", "why")]
        rows += [(d.column, d.kind, d.chain, d.why) for d in self.decisions]
        widths = [max(len(row[place]) for row in rows) for place in range(3)]
        lines = [
            "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]])
            for row in rows
        ]
        return "\n".join(line.rstrip() for line in lines)

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON, with a `why` for every column; `Spec.from_json` takes it."""
        return {**self.spec.to_json(), "why": {d.column: _why(d) for d in self.decisions}}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the spec to a JSON file, for a person to edit and `Spec.load` to read.

        The reasons stand in it under `why`, which `Spec.load` passes over; a column that is taken
        out of `columns` is no longer part of the spec.
        """
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False)
        Path(path).write_text(text + "\n", encoding="utf-8")


def _why(decision: Decision) -> str:
    left = "" if decision.transforms else "left out: "
    return f"{decision.kind}: {left}{decision.why}"


def infer(
    table: object,
    target: str | None = None,
    *,
    sample: int = 100_000,
    seed: int = 0,
    **options: Any,
) -> Draft:
    """Draft a spec for a table.

    Missing values and minima are counted over all rows, in one pass; everything else is judged by
    a sample. Free text, constants, identifiers and columns that can't be read are left out.

    - *numeric*: `Impute("median")` if a value is missing; `Log1p` if no value is below 0, the
      skewness is above 2 and `Log1p` at least halves it; `Normalization`.
    - *integer code*: integers that are names. Either the name says so (code, type, class, zip, …)
      and each stands five times on average, or there are at most 50, twenty rows for each, far
      apart (on average more than 3) and on no grid. `IntegerLookup` and one-hot.
    - *boolean*: as the number 0 or 1; `Impute("most_frequent")` if a value is missing.
    - *category*: other text; `StringLookup` of the 100 most frequent and one-hot.
    - *date*: seconds since 1970; as numeric, without `Log1p`.
    - *tensor*: entries with a shape; bytes are pixels and rescaled, numbers normalized.
    - *free text*: mostly different texts of more than 50 letters or at least 5 words.
    - *identifier*: texts of which 90 % are different; integers that are all different and count
      the rows, or whose name says id, key, index, ….
    - *constant*: one value or none.

    Args:
        table: Anything that `samescale.sources.open` reads.
        target: The column to predict; text, booleans and few integers are classes.
        sample: How many rows are judged.
        seed: What the choice of the sampled rows follows from.
        options: What the source takes.

    Raises:
        SourceError: If the table can't be read.
        DataError: If it has no row.
        SpecError: If the target isn't in it, or no column is left.

    >>> import samescale as ss
    >>> drafted = infer({"age": [41, 27, None], "city": ["Rome", "Oslo", "Rome"]})
    >>> print(drafted.text())
    column  kind      transforms                                                            why
    age     numeric   Impute(strategy='median') → Normalization()                           numbers; 1 of 3 missing
    city    category  StringLookup(max_tokens=3) → CategoryEncoding(output_mode='one_hot')  2 different texts
    """  # noqa: E501 - a table in a doctest can't be broken
    source = sources.open(table, **options)
    _check(source, target)
    decisions = _decisions(source, target, sample, seed)
    chains = {d.column: d.transforms for d in decisions if d.transforms and d.column != target}
    if not chains:
        raise SpecError(
            f"No column of {source.description} can be an input: "
            + "; ".join(f"'{d.column}' is {d.kind}, {d.why}" for d in decisions[:5])
            + ".",
            remedy="Give a table with numbers or categories, or write the spec yourself.",
        )
    aim = None if target is None else Target(target, *decisions[-1].transforms)
    return Draft(Spec(chains, aim), decisions)


def _check(source: Source, target: str | None) -> None:
    names = [column.name for column in source.columns]
    if target is not None and target in source.refused:
        raise source.refused[target]
    if target is not None and target not in names:
        near = difflib.get_close_matches(target, names, n=1)
        raise SpecError(
            f"The target '{target}' isn't in {source.description}.",
            remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(names[:20])}.",
            column=target,
        )


def _decisions(source: Source, target: str | None, size: int, seed: int) -> tuple[Decision, ...]:
    sampled = sampling.take(source, size, seed)
    made = [
        kinds.tensor(column) if column.shape else kinds.decide(sampled[column.name])
        for column in source.columns
        if column.name != target
    ]
    made += [
        Decision(name, "unreadable", (), error.message) for name, error in source.refused.items()
    ]
    if target is None:
        return tuple(made)
    if target not in sampled:
        raise SpecError(
            f"The target '{target}' has a shape; infer drafts targets of one value a row.",
            remedy="Write the target yourself: ss.Target(…).",
            column=target,
        )
    return (*made, targets.decide(sampled[target]))
