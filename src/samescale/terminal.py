"""Progress for people: a bar on standard error."""

from __future__ import annotations

from typing import final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from samescale.progress import Progress


@final
class Bar(Progress):
    """One bar a piece of work, on standard error, left standing when the work has ended."""

    def __init__(self, *, force: bool = False) -> None:
        self._rich = RichProgress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True, force_terminal=force or None),
        )
        self._tasks: list[TaskID] = []

    def start(self, what: str, total: int | None) -> None:
        """Begin a bar."""
        self._rich.start()
        self._tasks.append(self._rich.add_task(what, total=total))

    def step(self, done: int) -> None:
        """Move the newest bar."""
        self._rich.advance(self._tasks[-1], done)

    def stop(self) -> None:
        """Fill the newest bar and leave it standing."""
        task = self._tasks.pop()
        completed = self._rich.tasks[self._rich.task_ids.index(task)].completed
        self._rich.update(task, total=completed)
        if not self._tasks:
            self._rich.stop()
            # What stands is printed; kept, it would be drawn again with the next bar.
            for done in self._rich.task_ids:
                self._rich.remove_task(done)
