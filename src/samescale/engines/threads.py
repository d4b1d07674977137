"""Threads: the fold on the cores of this machine."""

from __future__ import annotations

import dataclasses as dc
import os
import queue
import threading
from typing import TYPE_CHECKING, Self, final

from samescale.engines._gather import gathered
from samescale.engines.base import Engine, Fold
from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.progress import Progress
    from samescale.sources.base import Chunk, Source


@final
@dc.dataclass(frozen=True, slots=True)
class Threads(Engine):
    """One thread reads, the others fold what it has read; memory is bounded by a short queue.

    Args:
        threads: How many fold; one less than there are cores if `None`, for one reads.
    """

    threads: int | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and not (isinstance(self.threads, int) and self.threads >= 1):
            raise SpecError(
                f"threads={self.threads!r} is no number of threads.",
                remedy="Give 1 or more, or leave it out.",
                value=self.threads,
            )

    @classmethod
    def at(cls, text: str) -> Self:
        """The engine of `threads` or of `threads://4`.

        Raises:
            SpecError: If what stands behind `://` is no number of threads.
        """
        count = text.partition("://")[2]
        return cls(int(count) if count.isdecimal() else count or None)  # type: ignore[arg-type]  # which it refuses

    def run(self, fold: Fold, source: Source, progress: Progress) -> Fold:
        """The fold over every row of the source."""
        count = self.threads or max(1, (os.cpu_count() or 1) - 1)
        lane = _Lane(queue.Queue(maxsize=count + 1), threading.Event())
        workers = [_Worker(fold, lane) for _ in range(count)]
        for worker in workers:
            worker.start()
        try:
            for chunk in gathered(source.chunks(fold.columns)):
                if not lane.put(chunk):
                    break
                progress.step(chunk.rows)
        except BaseException:
            lane.failed.set()
            raise
        finally:
            lane.close(count)
            for worker in workers:
                worker.join()
        return _merged([worker.result() for worker in workers])


def _merged(folds: list[Fold]) -> Fold:
    total = folds[0]
    for fold in folds[1:]:
        total = total.merge(fold)
    return total


@dc.dataclass(frozen=True, slots=True)
class _Lane:
    """The way from the reader to the workers, closed at once when one of them fails."""

    chunks: queue.Queue[Chunk | None]
    failed: threading.Event

    def put(self, chunk: Chunk | None) -> bool:
        while not self.failed.is_set():
            try:
                self.chunks.put(chunk, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def close(self, count: int) -> None:
        for _ in range(count):
            self.put(None)

    def take(self) -> Chunk | None:
        while not self.failed.is_set():
            try:
                return self.chunks.get(timeout=0.1)
            except queue.Empty:
                continue
        return None


@final
class _Worker(threading.Thread):
    def __init__(self, fold: Fold, lane: _Lane) -> None:
        super().__init__(daemon=True)
        self._fold = fold
        self._lane = lane
        self._outcome: list[Fold | BaseException] = []

    def run(self) -> None:
        fold = self._fold
        try:
            while (chunk := self._lane.take()) is not None:
                fold = fold.update(chunk)
            self._outcome.append(fold)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            self._lane.failed.set()
            self._outcome.append(error)

    def result(self) -> Fold:
        outcome = self._outcome[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


ENGINE = Threads
