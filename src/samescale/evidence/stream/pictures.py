"""A stream of images: one look at each, and evidence that adds up."""

from __future__ import annotations

import collections
import dataclasses as dc
import threading
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.evidence.images.hypotheses import hypotheses
from samescale.evidence.stream._bets import EXPONENTS, KEPT, start_weight
from samescale.evidence.stream._process import Plan
from samescale.evidence.stream._recent import SIZE
from samescale.evidence.stream._watch import Watch
from samescale.evidence.verdict import Verdict, Weighed

if TYPE_CHECKING:
    from samescale.evidence.images.pictures import Pictures
    from samescale.evidence.stream._conditions import Conditions
    from samescale.ir.types import Array

LOOKED: Final = 48
"""So many images of training were looked at one by one when they were learned, and a mistake that
any of them was taken for is never told: of these, none looks like a mistake that is told."""

MOST: Final = 8
"""Of more images in a request, an even subset is looked at."""


@final
class PictureStream:
    """Evidence that adds up over requests with images, as `Stream` has it for tables.

    The score of an image under a mistake is whether it is what `Pictures.diagnose` names of that
    image alone. Exact signatures, like a range, are named of any one image; how often clean images
    are taken for them is learned from traffic while it is clean, as ranks.

    Args:
        pictures: What is known of training.
        alpha: The bound on the chance of ever raising a false alarm.
        workers: How many streams share the traffic.

    Raises:
        DataError: If `alpha` isn't in (0, 1), or `workers` is below 1.
    """

    def __init__(self, pictures: Pictures, *, alpha: float = 1e-3, workers: int = 1) -> None:
        self._pictures = pictures
        self._names = tuple(sorted(one.mistake for one in hypotheses()))
        self._plan = _plan(len(self._names), min(LOOKED, pictures.learned.rows))
        self._lock = threading.Lock()
        self._watch = Watch.begun(self._plan, alpha, workers)
        self._last: dict[str, Weighed] = {}
        self._seen: collections.deque[int] = collections.deque(maxlen=SIZE)

    def reset(self) -> None:
        """Forgets all traffic."""
        with self._lock:
            self._watch.reset()
            self._last.clear()
            self._seen.clear()

    @property
    def alarmed(self) -> bool:
        """Whether something is wrong, by the last images seen."""
        return self._watch.alarmed

    @property
    def evidence(self) -> float:
        """log10 of the e-value that something is wrong; an alarm from −log10 α on."""
        return self._watch.evidence

    @property
    def conditions(self) -> Conditions:
        """What the bound rests on, and what one image can carry by now."""
        return self._watch.conditions

    def see(self, batch: Array, *, apart: bool = False) -> Verdict:
        """Takes a request in.

        Args:
            batch: Images as they arrived, (n, H, W, C).
            apart: Whether they are requests of their own.

        Raises:
            DataError: If they aren't images of training's shape.
        """
        images = np.asarray(batch)
        count = len(images)
        if count > MOST:
            images = images[np.linspace(0, count - 1, MOST).astype(np.intp)]
        told = [self._pictures.diagnose(images[index : index + 1]) for index in range(len(images))]
        with self._lock:
            levels, seen = self._levels(told), self._repeats(images)
            size = 1 if apart else max(1, len(levels))
            for first in range(0, len(levels), size):
                self._go_on(levels[first : first + size], seen[first : first + size])
            return self._verdict(count)

    def _levels(self, told: list[Verdict]) -> Array:
        levels = np.zeros((len(told), len(self._names)), np.uint8)
        for row, verdict in zip(levels, told, strict=True):
            if verdict.best is not None and verdict.named and verdict.best.mistake in self._names:
                row[self._names.index(verdict.best.mistake)] = 1
                self._last[verdict.best.mistake] = verdict.best
        return levels

    def _repeats(self, images: Array) -> Array:
        found = np.zeros(len(images), np.uint8)
        for index, image in enumerate(images):
            key = hash(np.ascontiguousarray(image).tobytes())
            found[index] = key in self._seen
            self._seen.append(key)
        return found

    def _go_on(self, levels: Array, seen: Array) -> None:
        watch = self._watch
        watch.process.go_together(
            self._plan, levels, start_weight(watch.rows), seen, learns=not watch.alarmed
        )
        watch.count(1)
        watch.judge(is_over=bool((watch.process.total >= watch.limits).any()))

    def _verdict(self, rows: int) -> Verdict:
        watch = self._watch
        if not watch.alarmed:
            return Verdict(rows)
        best = self._last[self._names[watch.foremost]]
        return Verdict(rows, dc.replace(best, evidence=watch.evidence))


def _plan(count: int, rows: int) -> Plan:
    """Even priors; each mistake bets on an image that is rarely taken for it."""
    heights = np.zeros((count, EXPONENTS))
    rare = np.full(count, 0.85)
    stake = np.zeros(EXPONENTS)
    stake[0] = KEPT
    stake[3:11] = (1 - KEPT - rare[0]) / 8
    heights[:] = np.cumsum(stake * 2.0 ** np.arange(EXPONENTS)) / rare[0]
    reached = np.zeros((count, 2))
    reached[:, 0] = rows
    return Plan(np.full(count, 1 / count), heights, rare, reached)
