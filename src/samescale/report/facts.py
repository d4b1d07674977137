"""Numbers of a column as a table: what a picture shows, for who reads it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from samescale.diagnose.ticks import moment, number
from samescale.report._markup import Markup, joined, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samescale.diagnose.compared import Compared
    from samescale.diagnose.summary import Summary

_NUMBERS: tuple[tuple[str, str], ...] = (
    ("mean", "mean"),
    ("deviation", "deviation"),
    ("least", "minimum"),
    ("median", "median"),
    ("greatest", "maximum"),
)


def percent(share: float) -> str:
    """A share as people read it.

    >>> percent(0.1234), percent(0.0), percent(0.00001), percent(0.99999)
    ('12 %', '0 %', '<0.1 %', '>99.9 %')
    """
    if share in {0.0, 1.0}:
        return f"{share:.0%}".replace("%", " %")
    if share < 0.001:  # noqa: PLR2004
        return "<0.1 %"
    if share > 0.999:  # noqa: PLR2004
        return ">99.9 %"
    return f"{100 * share:.0f} %" if 0.1 <= share <= 0.9 else f"{100 * share:.1f} %"  # noqa: PLR2004


def table(column: Compared) -> Markup:
    """The numbers of both sides, and of what arrived after the way back."""
    sides = [("training", column.training), ("live", column.live)]
    if column.restored is not None:
        sides.append(("put right", column.restored))
    rows = _rows(column)
    head = tag("tr", tag("td"), *(tag("th", title, scope="col") for title, _ in sides))
    body = [_row(title, [told(side) for _, side in sides]) for title, told in rows]
    return tag(
        "table",
        tag("caption", f"{column.name} in numbers", class_="unseen-text"),
        tag("thead", head),
        tag("tbody", *body),
        class_="facts",
    )


def _rows(column: Compared) -> list[tuple[str, Callable[[Summary], str]]]:
    written = moment if column.kind == "date" else number
    found: list[tuple[str, Callable[[Summary], str]]] = [("rows", lambda s: f"{s.rows:,}")]
    found.append(("missing", lambda s: percent(s.missing)))
    if column.kind == "text":
        found.append(("never in training", lambda s: percent(s.unseen_share)))
    else:
        found += [
            (title, functools.partial(_of, column, written, name)) for title, name in _NUMBERS
        ]
    found.append(("different", lambda s: "–" if s.distinct is None else f"{s.distinct:,}"))
    return found


def _of(column: Compared, written: Callable[[float | None], str], name: str, side: Summary) -> str:
    value: float | None = getattr(side, name)
    if column.kind == "date" and name == "deviation":
        return "–" if value is None else f"{value / 86_400:,.1f} days"
    return written(value)


def _row(title: str, cells: Sequence[str]) -> Markup:
    return tag("tr", tag("th", title, scope="row"), joined(*(tag("td", cell) for cell in cells)))
