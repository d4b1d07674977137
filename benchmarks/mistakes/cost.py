"""What the guard costs on clean traffic, what its profile weighs, and what learning it takes."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import numpy as np

from benchmarks import measure as clock
from benchmarks import words
from benchmarks.mistakes import store
from benchmarks.mistakes.adapter import learned
from benchmarks.mistakes.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.mistakes.how import How
    from benchmarks.mistakes.labels import Array

TITLE = "What it costs"
TEXT = """\
One row is of `breast_cancer`, 30 columns; the guard is a bundle's whole guard, its rules included.
More rows are those of `{many}`. The z-score is NumPy's `(rows - mean) / deviation` on the same
array. Clean rows only, each call with others: what a mistake costs, once, is in the table above.
"""
ROW: Final = "breast_cancer"
MANY: Final = "loans"
ROWS: Final = (1_024, 4_000)
ONE_ROW: Final = 50e-6
TIMES: Final = 10.0
BYTES: Final = 1_024
ADAPTED: Final = 100_000
ADAPT: Final = 2.0
TURNS: Final = 200
BATCHES: Final = 40


def measure(how: How) -> list[dict[str, Any]]:
    """Every line."""
    rounds = 1 if how.quick else 7
    return [*_calls(rounds), *_sizes(), _adapting(rounds, 2_000 if how.quick else ADAPTED)]


def _calls(rounds: int) -> Iterator[dict[str, Any]]:
    setting = Setting(ROW)
    reference = learned(setting.train, setting.context)
    rows = [setting.rows.live[place : place + 1] for place in range(TURNS)]
    columns = [_columns(row, setting) for row in rows]
    guard = _guard(setting)
    asked = {
        "guard": _turning(columns, lambda one: guard.let(one, 1)),
        "evidence": _turning(rows, lambda one: screened(reference, one)),
    }
    found = clock.singly(clock.Case("one row", 1, asked), rounds)
    for name, said in (("guard", "the whole guard"), ("evidence", "its look at the evidence")):
        seconds = found.seconds[name]
        yield _line(f"{said}, 1 row × 30", words.time(seconds), ONE_ROW, seconds, "≤ 50 µs")
    yield from _against(rounds)


def _against(rounds: int) -> Iterator[dict[str, Any]]:
    setting = Setting(MANY)
    reference = learned(setting.train, setting.context)
    scores = partial(_scores, mean=setting.known.mean, deviation=setting.known.std)
    for size in ROWS:
        rng = np.random.default_rng(size)
        batches = [setting.rows.choose(rng, size) for _ in range(BATCHES)]
        fired = sum(bool(reference.screen(batch)) for batch in batches)
        asked = {
            "evidence": _turning(batches, partial(screened, reference)),
            "z-score": _turning(batches, scores),
        }
        found = clock.singly(clock.Case("rows", size, asked), rounds).seconds
        ratio = found["evidence"] / found["z-score"]
        told = f"{words.ratio(ratio)} ({words.time(found['evidence'])})"
        what = f"evidence against the z-score, {size:,} rows × {batches[0].shape[1]}"
        more = f"; weighed at length: {fired} of {BATCHES}"
        yield _line(what + more, told, TIMES, ratio, f"≤ {TIMES:g} ×")


def screened(reference: Any, batch: Array) -> Any:
    """What the guard asks of every batch, and what it asks where that isn't enough."""
    return reference.diagnose(batch) if reference.screen(batch) else None


def _scores(batch: Array, mean: Array, deviation: Array) -> Array:
    return (batch - mean) / deviation


def _turning(values: list[Any], ask: Callable[[Any], object]) -> Callable[[], object]:
    turns = itertools.cycle(values)
    return lambda: ask(next(turns))


def _columns(rows: Array, setting: Setting) -> dict[str, Array]:
    return {f"c{place}": rows[:, place] for place in range(len(setting.context.columns))}


def _guard(setting: Setting) -> Any:
    import samescale as ss
    from samescale import guard

    table = _columns(setting.train, setting)
    fitted = ss.Spec({name: ss.Normalization() for name in table}).adapt(table)
    return guard.watch(fitted.schema, fitted.profile, fitted.graph)


def _sizes() -> Iterator[dict[str, Any]]:
    """The weight of a profile, beside a correlation of float32."""
    most, whose = 0.0, ""
    for name in store.TABLES:
        setting = Setting(name)
        arrays = learned(setting.train, setting.context).to_arrays()
        width = setting.train.shape[1]
        weight = sum(array.nbytes for array in arrays.values()) - 4 * width * (width + 1) / 2
        if weight / width > most:
            most, whose = weight / width, name
    what = f"the profile, a column beside the correlation (the largest: `{whose}`)"
    yield _line(what, f"{most:.0f} B", BYTES, most, f"≤ {BYTES:,} B")


def _adapting(rounds: int, rows: int) -> dict[str, Any]:
    """`Spec.adapt` of 20 columns, with what the guard needs and without."""
    import samescale as ss
    from samescale.profile import samples

    values = np.random.default_rng(0).normal(size=(20, rows))
    table = {f"c{place}": column for place, column in enumerate(values)}
    spec = ss.Spec({name: ss.Normalization() for name in table})

    def without() -> object:
        with mock.patch.object(samples, "numeric", return_value=()):
            return spec.adapt(table)

    asked = {"with": lambda: spec.adapt(table), "without": without}
    found = clock.singly(clock.Case("adapt", rows, asked), rounds).seconds
    ratio = found["with"] / found["without"]
    told = f"{words.ratio(ratio)} ({words.time(found['with'])})"
    what = f"`Spec.adapt` against the same without the joint profile, {rows:,} rows × 20"
    return _line(what, told, ADAPT, ratio, f"≤ {ADAPT:g} ×")


def _line(what: str, told: str, bound: float, found: float, bar: str) -> dict[str, Any]:
    return {"what": what, "told": told, "bar": bar, "met": bool(found <= bound), "found": found}


def show(found: list[Mapping[str, Any]]) -> str:
    """The table."""
    rows = [[one["what"], one["bar"], one["told"], words_of(one["met"])] for one in found]
    return f"{TEXT.format(many=MANY)}\n{words.table(['what', 'bar', 'measured', 'met'], rows)}"


def words_of(met: bool) -> str:
    """Whether a bar is met, as the other pages say it."""
    return "yes" if met else "**no**"
