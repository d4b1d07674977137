"""Column by column: training against live, before and after the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samescale.diagnose.ticks import moment, number
from samescale.report import categories, chart, facts
from samescale.report._markup import Markup, joined, named, tag

if TYPE_CHECKING:
    from samescale.diagnose.compared import Compared
    from samescale.diagnose.diagnosis import Diagnosis

OPEN: Final = 8
"""So many columns are shown at once; the others unfold."""


def section(diagnosis: Diagnosis) -> Markup | None:
    """All columns, the worst of them open."""
    columns = diagnosis.columns
    if not columns:
        return None
    rest = columns[OPEN:]
    return tag(
        "section",
        tag("h2", "Columns", id="columns"),
        tag("p", _key(any(one.restored for one in columns)), class_="key"),
        tag("div", *map(article, columns[:OPEN]), class_="articles"),
        _folded(rest) if rest else None,
        aria_labelledby="columns",
    )


def article(column: Compared) -> Markup:
    """One column."""
    chip = tag("span", "named in the verdict", class_="chip told") if column.concerned else None
    return tag(
        "article",
        tag("h3", named(column.name), Markup(" ") if chip else None, chip),
        tag("p", told(column), class_="apart"),
        tag(
            "div",
            categories.table(column) if column.kind == "text" else _panels(column),
            facts.table(column),
            class_="both",
        ),
        class_="column",
    )


def told(column: Compared) -> str:
    """How far the sides are apart, in a sentence."""
    words = apart(column)
    if column.restored_distance is not None:
        words += f", {facts.percent(column.restored_distance)} after the way back"
    missing = column.live.missing - column.training.missing
    if abs(missing) >= 0.01:  # noqa: PLR2004 - a percentage point
        words += f"; missing in {facts.percent(column.live.missing)}, in training "
        words += f"in {facts.percent(column.training.missing)}"
    if column.live.unseen_share:
        words += f"; {facts.percent(column.live.unseen_share)} of rows hold unseen categories"
    return f"{words}."


def apart(column: Compared) -> str:
    """How far, and whether that means anything."""
    near = ", as chance has it" if column.is_near else ""
    return f"{facts.percent(column.distance)} apart{near}"


def _panels(column: Compared) -> Markup:
    before = _panel(column, "As it arrived", "live")
    if column.restored is None:
        return tag("div", before, class_="panels one")
    return tag("div", before, _panel(column, "After the way back", "back"), class_="panels")


def _panel(column: Compared, title: str, kind: str) -> Markup:
    side = column.live if kind == "live" or column.restored is None else column.restored
    said = _said(column, side is column.restored)
    drawn = chart.distributions(column, side, kind, said)
    return tag("figure", tag("figcaption", title), drawn, class_="panel")


def _said(column: Compared, is_back: bool) -> str:
    side = column.restored if is_back and column.restored is not None else column.live
    written = moment if column.kind == "date" else number
    parts = [
        f"{words} lies from {written(one.minimum)} to {written(one.maximum)}, "
        f"its median is {written(one.median)}"
        for words, one in (("Training", column.training), ("what arrived", side))
    ]
    apart = column.restored_distance if is_back else column.distance
    return f"{parts[0]}; {parts[1]}. They are {facts.percent(apart or 0.0)} apart."


def _folded(rest: tuple[Compared, ...]) -> Markup:
    count = f"{len(rest)} more column{'s' * (len(rest) != 1)}, nearer to training"
    one_by_one = [
        tag(
            "details",
            tag("summary", tag("span", named(one.name), class_="name"), " ",
                tag("span", apart(one), class_="far")),
            article(one),
        )
        for one in rest
    ]  # fmt: skip
    return tag("details", tag("summary", count), *one_by_one, class_="folded")


def _key(has_back: bool) -> Markup:
    return joined(
        tag("span", tag("i", class_="swatch train"), "training"),
        tag("span", tag("i", class_="swatch live"), "live, as it arrived"),
        tag("span", tag("i", class_="swatch back"), "live, after the way back")
        if has_back
        else None,
    )
