"""A table that one thread reads, while others fold what it has read."""

from __future__ import annotations

import dataclasses as dc
import queue
import threading
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.engines.base import Fold
    from samescale.progress import Progress
    from samescale.sources.base import Chunk


def behind(fold: Fold, chunks: Iterable[Chunk], count: int, progress: Progress) -> Fold:
    """The fold over chunks that this thread reads; a short queue bounds the memory.

    Args:
        fold: The fold, nothing added yet.
        chunks: The chunks.
        count: How many threads fold.
        progress: Who is told of rows.
    """
    lane = _Lane(queue.Queue(maxsize=count + 1), threading.Event())
    workers = [_Worker(fold, lane) for _ in range(count)]
    started: list[_Worker] = []
    try:
        for worker in workers:
            worker.start()
            started.append(worker)
        for chunk in chunks:
            if not lane.put(chunk):
                break
            progress.step(chunk.rows)
        lane.close(count)
        for worker in workers:
            worker.join()
    except BaseException:
        lane.failed.set()
        for worker in started:
            worker.join()
        raise
    total, *others = [worker.result() for worker in workers]
    for other in others:
        total = total.merge(other)
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
