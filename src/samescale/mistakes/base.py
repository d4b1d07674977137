"""What a mistake is: an entry of the catalogue."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from samescale.findings import Severity


@final
@dc.dataclass(frozen=True, slots=True)
class Mistake:
    """One way in which training and prediction come apart, under a name and a stable code.

    Attributes:
        code: `SG…` is seen in traffic, `SA…` in artifacts, `SS…` in code.
        name: In kebab case; the file is called the same with underscores.
        severity: What a finding of it usually weighs.
        cause: How it comes about.
        looks_like: What one sees of it, with and without samescale.
        fix: What to change.
        example_bad: Python that makes it.
        example_good: The same, put right.
        related: The codes of its counterparts: what makes it in code or in an artifact, what it
            becomes in traffic.
    """

    code: str
    name: str
    severity: Severity
    cause: str
    looks_like: str
    fix: str
    example_bad: str
    example_good: str
    related: tuple[str, ...] = ()

    def text(self) -> str:
        """The entry as plain text, for a terminal."""
        head = f"{self.code} {self.name} ({self.severity})"
        parts = {"Cause": self.cause, "Looks like": self.looks_like, "Fix": self.fix}
        body = "\n".join(f"{title}: {part}" for title, part in parts.items())
        related = f"\nRelated: {', '.join(self.related)}\n" if self.related else ""
        return (
            f"{head}\n\n{body}\n\nWrong:\n{_indented(self.example_bad)}\n"
            f"Right:\n{_indented(self.example_good)}{related}"
        )

    def markdown(self) -> str:
        """The entry as a section of the mistakes page."""
        return (
            f"## {self.code} {self.name}\n\n*{self.severity}*\n\n"
            f"**Cause.** {self.cause}\n\n**Looks like.** {self.looks_like}\n\n"
            f"**Fix.** {self.fix}\n\n"
            f"Wrong:\n\n```python\n{self.example_bad}```\n\n"
            f"Right:\n\n```python\n{self.example_good}```\n"
        )


def _indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.splitlines())
