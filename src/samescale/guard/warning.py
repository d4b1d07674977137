"""Findings as Python warnings, at the user's own line."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.findings import Finding


@final
class GuardWarning(UserWarning):
    """A finding of the guard whose policy is `warn`. `finding` holds it as data."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def warn(findings: Iterable[Finding]) -> None:
    """Warn of each finding that weighs more than `info`.

    A value just outside the extent of training is an `info`, and one row in a few hundred has
    one: it stands among the findings of an answer and isn't shouted.
    """
    for finding in findings:
        if finding.severity != "info":
            warnings.warn(GuardWarning(finding), stacklevel=_level())


def _level() -> int:
    """How many frames up the first one is that isn't of this package."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 - inspect would read source files
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("samescale"):
        level, frame = level + 1, frame.f_back
    return level
