"""What single rows say together: the stream of them, looked at within a budget of time.

Rows are put into a short queue as they arrive, which costs next to nothing, and are digested from
there, in their order, as long as a tenth of the time allows it: each at once where they are few,
in blocks where they are many. When the queue is full, rows are skipped and counted. Whether a row
is skipped depends on the rows before it and never on itself: were surprising rows always seen and
ordinary ones now and then, the evidence would add up to an alarm by itself.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, final

import numpy as np

from samescale.guard._budget import Budget
from samescale.guard._said import refusal
from samescale.guard.diagnosis import ALPHA, logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from samescale.findings import Finding
    from samescale.guard._said import Said
    from samescale.guard.diagnosis import Diagnosis
    from samescale.guard.guard import Guard
    from samescale.ir.types import Array

    Block: TypeAlias = Callable[[Sequence[Any]], Array]

QUEUE: Final = 256
"""How many rows wait at most."""

CELLS: Final = 8192
"""How many of their values are looked at at once: about 2 ms, which one caller waits."""


@final
class Feed:
    """The stream of a table's rows, and those that wait for it.

    Args:
        known: What is known of training, and of the policies.
        workers: How many processes share the traffic.
        block: Makes an array, rows first, of rows as they wait.
        budget: The time that may be spent.
    """

    def __init__(self, known: Diagnosis, *, workers: int, block: Block, budget: Budget) -> None:
        self._known = known
        self._workers = workers
        self._block = block
        self._budget = budget
        self._most = max(1, CELLS // max(1, len(known.table.names)))
        self._left = budget.left  # found once, for `add` stands in the lane
        self._waiting: deque[Any] = deque()
        self._streams: list[Any] = []
        self._began: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.standing: list[Said] = []
        self.counts: Counter[str] = Counter()

    def add(self, row: Any) -> None:
        """A row arrives; it and those that wait are looked at, if there is time for it."""
        if len(self._waiting) < QUEUE:
            self._waiting.append(row)
        else:
            self.counts["skipped"] += 1
        if self._left() and self._lock.acquire(blocking=False):
            try:
                if self._streams:
                    self._digest()
                elif not self._began:
                    # Its tables take some milliseconds a column: rows wait, and nobody for them.
                    self._began.append(threading.Thread(target=self.prepare, daemon=True))
                    self._began[0].start()
            finally:
                self._lock.release()

    def prepare(self) -> None:
        """Make the stream, if there is none yet."""
        from samescale.evidence.stream.stream import Stream

        try:
            with np.errstate(all="ignore"):
                made = Stream(self._known.table, alpha=ALPHA, workers=self._workers)
            self._streams[:] = self._streams[:1] or [made]
        except Exception:  # noqa: BLE001 - logged with its traceback
            logger.exception("Single rows can't be compared with the training.")

    def reset(self) -> None:
        """Forget all rows."""
        with self._lock:
            self._waiting.clear()
            self.standing.clear()
            for stream in self._streams:
                stream.reset()

    def _digest(self) -> None:
        began = self._budget.clock()
        rows = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
        self.counts["seen"] += len(rows)
        try:
            with np.errstate(all="ignore"):
                said = self._known.said(self._streams[0].see(self._block(rows), apart=True), None)
            # In place and at once, for other threads read it meanwhile.
            self.standing[:] = [] if said is None else [said]
        except Exception:  # noqa: BLE001 - logged with its traceback
            # As in a diagnosis: an error of the guard's own must not cost an answer.
            logger.exception("Single rows couldn't be compared with the training.")
        self._budget.spend(self._budget.clock() - began)


@final
class Watch:
    """All single rows that one predictor answers in this process; threads may share it.

    Args:
        feed: Takes the rows; `None` where no distribution was learned.
        names: The table's columns.
        weighed: What the diagnosis of requests counts.
    """

    def __init__(self, feed: Feed | None, names: tuple[str, ...], weighed: Counter[str]) -> None:
        self._feed = feed
        self._weighed = weighed
        self._names = names
        self._lock = threading.Lock()
        self._codes: Counter[str] = Counter()
        self.standing: list[Said] = [] if feed is None else feed.standing

    @classmethod
    def of(cls, guard: Guard, *, workers: int = 1, budget: Budget | None = None) -> Self:
        """The watch of a guard; it sees nothing where no distribution was learned.

        Args:
            guard: What knows the training and the policies.
            workers: How many processes share the traffic. Each has a watch, and each may only
                claim its part of the false alarms.
            budget: The time that may be spent.
        """
        known = guard.diagnosis
        if known is None or known.table is None:
            return cls(None, (), Counter() if known is None else known.counts)
        names: tuple[str, ...] = known.table.names
        block = _rounded([guard.schema[name].dtype for name in names])
        budget = budget or Budget()
        return cls(Feed(known, workers=workers, block=block, budget=budget), names, known.counts)

    @property
    def told(self) -> tuple[Said, ...]:
        """What the rows up to now say; it stands until others say otherwise."""
        return tuple(self.standing)

    def prepare(self) -> None:
        """Be ready to look at rows now; else the first row has it done beside the answers."""
        if self._feed is not None:
            self._feed.prepare()

    def see(self, columns: Mapping[str, Array]) -> tuple[Said, ...]:
        """One admitted row arrives; what the rows say now."""
        if self._feed is not None:
            self._feed.add([columns[name][0] for name in self._names])
        return self.told

    def of_lane(self, columns: tuple[str, ...]) -> Callable[[tuple[Any, ...]], None] | None:
        """What takes the values of a row as they come; `None` if there is nothing to see in them.

        It raises GuardError while something is said whose policy refuses rows.

        Args:
            columns: The values' columns, in their order.
        """
        if self._feed is None or not {*self._names} <= {*columns}:
            return None
        add, standing = self._feed.add, self.standing
        places = [columns.index(name) for name in self._names]
        # Two places at least, for of one itemgetter gives no tuple.
        chosen = None if columns == self._names else itemgetter(*places, places[0])

        def see(values: tuple[Any, ...]) -> None:
            add(values if chosen is None else chosen(values)[:-1])
            if standing:
                self._refuse()

        return see

    def count(self, findings: Iterable[Finding]) -> None:
        """Count findings that were told or refused for."""
        with self._lock:
            self._codes.update(finding.code for finding in findings)

    def counts(self) -> dict[str, Any]:
        """What was found and what was left out.

        Returns:
            `findings`, how many there were by code; `rows_seen` and `rows_skipped`, of single
            rows; `unweighed`, the suspicious requests that there was no time to weigh.
        """
        rows = Counter[str]() if self._feed is None else self._feed.counts
        with self._lock:
            findings = dict(sorted(self._codes.items()))
        left_out = {"rows_skipped": rows["skipped"], "unweighed": self._weighed["unweighed"]}
        return {"findings": findings, "rows_seen": rows["seen"], **left_out}

    def reset(self) -> None:
        """Forget what was seen, after the cause was put right, say; the counts stay."""
        if self._feed is not None:
            self._feed.reset()

    def _refuse(self) -> None:
        stops = [one.stops for one in self.told if one.stops is not None]
        if stops:
            self.count(stops)
            raise refusal(stops)


def _rounded(dtypes: Sequence[str]) -> Block:
    """Makes float64 rows, each value rounded as the door rounds it."""
    short = {*dtypes} & {"float16", "float32"}
    narrow = {one: np.array([dtype == one for dtype in dtypes]) for one in short}

    def block(rows: Sequence[Any]) -> Array:
        values = np.array(rows, np.float64)
        for dtype, places in narrow.items():
            values[:, places] = values[:, places].astype(dtype)
        return values

    return block
