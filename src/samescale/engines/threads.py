"""Threads: the fold on the cores of this machine."""

from __future__ import annotations

import dataclasses as dc
import os
from typing import TYPE_CHECKING, Self, final

from samescale.engines._cut import width
from samescale.engines._gather import gathered
from samescale.engines._lane import behind
from samescale.engines._shares import together
from samescale.engines.base import Engine, Fold
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samescale.progress import Progress
    from samescale.sources.base import Chunk, Source

# Shares for each thread, at least and at most: none is to wait long for the last one.
_FEWEST, _MOST = 2, 16
# Less than this isn't worth a thread of its own.
_BYTES = 4 << 20
# What is folded at once, at most.
_CHUNK = 32 << 20
_ROWS = 1 << 19
_WAITING = 1 << 17


@final
@dc.dataclass(frozen=True, slots=True)
class Threads(Engine):
    """Each thread reads and folds shares of the table; memory is bounded by a chunk for each.

    A table that can't be cut is read by one thread more, and a short queue bounds the memory.

    Args:
        threads: How many fold; by default as many as there are cores, the one that reads included.
    """

    threads: int | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and not (type(self.threads) is int and self.threads >= 1):
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
        names = fold.columns
        bytes_ = max(1, width(source, names))
        rows = max(1, min(_ROWS, _CHUNK // bytes_))
        count = self._worth((source.rows or 0) * bytes_)
        shares = _shares(source, names, count, rows)
        if shares and count == 1:
            return _alone(fold, source.chunks(names, rows=rows, arrow=True), progress)
        if len(shares) > 1:
            return together(fold, shares, count, rows, progress)
        # Several of these wait at once.
        chunks = gathered(source.chunks(names, rows=min(rows, _WAITING), arrow=True))
        return behind(fold, chunks, self.threads or max(1, _cores() - 1), progress)

    def _worth(self, bytes_: int) -> int:
        return min(self.threads or _cores(), max(1, bytes_ // _BYTES))


def _cores() -> int:
    return os.cpu_count() or 1


def _shares(source: Source, names: Sequence[str], count: int, rows: int) -> tuple[Source, ...]:
    """Shares for as many threads, none where one isn't known to be of how many rows."""
    if source.rows is None:
        return ()
    wanted = min(_MOST * count, max(_FEWEST * count, source.rows // rows))
    shares = source.shares(1 if count == 1 else wanted, names)
    return () if any(share.rows is None for share in shares) else shares


def _alone(fold: Fold, chunks: Iterable[Chunk], progress: Progress) -> Fold:
    for chunk in gathered(chunks):
        fold = fold.update(chunk)
        progress.step(chunk.rows)
    return fold


ENGINE = Threads
