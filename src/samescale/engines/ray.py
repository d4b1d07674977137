"""Ray: the fold on the workers of a Ray cluster."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import ray

from samescale.engines._cut import cut
from samescale.engines._drive import drive
from samescale.engines._outcome import Outcome, Told, folded, merged, refuse
from samescale.engines._own import Own
from samescale.engines._reach import reach
from samescale.engines.base import Engine, Fold
from samescale.errors import SpecError
from samescale.sources.ray import RaySource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from samescale.engines._cut import Part
    from samescale.progress import Progress
    from samescale.schema import Column
    from samescale.sources.base import Source

# Enough that no worker waits for this process, few enough that parts don't pile up.
_AHEAD = 4
_PORT = 10_001
_REMEDY = "Start one with 'ray start --head'"


@final
@dc.dataclass(frozen=True, slots=True)
class Ray(Engine):
    """A task a part, and their folds merged as a tree on the cluster.

    The blocks of a Ray Dataset are folded where they are made; the parts of any other table are
    sent to the workers, or opened by them where they are files.

    Args:
        address: A cluster's address, such as `ray://host:10001` or `auto`; by default the cluster
            that `ray.init` has connected this process to, or one that is started here.
    """

    address: str | None = None
    _own: Own = dc.field(default_factory=Own, init=False, repr=False, compare=False)

    @classmethod
    def at(cls, text: str) -> Self:
        """The engine of `ray` or of `ray://host:10001`."""
        return cls(text if "://" in text else None)

    def run(self, fold: Fold, source: Source, progress: Progress) -> Fold:
        """The fold over every row of the source."""
        if not ray.is_initialized():
            self._own.get(self._start)
        if isinstance(source, RaySource):
            return _over_blocks(fold, source, progress)
        workers = int(ray.cluster_resources().get("CPU", 1))
        cluster = _Refs(ray.put(fold), fold.columns)
        parts = cut(source, fold.columns, workers)
        return drive(cluster, fold, parts, _AHEAD * workers, progress)

    def close(self) -> None:
        """Leave the cluster, and end it if it was started here."""
        self._own.close()

    def _start(self, ends: ExitStack) -> Any:
        if self.address is not None and self.address.startswith("ray://"):
            reach(self.address, "Ray cluster", _REMEDY, port=_PORT)
        try:
            context = ray.init(self.address, include_dashboard=False, log_to_driver=False)
        except (ConnectionError, TimeoutError) as error:
            raise SpecError(
                f"There is no Ray cluster at {self.address}: {error}",
                remedy=f"{_REMEDY}, or mend the address.",
                value=self.address,
            ) from error
        ends.callback(ray.shutdown)
        return context


def _over_blocks(fold: Fold, source: RaySource, progress: Progress) -> Fold:
    """Ray Data runs the tasks, and runs them again where a worker dies; the answers come here."""
    columns = tuple(column for column in source.columns if column.name in set(fold.columns))
    shared = ray.put(fold)

    def block(table: Any) -> bytes:
        return _block(ray.get(shared), table, columns).packed()

    whole = Outcome(fold, {})
    for index, row in enumerate(source.mapped(fold.columns, block)):
        found = Outcome.unpacked(row)
        whole = whole.merge(Outcome(found.fold, {index: found.told[0]}))
        refuse(whole.told)
        progress.step(found.told[0].rows)
    return whole.fold


def _block(fold: Fold, table: Any, columns: tuple[Column, ...]) -> Outcome:
    return folded(fold, 0, RaySource.read(table, columns).chunks(fold.columns, arrow=True))


@final
@dc.dataclass(frozen=True, slots=True)
class _Refs:
    """Ray's object references, as the engine drives them."""

    shared: Any
    names: tuple[str, ...]

    def fold(self, index: int, part: Part) -> tuple[Any, Any]:
        answer, told = _part.remote(self.shared, index, part, self.names)
        return answer, told

    def merge(self, answers: Sequence[Any]) -> Any:
        return _merged.remote(*answers)

    def first(self, waiting: Sequence[Any]) -> Any:
        return ray.wait(list(waiting), fetch_local=False)[0]

    def get(self, answer: Any) -> Any:
        return ray.get(answer)


@ray.remote(num_returns=2)  # type: ignore[untyped-decorator]
def _part(fold: Fold, index: int, part: Part, names: Sequence[str]) -> tuple[Outcome, Told]:
    outcome = folded(fold, index, part.chunks(names, arrow=True))
    return outcome, outcome.told[index]


@ray.remote  # type: ignore[untyped-decorator]
def _merged(*outcomes: Outcome) -> Outcome:
    return merged(*outcomes)


ENGINE = Ray
