"""What else was weighed, what the rules found, and how many rows each mistake would need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from samescale.report._markup import Markup, listed, named, sentence, tag, visible
from samescale.report.headline import entry_of, others

if TYPE_CHECKING:
    from samescale.diagnose.diagnosis import Diagnosis
    from samescale.evidence.verdict import Weighed
    from samescale.findings import Finding

_MOST: Final = 8
_HIDDEN: Final = 1e6
"""More rows than that are as good as never."""


def alternatives(diagnosis: Diagnosis) -> Markup | None:
    """The explanations with their evidence, the one that is told first."""
    best = diagnosis.verdict.best
    others = [one for one in diagnosis.verdict.alternatives if one != best]
    told = [*([best] if best else []), *others][:_MOST]
    if not told:
        return None
    highest = max([1.0, *(min(strength(one.evidence), _CAP) for one in told)])
    head = _head("explanation", "evidence")
    rows = [_explanation(one, highest, is_best=one is best) for one in told]
    return tag(
        "section",
        tag("h2", "What was weighed", id="weighed"),
        tag(
            "p",
            "Evidence counts powers of ten: 3 means that rows like training’s give so much at most "
            "once in a thousand times. What is told also has to beat every ordinary drift.",
            class_="quiet",
        ),
        _table("Explanations and their evidence", head, rows, "weighed"),
        aria_labelledby="weighed",
    )


_CAP: Final = 60.0


def findings(diagnosis: Diagnosis) -> Markup | None:
    """What the contract and the rules found."""
    told = others(diagnosis)
    if not told:
        return None
    return tag(
        "section",
        tag("h2", "Also found", id="findings"),
        tag("ul", *map(_finding, told), class_="findings"),
        aria_labelledby="findings",
    )


def needed(diagnosis: Diagnosis) -> Markup | None:
    """How many rows tell each mistake in this data."""
    if not diagnosis.needed:
        return None
    rows = [
        tag("tr", tag("th", _title(name), scope="row"), tag("td", in_rows(count)))
        for name, count in sorted(diagnosis.needed.items(), key=lambda pair: (pair[1], pair[0]))
    ]
    return tag(
        "section",
        tag("h2", "Rows needed", id="needed"),
        tag(
            "p",
            "How many rows it takes to tell each mistake in data like this training’s. Some "
            "can’t be told at all: two columns of one law look the same exchanged.",
            class_="quiet",
        ),
        _table("Rows needed to tell each mistake", _head("mistake", "rows"), rows, "needed"),
        aria_labelledby="needed",
    )


def in_rows(count: float) -> str:
    """A number of rows, as exactly as it is known.

    >>> in_rows(0.3), in_rows(37.2), in_rows(float("inf"))
    ('1', '38', 'can’t be told')
    """
    if not math.isfinite(count) or count > _HIDDEN:
        return "can’t be told"
    whole = max(1, math.ceil(count))
    return f"{whole:,}" if whole < 100 else f"about {float(f'{whole:.1g}'):,.0f}"  # noqa: PLR2004


def strength(evidence: float) -> float:
    """Evidence as a number to write and to draw.

    >>> strength(float("inf")), strength(float("nan")), strength(3.25)
    (300.0, 0.0, 3.25)
    """
    return 0.0 if math.isnan(evidence) else min(max(evidence, -_END), _END)


_END: Final = 300.0  # a float64 holds no greater power of ten


def _explanation(one: Weighed, highest: float, *, is_best: bool) -> Markup:
    share = 100 * min(max(strength(one.evidence), 0.0), _CAP) / highest
    bar = tag("span", style=f"width:{share:.4g}%", class_="fill evidence") if share else None
    told = tag("span", "told", class_="chip") if is_best else None
    return tag(
        "tr",
        tag("th", _title(one.mistake), Markup(" ") if told else None, told, _detail(one),
            scope="row"),
        tag("td", tag("span", bar, class_="track", aria_hidden="true"),
            tag("span", f"{strength(one.evidence):.1f}" if one.evidence > 0 else "none")),
        class_="told" if is_best else None,
    )  # fmt: skip


def _detail(one: Weighed) -> Markup | None:
    """The columns and what exactly, in small letters."""
    columns: list[str] = [named(name) for name in one.columns[:_FEW]]
    if len(one.columns) > _FEW:
        columns.append(f"{len(one.columns) - _FEW} more")
    parts: list[str] = [listed(", ", columns)] if columns else []
    parts += [visible(one.detail)] if one.detail else []
    return tag("span", listed("; ", parts), class_="detail") if parts else None


_FEW: Final = 3


def _title(mistake: str) -> Markup:
    """A mistake in words, with its code and, after a colon, which kind of it."""
    name, _, kind = mistake.partition(": ")
    entry = entry_of(name)
    return tag(
        "span",
        visible(name.replace("-", " ")),
        Markup(" ") if entry else None,
        tag("span", entry.code, class_="code") if entry else None,
        f" {visible(kind)}" if kind else None,
    )


def _finding(finding: Finding) -> Markup:
    return tag(
        "li",
        tag("span", finding.severity, class_=f"chip {finding.severity}"),
        " ",
        tag("span", finding.code, class_="code"),
        " ",
        sentence(finding.message),
        " ",
        tag("em", sentence(finding.remedy)) if finding.remedy else None,
    )


def _head(*titles: str) -> Markup:
    return tag("tr", *(tag("th", title, scope="col") for title in titles))


def _table(caption: str, head: Markup, rows: list[Markup], look: str) -> Markup:
    return tag(
        "table",
        tag("caption", caption, class_="unseen-text"),
        tag("thead", head),
        tag("tbody", *rows),
        class_=look,
    )
