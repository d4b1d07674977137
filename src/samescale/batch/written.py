"""What a batch job did, and what was noted on the way."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

from samescale.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from samescale.schema import Schema
    from samescale.sources.base import Source

_NAMED: Final = 8


@final
@dc.dataclass(frozen=True, slots=True)
class Written:
    """What a batch job did.

    Attributes:
        path: The file that was written.
        rows: How many rows it has.
        findings: What was noted, once a column and mistake, of the first chunk concerned, or of
            the first one where it weighs a `warning`: `row` is an index in the source, `share`
            that of all rows. Columns that aren't in the contract are in one note, SG102.
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
    """
    first: dict[tuple[str, str | None], Finding] = {}
    concerned: dict[tuple[str, str | None], float] = {}
    for count, findings in noted:
        for finding in findings:
            key = finding.code, finding.column
            worse = finding.severity != "info" and first.get(key, finding).severity == "info"
            first[key] = finding if worse else first.get(key, finding)
            concerned[key] = concerned.get(key, 0.0) + (finding.share or 0.0) * count
    return tuple(
        finding if finding.share is None else dc.replace(finding, share=concerned[key] / rows)
        for key, finding in first.items()
    )
