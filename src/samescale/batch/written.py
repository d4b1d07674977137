"""What a batch job did, and what was noted on the way."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, TypeAlias, final

from samescale.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from samescale.schema import Schema
    from samescale.sources.base import Source

_NAMED: Final = 8
_Key: TypeAlias = tuple[str, str | None, tuple[str, ...]]


@final
@dc.dataclass(frozen=True, slots=True)
class Written:
    """What a batch job did.

    Attributes:
        path: The file that was written.
        rows: How many rows it has.
        findings: What was noted, once a column and mistake, of the first chunk concerned, or of
            the first one where it weighs a `warning`: `row` is an index in the source, `share`
            that of all rows. A mistake that evidence was weighed for says in how many chunks it is.
            Columns that aren't in the contract are in one note, SG102.
    """

    path: Path
    rows: int
    findings: tuple[Finding, ...]


def unused(schema: Schema, table: Source) -> tuple[Finding, ...]:
    """SG102 as a note: the columns of a source that the contract doesn't have, all in one."""
    there = dict.fromkeys([*(column.name for column in table.columns), *table.refused])
    beside = [repr(name) for name in there if name not in schema.names]
    if not beside:
        return ()
    more = f" and {len(beside) - _NAMED} more" if len(beside) > _NAMED else ""
    listed = ", ".join(beside[:_NAMED])
    return (Finding("SG102", f"Not in the contract, and not used: {listed}{more}.", "", "info"),)


def joined(noted: Iterable[tuple[int, tuple[Finding, ...]]], rows: int) -> tuple[Finding, ...]:
    """The findings of all chunks, once a column and mistake.

    Args:
        noted: For each chunk its rows, and its findings.
        rows: The rows of all of them.

    Returns:
        Each with the share of all rows. A mistake that evidence was weighed for is told as the
        chunk tells it that has most, and counts the chunks; its share is that of their rows.
    """
    first: dict[_Key, Finding] = {}
    concerned: dict[_Key, float] = {}
    chunks: dict[_Key, int] = {}
    for count, findings in noted:
        for finding in findings:
            key = finding.code, finding.column, finding.columns
            first[key] = _graver(first.get(key, finding), finding)
            chunks[key] = chunks.get(key, 0) + (finding.chunks or 1)
            concerned[key] = concerned.get(key, 0.0) + _share(finding) * count
    return tuple(
        finding
        if finding.share is None and finding.evidence is None
        else dc.replace(
            finding,
            share=concerned[key] / rows if rows else finding.share,
            chunks=chunks[key] if finding.evidence is not None else None,
        )
        for key, finding in first.items()
    )


def summed_up(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Joined findings of a whole table, those of several chunks saying in how many."""
    return tuple(
        dc.replace(one, message=f"{one.message} {_in_chunks(one.chunks, one.share)}")
        if one.chunks
        else one
        for one in findings
    )


def _in_chunks(chunks: int, share: float | None) -> str:
    """Where in a table a mistake is.

    >>> _in_chunks(1, 0.25), _in_chunks(3, 1.0)
    ('(In 1 chunk, 25% of the rows.)', '(In 3 chunks, 100% of the rows.)')
    """
    return f"(In {chunks} chunk{'s' * (chunks != 1)}, {share or 0:.0%} of the rows.)"


def _share(finding: Finding) -> float:
    """The share of a chunk's rows: all of them, where evidence was weighed for the chunk."""
    if finding.share is not None:
        return finding.share
    return 1.0 if finding.evidence is not None else 0.0


def _graver(known: Finding, other: Finding) -> Finding:
    if known.severity == "info" and other.severity != "info":
        return other
    if known.evidence is None or other.evidence is None:
        return known
    more = other.evidence > known.evidence and known.severity == other.severity
    return other if more else known
