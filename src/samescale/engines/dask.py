"""Dask: the fold on the workers of a Dask cluster."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, final

import dask
from distributed import Client, LocalCluster, wait

from samescale.engines._cut import cut
from samescale.engines._drive import drive
from samescale.engines._outcome import folded, merged
from samescale.engines._own import Own
from samescale.engines._reach import reach
from samescale.engines.base import Engine, Fold
from samescale.errors import SpecError
from samescale.sources.dask import DaskSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import ExitStack

    from samescale.engines._cut import Part
    from samescale.engines._outcome import Outcome, Told
    from samescale.progress import Progress
    from samescale.schema import Column
    from samescale.sources.base import Source

# Beside what the scheduler does itself for a worker that dies: a disk or a network that fails once.
_RETRIES = 2
# Enough that no worker waits for this process, few enough that parts don't pile up.
_AHEAD = 4
_TCP = ("tcp://", "tls://")
_REMEDY = "Start one with 'dask scheduler'"


@final
@dc.dataclass(frozen=True, slots=True)
class Dask(Engine):
    """A task a part, and their folds merged as a tree on the cluster.

    The partitions of a Dask data frame are folded where they lie; the parts of any other table are
    sent to the workers, or opened by them where they are files.

    Args:
        client: A `distributed.Client`.
        address: A scheduler's address, such as `tcp://host:8786`. With neither, the current client
            is taken, and where there is none, a cluster of threads in this process.
    """

    client: Any = None
    address: str | None = None
    _own: Own = dc.field(default_factory=Own, init=False, repr=False, compare=False)

    @classmethod
    def at(cls, text: str) -> Self:
        """The engine of `dask` or of `dask://host:8786`."""
        address = text.partition("://")[2]
        return cls(address=f"tcp://{address}" if address else None)

    def run(self, fold: Fold, source: Source, progress: Progress) -> Fold:
        """The fold over every row of the source."""
        client = self._client()
        workers = sum(client.nthreads().values()) or 1
        # Not scattered: data that was scattered is lost with its worker, a task is run again.
        cluster = _Futures(client, client.submit(_same, fold, pure=False), fold.columns)
        if isinstance(source, DaskSource):
            parts: Iterator[Any] = iter(cluster.partitions(source))
        else:
            parts = cut(source, fold.columns, workers)
        with client.as_current():
            return drive(cluster, fold, parts, _AHEAD * workers, progress)

    def close(self) -> None:
        """End the client and the cluster that were started here."""
        self._own.close()

    def _client(self) -> Any:
        if self.client is not None:
            return self.client
        if self.address is None:
            try:
                return Client.current()
            except ValueError:
                pass
        return self._own.get(self._start)

    def _start(self, ends: ExitStack) -> Any:
        if self.address is None:
            cluster = LocalCluster(processes=False, dashboard_address=":0")
            return ends.enter_context(Client(ends.enter_context(cluster), set_as_default=False))
        if self.address.startswith(_TCP):
            reach(self.address, "Dask scheduler", _REMEDY)
        try:
            return ends.enter_context(Client(self.address, set_as_default=False))
        except OSError as error:
            raise SpecError(
                f"There is no Dask scheduler at {self.address}: {error}",
                remedy=f"{_REMEDY}, or mend the address.",
                value=self.address,
            ) from error


@final
@dc.dataclass(frozen=True, slots=True)
class _Futures:
    """Dask's futures, as the engine drives them."""

    client: Any
    shared: Any
    names: tuple[str, ...]

    def partitions(self, source: DaskSource) -> list[Any]:
        """A future for each partition of a collection: its outcome."""
        columns = tuple(column for column in source.columns if column.name in set(self.names))
        tasks = [
            dask.delayed(_partition, pure=False)(self.shared, index, frame, columns, self.names)
            for index, frame in enumerate(source.delayed(self.names))
        ]
        futures: list[Any] = self.client.compute(tasks, retries=_RETRIES)
        return futures

    def fold(self, index: int, part: Any) -> tuple[Any, Any]:
        answer = part
        if not _is_future(part):
            answer = self._submit(_part, self.shared, index, part, self.names)
        return answer, self._submit(_told, answer, index)

    def merge(self, answers: Sequence[Any]) -> Any:
        return self._submit(merged, *answers)

    def first(self, waiting: Sequence[Any]) -> Any:
        return wait(list(waiting), return_when="FIRST_COMPLETED").done

    def get(self, answer: Any) -> Any:
        return answer.result()

    def _submit(self, *call: Any) -> Any:
        return self.client.submit(*call, pure=False, retries=_RETRIES)


def _is_future(part: object) -> bool:
    return hasattr(part, "result")


def _same(fold: Fold) -> Fold:
    return fold


def _part(fold: Fold, index: int, part: Part, names: Sequence[str]) -> Outcome:
    return folded(fold, index, part.chunks(names, arrow=True))


def _partition(
    fold: Fold, index: int, frame: Any, columns: tuple[Column, ...], names: Sequence[str]
) -> Outcome:
    return folded(fold, index, DaskSource.read(frame, columns).chunks(names, arrow=True))


def _told(outcome: Outcome, index: int) -> Told:
    return outcome.told[index]


ENGINE = Dask
