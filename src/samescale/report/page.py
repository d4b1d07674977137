"""The whole page: one file that needs nothing else."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from samescale.report import columns, course, headline, weighed
from samescale.report._markup import Markup, joined, named, tag, visible

if TYPE_CHECKING:
    from samescale.diagnose.diagnosis import Diagnosis, Side

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""A browser that keeps it asks no other machine for anything, and runs no script."""


def page(diagnosis: Diagnosis, *, date: str | None = None) -> str:
    """The report as HTML.

    Args:
        diagnosis: What to tell.
        date: Of the report, if it should have one.
    """
    lead = (headline.section(diagnosis), weighed.findings(diagnosis))
    parts = (columns.section(diagnosis), course.section(diagnosis))
    last = (weighed.alternatives(diagnosis), weighed.needed(diagnosis), _looked(diagnosis))
    body = tag(
        "body",
        tag("a", "Skip to the columns", href="#columns", class_="skip")
        if diagnosis.columns
        else None,
        _header(diagnosis, date),
        tag("main", *lead, *parts, *last),
        tag("footer", tag("p", "Made by samescale. This file asks no other machine for anything.")),
    )
    return f"<!doctype html>\n{tag('html', _head(diagnosis), body, lang='en')}\n"


def _head(diagnosis: Diagnosis) -> Markup:
    style = files("samescale.report").joinpath("style.css").read_text(encoding="utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{visible(diagnosis.said, 80)} · samescale"),
        tag("style", Markup(style)),
    )


def _header(diagnosis: Diagnosis, date: str | None) -> Markup:
    live, training = diagnosis.live, diagnosis.training
    return tag(
        "header",
        tag("p", tag("strong", "samescale"), " report", f", {date}" if date else None,
            class_="brand"),
        tag("p", named(live.description), f" ({_rows(live)}) against ",
            named(training.description), f" ({_rows(training)})", class_="sides"),
    )  # fmt: skip


def _rows(side: Side) -> str:
    return f"{side.rows:,} row{'s' * (side.rows != 1)}"


def _looked(diagnosis: Diagnosis) -> Markup:
    facts = [
        ("training", _side(diagnosis.training)),
        ("live", _side(diagnosis.live)),
        ("α, the chance of a false name that is allowed", f"{diagnosis.alpha:g}"),
    ]
    told = joined(*(joined(tag("dt", title), tag("dd", text)) for title, text in facts))
    left = [
        tag("li", named(name), f": {visible(why, 300)}") for name, why in diagnosis.skipped.items()
    ]
    return tag(
        "section",
        tag("h2", "What was looked at", id="looked"),
        tag("dl", told),
        tag("h3", "Left out") if left else None,
        tag("ul", *left, class_="skipped") if left else None,
        aria_labelledby="looked",
    )


def _side(side: Side) -> str:
    some = "" if side.looked >= side.rows else f", {side.looked:,} of them one by one"
    some = some if side.looked else ", as the bundle's profile knows them"
    return f"{visible(side.description)}: {_rows(side)}{some}"
