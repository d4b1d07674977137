"""Shares of a table that threads read and fold, each the next one that nobody has taken."""

from __future__ import annotations

import dataclasses as dc
import queue
import threading
from itertools import accumulate
from typing import TYPE_CHECKING, final

from samescale.engines._gather import gathered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.engines.base import Fold
    from samescale.progress import Progress
    from samescale.sources.base import Chunk, Source


def together(
    fold: Fold, shares: Sequence[Source], count: int, rows: int, progress: Progress
) -> Fold:
    """The fold over a table in shares.

    Args:
        fold: The fold, nothing added yet.
        shares: The shares, in the table's order; each knows how many rows it has.
        count: How many threads read and fold them.
        rows: How many rows are folded at once.
        progress: Who is told of rows.

    Raises:
        BaseException: What was met first, in the order of the shares.
    """
    claims = _Claims(shares)
    workers = [_Worker(fold, claims, rows) for _ in range(count)]
    for worker in workers:
        worker.start()
    try:
        for folded in claims.told(count):
            progress.step(folded)
    except BaseException:
        claims.end(-1)
        raise
    finally:
        for worker in workers:
            worker.join()
    failed = [one for worker in workers for one in worker.failed]
    if failed:
        raise min(failed, key=lambda one: one[0])[1]
    total, *others = [one for worker in workers for one in worker.folded]
    for other in others:
        total = total.merge(other)
    return total


@final
class _Claims:
    """The shares that are left."""

    def __init__(self, shares: Sequence[Source]) -> None:
        starts = accumulate((share.rows or 0 for share in shares), initial=0)
        self._left = enumerate(zip(starts, shares, strict=False))
        self._lock = threading.Lock()
        self._ends = [len(shares)]
        self._folded: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def next(self) -> tuple[int, int, Source] | None:
        """The number, the first row and the share of the next claim."""
        with self._lock:
            for place, (start, share) in self._left:
                return (place, start, share) if self.stands(place) else None
            return None

    def stands(self, place: int) -> bool:
        """Whether a claim is still to be folded."""
        return place <= min(self._ends)

    def end(self, place: int) -> None:
        """Let nothing behind a share be folded any more; what is before it may fail before it."""
        self._ends.append(place)

    def tell(self, rows: int | None) -> None:
        """Say that rows were folded, or that a worker has ended."""
        self._folded.put(rows)

    def told(self, workers: int) -> Iterator[int]:
        """What workers tell, until all of them have ended."""
        while workers:
            rows = self._folded.get()
            if rows is None:
                workers -= 1
            else:
                yield rows


@final
class _Worker(threading.Thread):
    def __init__(self, fold: Fold, claims: _Claims, rows: int) -> None:
        super().__init__(daemon=True)
        self.folded: list[Fold] = []
        self.failed: list[tuple[int, BaseException]] = []
        self._fold = fold
        self._claims = claims
        self._rows = rows

    def run(self) -> None:
        fold, place = self._fold, 0
        try:
            while (claim := self._claims.next()) is not None:
                place, start, share = claim
                for chunk in self._chunks(place, share):
                    fold = fold.update(dc.replace(chunk, start=start + chunk.start))
                    self._claims.tell(chunk.rows)
            self.folded.append(fold)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            self.failed.append((place, error))
            self._claims.end(place)
        finally:
            self._claims.tell(None)

    def _chunks(self, place: int, share: Source) -> Iterator[Chunk]:
        for chunk in gathered(share.chunks(self._fold.columns, rows=self._rows, arrow=True)):
            if not self._claims.stands(place):
                return
            yield chunk
