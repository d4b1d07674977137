"""Mistakes in one column: another unit, a logarithm, a sentinel, a value that never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.mistakes.faults.sent import Arrived, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.mistakes.labels import Array

THOUSANDS = (1000.0, 1e-3, 100.0, 1e-2)
INCH, POUND, MILE, FOOT = 2.54, 0.45359237, 1.609344, 0.3048
UNITS = (INCH, 1 / INCH, POUND, 1 / POUND, MILE, 1 / MILE, FOOT, 1 / FOOT)
OFTEN_MISSING = 0.02


def unit_1000(sent: Sent) -> Arrived | None:
    """A column in thousands, or in cents."""
    return _by_factor(sent, THOUSANDS, "g")


def unit_linear(sent: Sent) -> Arrived | None:
    """A column in inches, pounds, miles or feet."""
    return _by_factor(sent, UNITS, ".4g")


def unit_temp(sent: Sent) -> Arrived | None:
    """A column in degrees of the other kind."""
    place = _any(sent)
    if place is None:
        return None
    if sent.rng.integers(0, 2):
        return _changed(sent, place, lambda column: (column - 32) / 1.8, "F->C")
    return _changed(sent, place, lambda column: column * 1.8 + 32, "C->F")


def log_one(sent: Sent) -> Arrived | None:
    """The logarithm of one column was taken by the caller."""
    known = sent.known
    columns = [place for place in known.continuous if known.low[place] >= 0]
    if not columns:
        return None
    place = int(sent.rng.choice(columns))
    log = np.log if (known.low[place] > 0 and sent.rng.integers(0, 2)) else np.log1p
    column = sent.raw[:, place]
    with np.errstate(all="ignore"):
        if not np.isfinite(log(column[np.isfinite(column)])).all():
            log = np.log1p
        return _changed(sent, place, log, log.__name__)


def sentinel_999(sent: Sent) -> Arrived | None:
    """A number that means nothing was written where nothing is known."""
    return _filled(sent, (-999.0, 9999.0, -1.0))


def sentinel_0(sent: Sent) -> Arrived | None:
    """Zero was written where nothing is known."""
    return _filled(sent, (0.0,))


def stuck_value(sent: Sent) -> Arrived | None:
    """A column holds one of its values in every row."""
    finite = np.isfinite(sent.raw)
    columns = [int(place) for place in sent.known.continuous if finite[:, place].any()]
    if not columns:
        return None
    place = columns[int(sent.rng.integers(0, len(columns)))]
    value = sent.rng.choice(sent.raw[finite[:, place], place])
    return _changed(sent, place, lambda column: np.full_like(column, value), f"={value:g}")


def stuck_zero(sent: Sent) -> Arrived | None:
    """A dead feed writes 0 at the model's door."""
    place = _any(sent)
    if place is None:
        return None
    values = sent.right()
    values[:, place] = 0.0
    return Arrived(values, [place], "=0")


def _any(sent: Sent) -> int | None:
    continuous = sent.known.continuous
    return int(sent.rng.choice(continuous)) if len(continuous) else None


def _by_factor(sent: Sent, factors: Sequence[float], style: str) -> Arrived | None:
    place = _any(sent)
    if place is None:
        return None
    factor = sent.pick(factors)
    return _changed(sent, place, lambda column: column * factor, f"x{factor:{style}}")


def _changed(sent: Sent, place: int, change: Callable[[Array], Array], detail: str) -> Arrived:
    values = sent.raw.copy()
    values[:, place] = change(values[:, place])
    return Arrived(sent.right(values), [place], detail)


def _filled(sent: Sent, sentinels: Sequence[float]) -> Arrived | None:
    columns = np.flatnonzero(sent.known.missing >= OFTEN_MISSING)
    if not len(columns):
        return None
    sentinel = sent.pick(sentinels)
    values = sent.raw.copy()
    values[:, columns] = np.where(np.isnan(values[:, columns]), sentinel, values[:, columns])
    return Arrived(sent.right(values), columns.tolist(), f"{sentinel}")
