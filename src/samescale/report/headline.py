"""The verdict: what is wrong, what to change, how sure, and the change in code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samescale import mistakes
from samescale.diagnose.diagnosis import names_mistake
from samescale.diagnose.ticks import number
from samescale.errors import SpecError
from samescale.report._markup import Markup, joined, named, sentence, tag

if TYPE_CHECKING:
    from samescale.diagnose.diagnosis import Diagnosis
    from samescale.evidence.verdict import Undo, Weighed
    from samescale.findings import Finding
    from samescale.mistakes.base import Mistake

LABELS: Final = {
    "mistake": "Mistake named",
    "drift": "Drift, no mistake",
    "noted": "Unlike training",
    "nothing": "Nothing found",
}
_SIGNS: Final = {
    "mistake": "M12 3.5 22 20.5H2ZM12 9.5v5M12 17.2v.6",
    "drift": "M3 15c3-8 6-8 9-3s6 5 9-3M3 20h18",
    "noted": "M12 3a9 9 0 1 0 .01 0M12 11v6M12 7.2v.6",
    "nothing": "M12 3a9 9 0 1 0 .01 0M7.5 12.5l3 3 6-6.5",
}
_SURE: Final = 12.0
"""A chance of less than 10⁻¹² isn't told closer."""


def section(diagnosis: Diagnosis) -> Markup:
    """The first thing that is seen."""
    status = diagnosis.status
    known = entry(diagnosis)
    best = diagnosis.verdict.best
    return tag(
        "section",
        _chip(status, known),
        tag("h1", sentence(diagnosis.said), id="verdict"),
        tag("p", sentence(diagnosis.remedy), class_="fix") if diagnosis.remedy else None,
        _sure(best) if best is not None else None,
        _columns(best) if best is not None else None,
        _back(best) if best is not None and best.undo else None,
        _code(known) if known is not None and status == "mistake" else None,
        class_=f"verdict {status}",
        aria_labelledby="verdict",
    )


def entry_of(name: str) -> Mistake | None:
    """The catalogue's entry of a name or a code, if it has one."""
    try:
        return mistakes.load(name)
    except SpecError:
        return None


def chance(evidence: float) -> str:
    """How rarely training alone gives so much evidence, by Markov's inequality.

    >>> chance(3.0), chance(40.0)
    ('once in 1,000 times', 'once in a trillion times')
    """
    if evidence >= _SURE:
        return "once in a trillion times"
    return f"once in {float(f'{10**evidence:.1g}'):,.0f} times"


def entry(diagnosis: Diagnosis) -> Mistake | None:
    """The catalogue's entry of what is told first, if it has one."""
    best = diagnosis.verdict.best
    if best is not None:
        return entry_of(best.mistake)
    told: list[Finding] = [one for one in diagnosis.findings if names_mistake(one)]
    return entry_of(told[0].code) if told else None


def others(diagnosis: Diagnosis) -> list[Finding]:
    """The findings but the one that the headline tells."""
    told = [one for one in diagnosis.findings if not one.message.startswith(diagnosis.said)]
    return [one for one in told if str(one) != diagnosis.remedy]


def _chip(status: str, entry: Mistake | None) -> Markup:
    sign = tag(
        "svg",
        tag("path", d=_SIGNS[status]),
        viewBox="0 0 24 24",
        class_="sign",
        aria_hidden="true",
    )
    code = tag("span", f"{entry.code} {entry.name}", class_="code") if entry else None
    return tag("p", tag("span", sign, LABELS[status], class_="status"), code, class_="kicker")


def _sure(best: Weighed) -> Markup | None:
    if not best.evidence > 0:
        return None
    return tag(
        "p",
        "Rows like those of training would speak so strongly for it at most ",
        tag("strong", chance(best.evidence)),
        ".",
        class_="sure",
    )


def _columns(best: Weighed) -> Markup | None:
    if not best.columns:
        return None
    shown = [tag("li", named(name)) for name in best.columns[:_MANY]]
    more = len(best.columns) - _MANY
    if more > 0:
        shown.append(tag("li", f"and {more} more", class_="more"))
    label = "Column" if len(best.columns) == 1 else "Columns"
    return tag("div", tag("h2", label), tag("ul", *shown, class_="names"), class_="concerned")


_MANY: Final = 12


def _back(best: Weighed) -> Markup:
    formulas = [tag("li", formula(name, undo)) for name, undo in [*best.undo.items()][:_FORMULAS]]
    more = len(best.undo) - _FORMULAS
    if more > 0:
        formulas.append(tag("li", f"and {more} more columns, each with its own numbers"))
    return tag("div", tag("h2", "The way back"), tag("ul", *formulas), class_="back")


_FORMULAS: Final = 4


def formula(name: str, undo: Undo) -> Markup:
    """How right values follow from what arrived.

    >>> from samescale.evidence.verdict import Undo
    >>> formula("kg", Undo("kg", scale=0.001))
    '<code><bdi>kg</bdi> ← <bdi>kg</bdi> × 0.001</code>'
    """
    source = named(undo.source)
    if undo.kind == "missing":
        inside = joined(source, f" without the value {number(undo.scale)}")
    else:
        scaled = joined(source, "" if undo.scale == 1 else f" × {number(undo.scale)}", _plus(undo))
        inside = scaled if undo.kind == "affine" else joined(f"{undo.kind}(", scaled, ")")
    return tag("code", named(name), " ← ", inside)


def _plus(undo: Undo) -> str:
    if not undo.shift:
        return ""
    return f" {'+' if undo.shift > 0 else '−'} {number(abs(undo.shift))}"


def _code(entry: Mistake) -> Markup:
    blocks = [
        tag("figure", tag("figcaption", title), tag("pre", tag("code", code), tabindex="0"),
            class_=look)
        for title, code, look in (
            ("Wrong", entry.example_bad, "wrong"),
            ("Right", entry.example_good, "right"),
        )
    ]  # fmt: skip
    return tag(
        "div",
        tag("h2", "In code"),
        tag("p", sentence(entry.fix)),
        tag("div", *blocks, class_="codes"),
        class_="incode",
    )
