"""Parts to a cluster and answers back: what engines that hold futures have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from samescale.engines._outcome import Outcome, Told, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from samescale.engines.base import Fold
    from samescale.progress import Progress

# How many folds are merged by one task: a large vocabulary is then merged on the cluster, as a
# tree, and the driver sees one fold.
_FAN = 8


class Cluster(Protocol):
    """What a framework of futures is asked for. An answer stays there until it is got."""

    def fold(self, index: int, part: Any) -> tuple[Any, Any]:
        """Begin to fold a part: the answer, an `Outcome`, and what is `Told` of it."""

    def merge(self, answers: Sequence[Any]) -> Any:
        """Begin to merge answers."""

    def first(self, waiting: Sequence[Any]) -> Iterable[Any]:
        """Those of `waiting` that are there; waits for one."""

    def get(self, answer: Any) -> Any:
        """An answer, here."""


def drive(
    cluster: Cluster, fold: Fold, parts: Iterable[Any], most: int, progress: Progress
) -> Fold:
    """The fold over all parts.

    Args:
        cluster: Where they are folded.
        fold: The fold, nothing added yet.
        parts: The parts, in the table's order.
        most: How many of them may be on their way at once.
        progress: Who is told of rows.

    Raises:
        SamescaleError: What a worker met first in the table's order.
    """
    waiting: dict[Any, tuple[int, Any]] = {}
    told: dict[int, Told] = {}
    tree = _Tree(cluster.merge)

    def settle() -> None:
        for done in cluster.first(list(waiting)):
            index, answer = waiting.pop(done)
            told[index] = cluster.get(done)
            progress.step(told[index].rows)
            tree.add(answer)

    for index, part in enumerate(parts):
        answer, promise = cluster.fold(index, part)
        waiting[promise] = (index, answer)
        if len(waiting) >= most:
            settle()
        if _failed(told):
            break
    while waiting:
        settle()
    refuse(told)
    return _whole(fold, tree.root(cluster.get), told)


def _failed(told: dict[int, Told]) -> bool:
    return any(part.error is not None for part in told.values())


def _whole(fold: Fold, outcome: Outcome | None, told: dict[int, Told]) -> Fold:
    if outcome is None:
        return fold
    if outcome.told.keys() != told.keys():
        lost = sorted(told.keys() ^ outcome.told.keys())
        raise RuntimeError(f"Parts {lost[:5]} aren't in the answer of the cluster.")
    return outcome.fold


class _Tree:
    """Answers, merged by eights as they come."""

    def __init__(self, merge: Callable[[Sequence[Any]], Any]) -> None:
        self._merge = merge
        self._levels: list[list[Any]] = []

    def add(self, answer: Any, level: int = 0) -> None:
        if level == len(self._levels):
            self._levels.append([])
        self._levels[level].append(answer)
        if len(self._levels[level]) == _FAN:
            self.add(self._merge(self._levels[level]), level + 1)
            self._levels[level].clear()

    def root(self, get: Callable[[Any], Outcome]) -> Outcome | None:
        left = [answer for level in self._levels for answer in level]
        return get(self._merge(left)) if left else None
