"""The evidence over the rows that arrived, as a picture and as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from samescale.report._markup import Markup, joined, tag, visible
from samescale.report.weighed import strength

if TYPE_CHECKING:
    from samescale.diagnose.diagnosis import Diagnosis, Moment

_WIDTH, _HEIGHT = 960.0, 180.0
_TOP: Final = 8.0


def section(diagnosis: Diagnosis) -> Markup | None:
    """From which row on it could be told, and whether all of them speak for it."""
    course = diagnosis.course
    if len(course) < 2:  # noqa: PLR2004 - a point is no course
        return None
    line = -math.log10(diagnosis.alpha)
    said = _said(course, line)
    return tag(
        "section",
        tag("h2", "Evidence over time", id="course"),
        tag("p", said),
        tag(
            "figure",
            _picture(course, line, said),
            _axis(course[-1].rows),
            tag("figcaption", _key(diagnosis.alpha), class_="key"),
        ),
        tag("details", tag("summary", "The same as a table"), _table(course)),
        aria_labelledby="course",
    )


def _said(course: tuple[Moment, ...], line: float) -> str:
    told = next((moment for moment in course if moment.evidence >= line), None)
    if told is None:
        return f"After all {course[-1].rows:,} rows the evidence is still below the line of alarm."
    alone = sum(moment.alone >= line for moment in course)
    rest = f"; {alone} of the {len(course)} blocks of rows speak so strongly by themselves"
    return f"Beyond the line of alarm from {told.rows:,} row{'s' * (told.rows != 1)} on{rest}."


def _picture(course: tuple[Moment, ...], line: float, said: str) -> Markup:
    heights = [strength(one) for moment in course for one in (moment.evidence, moment.alone)]
    top = max([2.0 * line, *heights])
    last = course[-1].rows
    points = [(0.0, _HEIGHT)] + [
        (_WIDTH * moment.rows / last, _place(moment.evidence, top, line)) for moment in course
    ]
    path = "M" + "L".join(f"{x:.5g} {y:.5g}" for x, y in points)
    height = _place(line, top, line)
    return tag(
        "svg",
        tag("title", "Evidence over time"),
        tag("desc", said),
        joined(*_blocks(course, top, line)),
        tag("path", d=f"{path}V{_HEIGHT:g}H0Z", class_="area evidence"),
        tag("path", d=path, class_="edge evidence"),
        tag("line", x1=0, x2=_WIDTH, y1=height, y2=height, class_="alarm"),
        tag("line", x1=0, x2=_WIDTH, y1=_HEIGHT - 0.5, y2=_HEIGHT - 0.5, class_="floor"),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        class_="course",
    )


def _place(evidence: float, top: float, line: float) -> float:
    """How far down: straight below the line of alarm, then ever flatter."""
    share = math.asinh(max(strength(evidence), 0.0) / line) / math.asinh(top / line)
    return _HEIGHT - (_HEIGHT - _TOP) * min(share, 1.0)


def _blocks(course: tuple[Moment, ...], top: float, line: float) -> list[Markup]:
    last, before = course[-1].rows, 0
    found = []
    for moment in course:
        left, width = _WIDTH * before / last, _WIDTH * (moment.rows - before) / last
        y = _place(moment.alone, top, line)
        found.append(
            tag("rect", x=left + 1, y=y, width=max(width - 2, 1.0), height=_HEIGHT - y,
                class_="block")
        )  # fmt: skip
        before = moment.rows
    return found


def _axis(last: int) -> Markup:
    return tag(
        "div",
        tag("span", "0", style="left:0%", class_="first"),
        tag("span", f"{last // 2:,}", style="left:50%"),
        tag("span", f"{last:,} rows", style="left:100%", class_="last"),
        class_="axis",
        aria_hidden="true",
    )


def _key(alpha: float) -> Markup:
    return joined(
        tag("span", tag("i", class_="swatch evidence"), "all rows so far"),
        tag("span", tag("i", class_="swatch block"), "each block alone"),
        tag("span", tag("i", class_="swatch alarm"), f"line of alarm, α = {alpha:g}"),
    )


def _table(course: tuple[Moment, ...]) -> Markup:
    head = [tag("th", t, scope="col") for t in ("rows", "speaks loudest", "so far", "block alone")]
    rows = [
        tag(
            "tr",
            tag("th", f"{moment.rows:,}", scope="row"),
            tag("td", visible(moment.mistake) if moment.mistake else "nothing"),
            tag("td", f"{strength(moment.evidence):.1f}"),
            tag("td", f"{strength(moment.alone):.1f}"),
        )
        for moment in course
    ]
    return tag(
        "table",
        tag("caption", "Evidence over time", class_="unseen-text"),
        tag("thead", tag("tr", *head)),
        tag("tbody", *rows),
        class_="course",
    )
