"""Shares over records, and the bars that they are held to."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

from benchmarks.mistakes import faults
from benchmarks.mistakes.record import Record
from benchmarks.mistakes.setting import SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL: Final = SIZES["tabular"]
MANY: Final = (128, 1024)  # a bar of `128+` holds at each of them
ONE_COLUMN: Final = ("unit", "log_one", "stuck", "sentinel")  # where one column is to be told

Asked: TypeAlias = Callable[[Record], bool]
Cell: TypeAlias = "tuple[float, int]"  # a share, and of how many


@final
@dc.dataclass(frozen=True, slots=True)
class Bar:
    """A share by size, and what it has to be.

    Attributes:
        what: What is counted.
        of: Whether a record counts at all.
        hit: Whether it is a hit.
        bounds: What the share has to be, by size; a size that isn't there has no bar.
        at_most: Whether it may be no larger, instead of no smaller.
        pooled: Whether sizes up to 128 are counted together, and told at 1.
    """

    what: str
    of: Asked
    hit: Asked
    bounds: Mapping[int, float] = dc.field(default_factory=dict)
    at_most: bool = False
    pooled: bool = False

    def measured(self, records: Iterable[Record]) -> dict[str, Any]:
        """The bar with the shares."""
        counts: dict[int, list[int]] = {}
        for record in records:
            if self.of(record):
                place = 1 if self.pooled and record.n <= 128 else record.n
                hits = counts.setdefault(place, [0, 0])
                hits[0] += self.hit(record)
                hits[1] += 1
        return told(
            self.what,
            {n: (hits / of, of) for n, (hits, of) in sorted(counts.items())},
            self.bounds,
            at_most=self.at_most,
        )


def told(
    what: str, cells: Mapping[int, Cell], bounds: Mapping[int, float], *, at_most: bool = False
) -> dict[str, Any]:
    """A line of the table: shares, counts, bounds, and whether each is met."""
    met = {
        n: bool(share <= bounds[n] if at_most else share >= bounds[n])
        for n, (share, _) in cells.items()
        if n in bounds
    }
    return {
        "what": what,
        "share": {n: share for n, (share, _) in cells.items()},
        "of": {n: of for n, (_, of) in cells.items()},
        "bounds": dict(bounds),
        "at_most": at_most,
        "met": met,
    }


def _by_size(one: float | None, eight: float, more: float, many: float) -> dict[int, float]:
    found = {8: eight, 32: more, **dict.fromkeys(MANY, many)}
    return found if one is None else {1: one, **found}


_SURE = _by_size(0.97, 0.99, 0.995, 0.995)
_RANGE = _by_size(0.98, 0.995, 0.995, 0.995)
_OWN = _by_size(0.99, 0.99, 0.99, 0.99)
NAMED: Final[Mapping[str, Mapping[int, float]]] = {
    "double_norm": _SURE,
    "raw_input": _SURE,
    "double_minmax": _SURE,
    "log_all": _SURE,
    "img_0_255": _RANGE,
    "img_0_1": _RANGE,
    "img_pm1": _RANGE,
    "img_tiny": _RANGE,
    "img_per_image": _RANGE,
    "batch_standardised": _OWN,
    "batch_minmax": _OWN,
    "unit_1000": _by_size(0.85, 0.99, 0.99, 0.99),
    "unit_temp": _by_size(0.80, 0.97, 0.98, 0.99),
    "unit_linear": _by_size(0.45, 0.90, 0.96, 0.98),
    "log_one": _by_size(0.65, 0.93, 0.96, 0.98),
    "permuted_full": _by_size(0.85, 0.95, 0.96, 0.98),
    "permuted_shift": _by_size(0.90, 0.98, 0.99, 0.99),
    "permuted_swap": _by_size(0.45, 0.75, 0.85, 0.90),
    "sentinel_999": _by_size(0.90, 0.97, 0.99, 0.99),
    "sentinel_0": _by_size(0.35, 0.65, 0.90, 0.97),
    "stuck_value": _by_size(None, 0.85, 0.95, 0.99),
    "stuck_zero": _by_size(0.60, 0.92, 0.97, 0.99),
    "img_bgr": _by_size(0.50, 0.95, 0.99, 0.99),
    "img_channel_order": _by_size(0.80, 0.99, 0.99, 0.99),
}
"""The share of a mistake's cases that has to be named, by rows; issue 5's table."""

MACRO: Final = _by_size(0.75, 0.93, 0.96, 0.98)
_QUIET = dict.fromkeys(ALL, 0.01)
_REAL = dict.fromkeys(ALL, 0.03)
BENIGN: Final[Mapping[str, Mapping[int, float]]] = {
    "drift_shift": _QUIET,
    "drift_scale": _QUIET,
    "drift_select": _QUIET,
    "drift_mix": _QUIET,
    "drift_time": _REAL,
    "clean_burst": _REAL,
    "clean_dup": _REAL,
    "clean_extreme": _REAL,
    "drift_dark": {},
    "drift_bright": {},
    "drift_noise": {},
    "drift_tint": {},
}
"""How often a mistake may be named where there is none; without a bound, what is told only."""


def _wrong(record: Record) -> bool:
    return not record.benign and not record.noop


def bars() -> Iterator[Bar]:
    """Every bar but the macro mean."""
    for mistake in (*faults.TABLES, *faults.IMAGES):
        yield Bar(mistake, _made(mistake), lambda one: bool(one.named), NAMED.get(mistake, {}))
    few = dict.fromkeys(ALL, 0.005)
    alarms = lambda one: _wrong(one) and one.alarm  # noqa: E731
    yield Bar("wrong name, given an alarm", alarms, lambda one: one.falsely, few, at_most=True)
    yield Bar("column right, given named", _told, lambda one: one.column == 1, _all(0.995))
    clean = lambda one: one.mistake == "clean"  # noqa: E731
    falsely = {1: 1e-4, 1024: 1e-3}
    yield Bar("false name, clean", clean, lambda one: one.falsely, falsely, True, pooled=True)
    alarm = {1: 1e-3, 8: 1e-3, 32: 1e-3, 128: 2e-3, 1024: 2e-3}
    yield Bar("any alarm, clean", clean, lambda one: not one.named, alarm, at_most=True)
    for kind, most in BENIGN.items():
        yield Bar(f"false name, {kind}", _made(kind), lambda one: one.falsely, most, at_most=True)


def _all(share: float) -> dict[int, float]:
    return dict.fromkeys(ALL, share)


def _made(mistake: str) -> Asked:
    return lambda one: one.mistake == mistake and not one.noop


def _told(record: Record) -> bool:
    return _wrong(record) and bool(record.named) and record.mistake.startswith(ONE_COLUMN)


def scored(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Every line of the table, the macro mean first."""
    by_kind: dict[str, list[Record]] = {}
    for record in records:
        by_kind.setdefault(record.mistake, []).append(record)
    lines = [one for bar in bars() if (one := bar.measured(records))["share"]]
    named = [one for one in lines if one["what"] in {*faults.TABLES, *faults.IMAGES}]
    return [told("macro mean", macro(named), MACRO), *lines]


def macro(named: Sequence[Mapping[str, Any]]) -> dict[int, Cell]:
    """The mean over mistakes: none weighs more for being made on more data."""
    found = {}
    for n in ALL:
        shares = [one["share"][n] for one in named if n in one["share"]]
        if shares:
            cases = sum(one["of"].get(n, 0) for one in named)
            found[n] = (sum(shares) / len(shares), cases)
    return found
