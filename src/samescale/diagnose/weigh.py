"""The verdict on live rows, and what the contract and the rules say of them."""

from __future__ import annotations

import dataclasses as dc
import itertools
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from samescale.diagnose.rows import floats
from samescale.door import Door
from samescale.evidence.verdict import Verdict
from samescale.guard import watch
from samescale.ir.nodes import Graph
from samescale.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.diagnose.known import Known
    from samescale.diagnose.rows import Rows
    from samescale.findings import Finding
    from samescale.guard import Guard
    from samescale.ir.types import Array

MOST: Final = 4_096
"""Of more rows so many, evenly spread, are weighed."""

PICTURES: Final = 512
BLOCKS: Final = 8
FEWEST: Final = 8
"""A block has so many rows at least."""

_NULLS: Final = "SG105"
_WEIGHTS: Final = ("error", "warning", "info")


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """What is asked for evidence, and the rows that it is asked about.

    Attributes:
        verdict: What it says of all of them; the loudest, where there are several.
        asked: The distribution that said it; `None` where there is none.
        batch: The rows as it takes them, rows first.
        places: Which rows of live they are.
        column: The column of pictures that it is about; `None` for the table.
        needed: How many rows tell each mistake.
        spans: From which row of live up to which it was told, the last excluded; none where all
            rows together told it.
    """

    verdict: Verdict
    asked: Any
    batch: Array
    places: Array
    column: str | None
    needed: Mapping[str, float]
    spans: tuple[tuple[int, int], ...] = ()

    def concerns(self, places: Array) -> Array:
        """Whether rows of live, by their places, are among those that told it."""
        if not self.spans:
            return np.ones(len(places), bool)
        inside = [(places >= first) & (places < last) for first, last in self.spans]
        found: Array = np.logical_or.reduce(inside)
        return found


def weigh(
    known: Known, live: Rows, alpha: float, skipped: dict[str, str], *, rows_needed: bool = True
) -> Weighing:
    """The verdict on live rows.

    Args:
        known: Training.
        live: What arrived.
        alpha: How often rows like training may be called wrong.
        skipped: Gets what can't be weighed, with the reason.
        rows_needed: Whether to ask how many rows tell each mistake.
    """
    found = list(_weighings(known, live, alpha, skipped, rows_needed=rows_needed))
    if not found:
        return Weighing(Verdict(0), None, np.zeros((0, 0)), live.places[:0], None, {})
    needed = {name: rows for one in found for name, rows in one.needed.items()}
    return dc.replace(max(found, key=_loudness), needed=needed)


def _loudness(one: Weighing) -> tuple[bool, bool, float]:
    best = one.verdict.best
    return one.verdict.named, best is not None, best.evidence if best else 0.0


def _weighings(
    known: Known, live: Rows, alpha: float, skipped: dict[str, str], *, rows_needed: bool
) -> Iterator[Weighing]:
    profile = known.fitted.profile
    if profile.table is not None:
        batch = _batch(profile.table.names, live, skipped)
        if batch is not None:
            yield _weighed(profile.table, batch, live, alpha, None, rows_needed=rows_needed)
    for name, pictures in profile.pictures.items():
        if name in live.columns and live.columns[name].ndim == 4:  # noqa: PLR2004 - n, h, w, c
            images = live.columns[name]
            yield _weighed(pictures, images, live, alpha, name, rows_needed=rows_needed)


def _weighed(
    asked: Any,
    batch: Array,
    live: Rows,
    alpha: float,
    column: str | None,
    *,
    rows_needed: bool,
) -> Weighing:
    most = MOST if column is None else PICTURES
    kept = np.arange(most) * len(batch) // most if len(batch) > most else np.arange(len(batch))
    batch, places = batch[kept], live.places[kept]
    with np.errstate(all="ignore"):
        needed = asked.needed() if rows_needed and hasattr(asked, "needed") else {}
    whole = Weighing(_told(asked, batch, alpha / 2), asked, batch, places, column, needed)
    return whole if whole.verdict.named else _within(whole, live.count, alpha / 2)


def _within(whole: Weighing, rows: int, alpha: float) -> Weighing:
    """What blocks of the rows say by themselves: a caller may have been changed in between.

    Each has its part of `alpha`, and all that tell the loudest one's mistake are taken together.
    """
    count = min(BLOCKS, len(whole.batch) // FEWEST)
    if count < 2:  # noqa: PLR2004 - that is the whole again
        return whole
    edges = np.linspace(0, len(whole.batch), count + 1).astype(int).tolist()
    parts = [
        (_told(whole.asked, whole.batch[first:last], alpha / count), first, last)
        for first, last in itertools.pairwise(edges)
    ]
    named = [part for part in parts if part[0].named]
    if not named:
        return whole
    verdict = max((part[0] for part in named), key=_evidence)
    alike = _joined([part[1:] for part in named if _same(part[0], verdict)])
    grown = [_grown(whole, span, verdict, alpha / count) for span in alike]
    spans = tuple(_span(whole.places, *span, rows) for span in _joined(grown))
    return dc.replace(whole, verdict=verdict, spans=spans)


def _grown(
    whole: Weighing, span: tuple[int, int], verdict: Verdict, alpha: float
) -> tuple[int, int]:
    """A span with the neighbouring rows that say the same: the mistake didn't begin at an edge."""
    first, last = span
    reach = min(last - first, -(-len(whole.batch) // BLOCKS))
    before = whole.batch[max(first - reach, 0) : first][::-1]
    after = whole.batch[last : last + reach]
    counts = [_saying(whole, rows, verdict, alpha) for rows in (before, after)]
    return first - counts[0], last + counts[1]


def _saying(whole: Weighing, rows: Array, verdict: Verdict, alpha: float) -> int:
    """How many rows from the first on say the same, found by halving."""
    least, most = 0, len(rows)
    while least < most:
        middle = (least + most + 1) // 2
        # The far end by itself as well: among many a few others would go unnoticed.
        ends = [rows[max(0, middle - size) : middle] for size in (middle, middle // 4, 1)]
        if all(_same(_told(whole.asked, end, alpha), verdict) for end in ends if len(end)):
            least = middle
        else:
            most = middle - 1
    return least


def _told(asked: Any, batch: Array, alpha: float) -> Verdict:
    with np.errstate(all="ignore"):
        verdict: Verdict = asked.diagnose(batch, alpha=alpha)
    return verdict


def _evidence(verdict: Verdict) -> float:
    return verdict.best.evidence if verdict.best is not None else 0.0


def _same(one: Verdict, other: Verdict) -> bool:
    pairs = [v.best and (v.best.mistake, v.best.columns, v.best.detail) for v in (one, other)]
    return pairs[0] == pairs[1]


def _span(places: Array, first: int, last: int, rows: int) -> tuple[int, int]:
    """A block as rows of live, from its first row to that of the next block."""
    return int(places[first]), rows if last == len(places) else int(places[last])


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Blocks that meet, as one.

    >>> _joined([(0, 5), (5, 10), (20, 25)])
    ((0, 10), (20, 25))
    """
    found: list[tuple[int, int]] = []
    for first, last in spans:
        if found and found[-1][1] >= first:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def located(sentence: str, spans: tuple[tuple[int, int], ...]) -> str:
    """A sentence with the rows that it was told by.

    >>> located("`kg` arrives in `g`.", ((100, 400),))
    '`kg` arrives in `g`, in rows 100 to 399.'
    """
    if not spans:
        return sentence
    told = " and ".join(f"{first:,} to {last - 1:,}" for first, last in spans[:_SPANS])
    more = f" and {len(spans) - _SPANS} more blocks" if len(spans) > _SPANS else ""
    return f"{sentence.removesuffix('.')}, in rows {told}{more}."


_SPANS: Final = 3


def _batch(names: tuple[str, ...], live: Rows, skipped: dict[str, str]) -> Array | None:
    """The plain columns of numbers as one array; `None` where one of them has no numbers."""
    columns = {name: floats(live.columns[name]) for name in names if name in live.columns}
    odd = [name for name in names if columns.get(name) is None]
    if odd:
        reason = "live has no numbers in it, so the columns of numbers weren't weighed together"
        skipped.update(dict.fromkeys(odd, reason))
        return None
    return np.stack([np.asarray(columns[name]).reshape(-1) for name in names], axis=1)


def findings(known: Known, live: Rows, weighing: Weighing) -> tuple[Finding, ...]:
    """What the contract, the rules and the verdict have found, gravest first.

    Rows are counted as live counts them.
    """
    fitted = known.fitted
    schema = fitted.schema if known.is_contract else _lenient(fitted.schema)
    there = {name: live.columns[name] for name in schema.names if name in live.columns}
    admitted = Door(schema).admit(there, extra="ignore", on_finding="return")
    told = [one for one in admitted.findings if known.is_contract or one.code != _NULLS]
    named = tuple(column for column in schema.columns if column.name in admitted.columns)
    whole = len(named) == len(schema.columns)
    graph = fitted.graph if whole else Graph(())
    guard = watch(Schema(named), fitted.profile, graph)
    asked = dc.replace(guard, diagnosis=None).check(admitted.columns, admitted.rows)
    said = _said(guard, weighing)
    left = [one for one in asked if not any(each.explains(one) for each in said)]
    found = (*(each.finding for each in said), *(_placed(one, live) for one in (*told, *left)))
    return tuple(sorted(found, key=lambda one: _WEIGHTS.index(one.severity)))


def _said(guard: Guard, weighing: Weighing) -> list[Any]:
    if guard.diagnosis is None or weighing.verdict.best is None:
        return []
    said = guard.diagnosis.said(weighing.verdict, weighing.verdict.rows, weighing.column)
    if said is None:
        return []
    told = located(said.finding.message, weighing.spans)
    return [dc.replace(said, finding=dc.replace(said.finding, message=told))]


def _placed(finding: Finding, live: Rows) -> Finding:
    if finding.row is None:
        return finding
    return dc.replace(finding, row=int(live.places[finding.row]))


def _lenient(schema: Schema) -> Schema:
    """A table's own types, without a promise that nothing is missing or all pixels are bytes."""
    return Schema(
        tuple(
            dc.replace(column, kind="number", dtype="float64")
            if column.shape
            else dc.replace(column, nullable=True)
            for column in schema.columns
        )
    )
