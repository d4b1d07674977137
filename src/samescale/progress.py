"""Progress, handed in by who wants to see it."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import final


class Progress(ABC):
    """Who is told how far a piece of work has come."""

    @abstractmethod
    def start(self, what: str, total: int | None) -> None:
        """Work begins: `what` it is in a few words, and its `total` in steps if that is known."""

    @abstractmethod
    def step(self, done: int) -> None:
        """`done` more steps (rows, epochs) are behind."""

    @abstractmethod
    def stop(self) -> None:
        """The work begun last has ended."""


@final
class NoProgress(Progress):
    """Says nothing."""

    def start(self, what: str, total: int | None) -> None:
        """Say nothing."""

    def step(self, done: int) -> None:
        """Say nothing."""

    def stop(self) -> None:
        """Say nothing."""


def default() -> Progress:
    """A bar where a person is watching standard error, nothing elsewhere."""
    if not sys.stderr.isatty():
        return NoProgress()
    from samescale.terminal import Bar

    return Bar()
