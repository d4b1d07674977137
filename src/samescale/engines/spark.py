"""Spark: the fold on the executors of a Spark session."""

from __future__ import annotations

import dataclasses as dc
import os
import pickle
import re
import sys
import threading
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, final

from pyspark import TaskContext, cloudpickle
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from samescale.engines._cut import cut
from samescale.engines._outcome import Outcome, folded, merged, refuse
from samescale.engines._own import Own
from samescale.engines._reach import reach
from samescale.engines.base import Engine, Fold
from samescale.errors import SpecError
from samescale.sources.spark import SparkSource, mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack

    from samescale.progress import Progress
    from samescale.sources.base import Source

# How many parts of another table go into one job, for each that can be folded at once.
_AHEAD = 4
# How many tasks merge the folds of a data frame's partitions before they come here.
_MERGING = 8
_SECONDS = 0.25
# One core, some or all; behind the comma how often a task may fail.
_LOCAL = re.compile(r"local(\[(\d+|\*)(, *\d+)?\])?|local-cluster\[.*\]")
_PORTS = {"spark": 7077, "sc": 15_002}


@final
@dc.dataclass(frozen=True, slots=True)
class Spark(Engine):
    """A task a partition, by `mapInArrow`; Spark runs it again where an executor dies.

    A Spark data frame is folded where it lies; the parts of any other table are sent to the
    executors, or opened by them where they are files.

    Args:
        session: A `pyspark.sql.SparkSession`.
        master: `spark://host:7077`, `local[4]`, or `sc://host:15002` for Spark Connect. With
            neither, the active session is taken, and where there is none, a local one is started.
    """

    session: Any = None
    master: str | None = None
    _own: Own = dc.field(default_factory=Own, init=False, repr=False, compare=False)

    @classmethod
    def at(cls, text: str) -> Self:
        """The engine of `spark`, of `spark://host:7077`, `sc://…` or of `local[4]`."""
        return cls(master=None if text == "spark" else "local[*]" if text == "local" else text)

    def run(self, fold: Fold, source: Source, progress: Progress) -> Fold:
        """The fold over every row of the source."""
        if isinstance(source, SparkSource):
            session = source.session
            with _counting(session, progress) as count:
                whole = _over_frame(fold, source, count)
        else:
            session = self._session()
            with _counting(session, progress) as count:
                whole = _over_parts(fold, source, session, count)
        refuse(whole.told)
        return whole.fold

    def close(self) -> None:
        """Stop the session, if it was started here."""
        self._own.close()

    def _session(self) -> Any:
        if self.session is not None:
            return self.session
        active = None if self.master else SparkSession.getActiveSession()
        return active or self._own.get(self._start)

    def _start(self, ends: ExitStack) -> Any:
        master = self.master or "local[*]"
        port = _PORTS.get(master.partition("://")[0])
        if port is not None:
            reach(master, "Spark cluster", "Start one", port=port)
        if master.startswith("local") and not _LOCAL.fullmatch(master):
            raise SpecError(
                f"'{master}' is no Spark on this machine.",
                remedy="Write 'local', 'local[4]' or 'local[*]'.",
                value=master,
            )
        if master.startswith("sc://"):
            session = SparkSession.builder.remote(master).getOrCreate()
        else:
            try:
                session = _started(master)
            except PySparkRuntimeError as error:
                raise SpecError(
                    f"Spark didn't start at {master}: {error}",
                    remedy="Spark needs Java 17 or newer: install it, or set JAVA_HOME to it.",
                    value=master,
                ) from error
        ends.callback(session.stop)
        return session


def _started(master: str) -> Any:
    builder = SparkSession.builder.master(master).appName("samescale")
    if not master.startswith("local"):
        return builder.getOrCreate()
    # On this machine the workers are to be of this Python, and not of the first on the path.
    given = os.environ.get("PYSPARK_PYTHON")
    os.environ["PYSPARK_PYTHON"] = given or sys.executable
    try:
        return builder.config("spark.ui.enabled", "false").getOrCreate()
    finally:
        if given is None:
            del os.environ["PYSPARK_PYTHON"]


def _over_frame(fold: Fold, source: SparkSource, count: Callable[[int], None]) -> Outcome:
    wanted = set(fold.columns)
    columns = tuple(column for column in source.columns if column.name in wanted)

    # These are sent as they stand here: a worker that had to import this file would load Spark's
    # own modules from a zip archive, which takes seconds.
    def partition(batches: Iterator[Any]) -> Iterator[tuple[int, bytes]]:
        context: Any = TaskContext.get()
        index = context.partitionId()
        outcome = folded(fold, index, SparkSource.read(batches, columns, fold.columns))
        count(outcome.rows)
        yield index, outcome.packed()

    def merge(batches: Iterator[Any]) -> Iterator[tuple[int, bytes]]:
        packed = [one for batch in batches for one in batch.column("outcome").to_pylist()]
        if packed:
            yield 0, merged(*map(Outcome.unpacked, packed)).packed()

    each = mapped(source.frame(fold.columns), partition)
    # By the part's number and not in turn: a task that is run again gives its rows in any order.
    return _collected(fold, mapped(each.repartition(_MERGING, "part"), merge))


def _over_parts(fold: Fold, source: Source, session: Any, count: Callable[[int], None]) -> Outcome:
    names = fold.columns

    def part(batches: Iterator[Any]) -> Iterator[tuple[int, bytes]]:
        for row in (row for batch in batches for row in batch.to_pylist()):
            index, content = row["part"], pickle.loads(row["content"])  # noqa: S301 - of below
            outcome = folded(fold, index, content.chunks(names, arrow=True))
            count(outcome.rows)
            yield index, outcome.packed()

    workers = _workers(session)
    parts = enumerate(cut(source, names, workers))
    whole = Outcome(fold, {})
    while group := list(islice(parts, _AHEAD * workers)):
        rows = [(index, bytearray(cloudpickle.dumps(one))) for index, one in group]
        frame = session.createDataFrame(rows, "part long, content binary")
        whole = whole.merge(_collected(fold, mapped(frame, part)))
        refuse(whole.told)
    return whole


def _collected(fold: Fold, frame: Any) -> Outcome:
    found = (Outcome.unpacked(row["outcome"]) for row in frame.collect())
    return merged(Outcome(fold, {}), *found)


def _workers(session: Any) -> int:
    context = getattr(session, "sparkContext", None)
    return int(context.defaultParallelism) if context else _MERGING


@contextmanager
def _counting(session: Any, progress: Progress) -> Iterator[Callable[[int], None]]:
    """What workers count rows with; over Spark Connect there is nothing, and nothing is told."""
    context = getattr(session, "sparkContext", None)
    if context is None:
        yield _nothing
        return
    rows = context.accumulator(0)
    ended = threading.Event()

    def tell() -> None:
        told = 0
        while not ended.wait(_SECONDS) or told != rows.value:
            progress.step(rows.value - told)
            told = rows.value

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield rows.add
    finally:
        ended.set()
        teller.join()


def _nothing(rows: int) -> None:
    del rows


ENGINE = Spark
