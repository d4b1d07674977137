"""How exact: what everyone learns of columns far from zero, against fractions."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import data
import exact
import turns
import words
from peers.base import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from how import How
    from turns import Stage

TITLE = "How exact"
ROWS = 1_000_000
COLUMNS = 4
DRAWS = {
    "year": "2,010 ± 5",
    "offset": "10,000 ± 1",
    "scales": "10⁻³…10³",
}
TEXT = """\
The largest error of a mean, in standard deviations, and of a variance, relatively, of four float32
columns of {rows:,} rows: normal around 2,010 with a deviation of 5, like a year; around 10,000 with
a deviation of 1; on scales from 10⁻³ to 10³, three deviations from zero. The truth is computed with
Python's fractions, by nothing of samescale. **0** is the float64 nearest to it, in every column.
"""


def measure(how: How, stage: Stage) -> dict[str, Any]:
    """The errors of everyone, by table."""
    rows = how.sized(ROWS)
    found: dict[str, Any] = {"rows": rows, "errors": {}, "absent": {}}
    for draw in DRAWS:
        truth = exact.of_blocks(data.blocks(rows, draw, COLUMNS))
        for name, errors in _errors(draw, truth, how, stage):
            if isinstance(errors, str):
                found["absent"][name] = errors
            else:
                found["errors"].setdefault(name, {})[draw] = errors
    return found


def _errors(
    draw: str, truth: list[exact.Moments], how: How, stage: Stage
) -> Iterator[tuple[str, tuple[float, float] | str]]:
    rows = how.sized(ROWS)
    for work in (
        Work("array", rows, draw, COLUMNS),
        Work("batches", rows, draw, COLUMNS, batch=8_192),
    ):
        how.say(f"how exact: {draw}, {work.kind}, {rows:,} rows")
        for one in turns.take(work, dc.replace(how, rounds=0), stage):
            if one.absent:
                yield one.name, one.absent
            elif one.learned is not None:
                yield one.name, exact.errors(truth, *one.learned)


def show(found: Mapping[str, Any]) -> str:
    """The table."""
    head = ["", *(text for draw in DRAWS for text in (f"{DRAWS[draw]}: mean", "variance"))]
    rows = [_row(name, errors) for name, errors in found["errors"].items()]
    text = f"{TEXT.format(rows=found['rows'])}\n{words.table(head, rows)}"
    missing = [f"{name}: {why}." for name, why in found["absent"].items()]
    return text + (f"\n\nNot measured: {' '.join(missing)}" if missing else "")


def _row(name: str, errors: Mapping[str, Sequence[float]]) -> list[str]:
    shown = [words.error(size) for draw in DRAWS for size in errors.get(draw, (float("nan"),) * 2)]
    return [f"**{name}**" if name.startswith("samescale") else name, *shown]
