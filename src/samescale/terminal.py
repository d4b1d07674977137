"""Progress for people: a bar on standard error."""

from __future__ import annotations

import sys
from typing import Final, final

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.progress import Progress as RichProgress
from rich.text import Text

from samescale.progress import Progress

_LONGEST: Final = 24  # letters of what is being done
_BESIDE: Final = 68  # columns that everything but the bar may take


@final
class Bar(Progress):
    """One bar a piece of work, on standard error, left standing when the work has ended."""

    def __init__(self, *, force: bool = False) -> None:
        console = Console(stderr=True, force_terminal=force or None)
        self._rich = RichProgress(
            _Mark(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=max(4, min(30, console.width - _BESIDE))),
            MofNCompleteColumn(),
            _Times(),
            console=console,
        )
        self._tasks: list[tuple[TaskID, BaseException | None]] = []

    def start(self, what: str, total: int | None) -> None:
        """Begin a bar."""
        self._rich.start()
        short = what if len(what) <= _LONGEST else f"{what[: _LONGEST - 1]}…"
        self._tasks.append((self._rich.add_task(short, total=total), sys.exception()))

    def step(self, done: int) -> None:
        """Move the newest bar."""
        self._rich.advance(self._tasks[-1][0], done)

    def stop(self) -> None:
        """Leave the newest bar standing: ticked, or crossed where an error ends the work."""
        task, before = self._tasks.pop()
        # Whoever stops does so on the way out of the work, be it by an error that came since.
        whole = sys.exception() is before
        completed = self._rich.tasks[self._rich.task_ids.index(task)].completed
        if whole:
            self._rich.update(task, total=completed)
        self._rich.update(task, ended="✓" if whole else "✗")
        if not self._tasks:
            self._rich.stop()
            # What stands is printed; kept, it would be drawn again with the next bar.
            for done in self._rich.task_ids:
                self._rich.remove_task(done)


@final
class _Mark(SpinnerColumn):
    """A spinner, and how the work ended."""

    def render(self, task: Task) -> RenderableType:
        """The spinner, until it has ended."""
        ended: str = task.fields.get("ended", "")
        return Text(ended) if ended else super().render(task)


@final
class _Times(ProgressColumn):
    """How long it has taken, and how long it may take still."""

    def render(self, task: Task) -> Text:
        """`0:05`, and `0:10 left` while it goes on."""
        left = None if task.fields.get("ended") else task.time_remaining
        more = "" if left is None else f", {_clock(left)} left"
        return Text(f"{_clock(task.elapsed or 0.0)} elapsed{more}")


def _clock(seconds: float) -> str:
    """Minutes and seconds.

    >>> _clock(75.4)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
