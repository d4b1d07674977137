"""What `guard`, `audit` and `lint` report: one shape for all three."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        columns: The columns concerned, where one cause explains several.
        evidence: log10 of the e-value, where evidence was weighed: 3 is one false alarm in 1,000.
        alternatives: What else was weighed, the likeliest first: a mistake's name and its evidence.
        chunks: In how many chunks of a longer table it was found.
    """

    code: str
    message: str
    remedy: str
    severity: Severity = "error"
    column: str | None = None
    row: int | None = None
    value: str | None = None
    share: float | None = None
    columns: tuple[str, ...] = ()
    evidence: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()
    chunks: int | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.message} {self.remedy}".rstrip()

    def to_json(self) -> dict[str, object]:
        """The finding as JSON, empty fields left out.

        >>> Finding("SG307", "Off.", "Divide.", columns=("a",)).to_json()["columns"] == ["a"]
        True
        """
        fields = dc.asdict(self)
        fields |= {"columns": list(self.columns), "alternatives": [*map(list, self.alternatives)]}
        return {key: value for key, value in fields.items() if value is not None and value != []}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Finding:
        """The finding that `to_json` gave.

        Raises:
            TypeError: If it is none.

        >>> told = Finding("SG307", "Off.", "Divide.", alternatives=(("drift", 1.5),))
        >>> Finding.from_json(told.to_json()) == told
        True
        """
        lists = {"columns": tuple(fields.get("columns", ()))}
        pairs = tuple((str(name), float(size)) for name, size in fields.get("alternatives", ()))
        return cls(**{**fields, **lists, "alternatives": pairs})
