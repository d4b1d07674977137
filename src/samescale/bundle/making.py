"""How a bundle was made, told from its provenance: what `fit` wrote, and what anybody else did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from samescale.bundle.shown import listed, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Line: TypeAlias = "tuple[str, str]"
"""A label and a text; the lines of a text belong together."""


def making(provenance: Mapping[str, Any]) -> Iterator[Line]:
    """What is known of the making, a label and a text each."""
    for name in sorted(provenance, key=_place):
        value = provenance[name]
        try:
            yield _TOLD[name](value)
        except (KeyError, TypeError, ValueError, AttributeError):  # not as `fit` writes it
            yield name, listed(value) if isinstance(value, Mapping) else shown(value)


def _adapted(told: Mapping[str, Any]) -> Line:
    passes = "1 pass" if told["passes"] == 1 else f"{told['passes']} passes"
    rows = "1 row" if told["rows"] == 1 else f"{told['rows']} rows"
    return "adapted on", f"{told['source']}: {rows}, {passes}"


def _split(told: Mapping[str, Any]) -> Line:
    stopping = f", {told['stopping']} to know when to stop" if told["stopping"] else ""
    without = f", {told['without target']} without a target" if told["without target"] else ""
    return "split", (
        f"{told['training']} rows to learn from{stopping}, {told['validation']} to validate with"
        f"{without} ({told['share']:.0%}, by {told['by']}, seed {told['seed']})"
    )


def _training(told: Mapping[str, Any]) -> Line:
    epochs, planned, best = (int(told[name]) for name in ("epochs", "planned", "best"))
    unit, kept = "epoch", "the weights are those of"
    if told.get("unit") == "round":
        unit, kept = "round", "the trees are those up to"
    early = f"stopped early, after {unit} {epochs} of at most {planned}"
    how = early if epochs < planned else f"all of {epochs} {unit}s"
    return "training", f"{how}; {kept} {unit} {best}, the best"


def _score(told: Mapping[str, Any]) -> Line:
    rows = "1 validation row" if told["rows"] == 1 else f"{told['rows']} validation rows"
    lines = [f"on {rows}", f"{'':10}{'model':>12}  {told['naive_name']}"]
    width = len(told["naive_name"])
    lines += [
        f"{name:10}{_figure(value):>12}  {_figure(told['naive'][name]):>{width}}"
        for name, value in told["model"].items()
    ]
    if told["unknown"]:
        lines.append(f"of a class that wasn't met in training: {told['unknown']}")
    if told["refused"]:
        lines.append(f"without an answer: {told['refused']} more, such as: {told['reason']}")
    return "score", "\n".join(lines)


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"


_TOLD: dict[str, Callable[[Any], Line]] = {
    "source": lambda told: ("trained from", shown(told)),
    "rows": lambda told: ("rows", shown(told)),
    "split": _split,
    "adapted": _adapted,
    "model": lambda told: ("trained as", shown(told)),
    "training": _training,
    "score": _score,
}


def _place(name: str) -> int:
    return list(_TOLD).index(name) if name in _TOLD else len(_TOLD)
