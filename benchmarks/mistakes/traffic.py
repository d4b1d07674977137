"""Streams of single rows: who alarms on which row."""

from __future__ import annotations

import dataclasses as dc
import zlib
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from benchmarks.mistakes.cases import case
from benchmarks.mistakes.judge import detector
from benchmarks.mistakes.labels import OK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.mistakes.labels import Array
    from benchmarks.mistakes.setting import Setting

AFTER: Final = 64  # rows after a change; who hasn't named it by then hasn't


@final
@dc.dataclass(frozen=True, slots=True)
class Heard:
    """What came of a stream.

    Attributes:
        dataset: Whose rows they are.
        expects: What the model wants.
        seed: The seed of the profile.
        rows: The training rows that the profile was learned of.
        mistake: What was done to the rows after the change; `clean` where nothing was.
        alarm: Of which row an alarm came, counted from the change; none if none did.
        named: Of which row the right name came.
        first: What was told first.
        alpha: The chance that a clean stream ever gives an alarm, where that was asked.
    """

    dataset: str
    expects: str
    seed: int
    rows: int
    mistake: str
    alarm: int | None
    named: int | None = None
    first: str = OK
    alpha: float = 0.0


def clean(
    setting: Setting,
    name: str,
    streams: range,
    length: int,
    *,
    alphas: Sequence[float],
    workers: int,
) -> Iterator[Heard]:
    """Streams of rows that the profile never saw.

    Args:
        setting: The data and the split.
        name: Who listens: `module:Class`, which takes `alpha` and `workers`.
        streams: Which streams.
        length: The rows of each.
        alphas: The chances that a stream ever gives an alarm, the largest first: who is quiet at
            one of them is quiet at those below.
        workers: How many processes share the rows; they come to them in turns.
    """
    who = _whose(setting)
    listeners = {a: _listener(setting, name, alpha=a, workers=workers) for a in alphas}
    for short in (False, True):  # half of all streams went through float32
        numbers = [number for number in streams if number % 2 == short]
        if not numbers:
            continue
        pool = arriving(setting, short=short)
        order = np.stack([_order(setting, number, length) for number in numbers])
        asked = np.arange(len(numbers))
        for alpha, listener in listeners.items():
            alarms = np.zeros((len(numbers), workers), np.int64)
            for one in range(workers):
                alarms[asked, one] = _alarms(listener, pool, order[asked, one::workers])
            for place in range(len(numbers)):
                heard = _heard(listener, who, pool, order[place], alarms[place])
                yield dc.replace(heard, alpha=alpha)
            asked = np.flatnonzero(alarms.any(1))


def _alarms(listener: Any, pool: Array, order: Array) -> Array:
    """After how many requests each stream alarms; 0 for never."""
    if not len(order):
        return np.zeros(0, np.int64)
    if hasattr(listener, "alarms"):
        found: Array = listener.alarms(pool, order)
        return found
    return np.array([_alarm(listener, pool[places]) for places in order])


def _alarm(listener: Any, rows: Array) -> int:
    listener.start()
    for place in range(len(rows)):
        if listener.update(rows[place : place + 1]).label != OK:
            return place + 1
    return 0


def _heard(
    listener: Any,
    who: tuple[str, str, int, int],
    pool: Array,
    order: Array,
    alarms: Array,
) -> Heard:
    """What came of one stream: its first alarm at any of the workers, and what was said there."""
    workers = len(alarms)
    found = [(int(count - 1) * workers + one, one) for one, count in enumerate(alarms) if count]
    if not found:
        return Heard(*who, "clean", None)
    alarm, worker = min(found)
    rows = pool[order[worker::workers][: alarms[worker]]]
    listener.start()
    _skip(listener, rows[:-1])
    return Heard(*who, "clean", alarm + 1, first=listener.update(rows[-1:]).label)


def changing(
    setting: Setting, name: str, mistakes: Sequence[str], before: int, reps: int, **told: Any
) -> Iterator[Heard]:
    """Clean rows, and then a mistake: how many rows until it is named.

    Args:
        setting: The data and the split.
        name: Who listens.
        mistakes: Which mistakes, each by itself after the same clean rows.
        before: The clean rows.
        reps: Of how many ways each mistake is made.
        told: What the listener is told: `alpha`, `workers`.
    """
    listener = _listener(setting, name, **told)
    rows = arriving(setting, short=False)[_order(setting, 0, before)]
    for mistake in mistakes:
        for rep in range(reps):
            made = case(setting, mistake, AFTER, 100 + rep)
            if made is None or made.noop:
                continue
            listener.start()
            _skip(listener, rows)
            heard = _until(listener, made.batch, made.accept)
            yield Heard(*_whose(setting), mistake, *heard)


def arriving(setting: Setting, *, short: bool) -> Array:
    """The right rows that the profile never saw.

    Args:
        setting: The data and the split.
        short: Whether they went through float32.
    """
    rows = setting.known.right(setting.rows.live, setting.expects)
    return rows.astype(np.float32).astype(np.float64) if short else rows


def _order(setting: Setting, number: int, length: int) -> Array:
    """Which rows a stream draws, with replacement."""
    parts = setting.dataset, setting.expects, "stream"
    rng = np.random.default_rng([zlib.crc32("|".join(parts).encode()), setting.seed, number])
    return rng.integers(len(setting.rows.live), size=length)


def _skip(listener: Any, rows: Array) -> None:
    """Let a listener hear rows, one a request."""
    if hasattr(listener, "skip"):
        listener.skip(rows)
        return
    for place in range(len(rows)):
        listener.update(rows[place : place + 1])


def _listener(setting: Setting, name: str, **told: Any) -> Any:
    listener = detector(name, **told)
    listener.fit(setting.train, setting.context)
    return listener


def _whose(setting: Setting) -> tuple[str, str, int, int]:
    return setting.dataset, setting.expects, setting.seed, len(setting.train)


def _until(
    listener: Any, rows: Array, accept: frozenset[str]
) -> tuple[int | None, int | None, str]:
    """Of which row, from 1, the first alarm and the right name came, and what was said first."""
    alarm, first = None, OK
    for place in range(len(rows)):
        label = listener.update(rows[place : place + 1]).label
        if label != OK and alarm is None:
            alarm, first = place + 1, label
        if label in accept:
            return alarm, place + 1, first
    return alarm, None, first
