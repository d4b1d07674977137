"""Telling a progress of work that may end early, or with an error."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.models.base import Progress as Epochs
    from samescale.progress import Progress


@contextlib.contextmanager
def work(progress: Progress, what: str, total: int | None) -> Iterator[None]:
    """A piece of work: it ends with the block, however that ends."""
    progress.start(what, total)
    try:
        yield
    finally:
        progress.stop()


@contextlib.contextmanager
def training(progress: Progress, steps: list[int]) -> Iterator[Epochs]:
    """What a model kind tells of its training, as steps of a bar; it may end before its last.

    Args:
        progress: Who is told.
        steps: Takes how many steps there were to be.
    """
    behind: list[int] = []

    def told(done: int, total: int, scores: Mapping[str, float]) -> None:
        del scores
        if not behind:
            steps.append(total)
            progress.start("train", total)
        progress.step(done - sum(behind))
        behind.append(done - sum(behind))

    try:
        yield told
    finally:
        if behind:
            progress.stop()
