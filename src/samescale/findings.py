"""What `guard`, `audit` and `lint` report: one shape for all three."""

from __future__ import annotations

import dataclasses as dc
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dc.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, under the code of its mistake in the catalogue.

    Attributes:
        code: The mistake's code (`SG…` traffic, `SA…` artifacts, `SS…` code).
        message: What was found, naming the column, the row and the value.
        remedy: What to change, as one sentence.
        severity: `error` stops, `warning` tells, `info` notes.
        column: The column concerned, if it is one.
        row: The first row concerned (0-based, in what was given), if it is one.
        value: The value as text, if it is one.
        share: The share of rows concerned, 0…1, if it is a share.
    """

    code: str
    message: str
    remedy: str
    severity: Severity = "error"
    column: str | None = None
    row: int | None = None
    value: str | None = None
    share: float | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.message} {self.remedy}".rstrip()

    def to_json(self) -> dict[str, object]:
        """The finding as JSON, empty fields left out."""
        return {key: value for key, value in dc.asdict(self).items() if value is not None}
