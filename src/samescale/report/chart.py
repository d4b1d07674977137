"""Distributions drawn: training as an area, what arrived as a line above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samescale.report._markup import Markup, joined, tag, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.diagnose.compared import Compared
    from samescale.diagnose.summary import Summary

_WHEN: Final = {"live": "as it arrived", "back": "after the way back"}
WIDTH, HEIGHT = 480.0, 120.0
_TOP: Final = 6.0  # left above the highest bin
_FLAT: Final = 2.5  # so many times as high as the other


def distributions(column: Compared, live: Summary, kind: str, said: str) -> Markup:
    """The picture of one column, and its axis.

    Args:
        column: The column.
        live: What is drawn over training.
        kind: The class of the line: `live` or `back`.
        said: What the picture shows, for who can't see it.
    """
    scale = column.scale
    if scale is None:
        return Markup("")
    draw = _bars if scale.law == "values" else _areas
    picture = tag(
        "svg",
        tag("title", f"{visible(column.name)}: training against live, {_WHEN[kind]}"),
        tag("desc", said),
        _floor(),
        draw(column.training.shares, live.shares, kind),
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        class_="dist",
    )
    return tag("div", picture, _axis(scale.ticks), class_="plot")


def _axis(ticks: Sequence[tuple[float, str]]) -> Markup:
    """Labels under a picture; at its ends they lean inwards."""
    labels = [
        tag("span", label, style=f"left:{100 * place:.4g}%", class_=_side(place))
        for place, label in ticks
    ]
    return tag("div", *labels, class_="axis", aria_hidden="true")


def _side(place: float) -> str | None:
    if place < 0.06:  # noqa: PLR2004 - of the width
        return "first"
    return "last" if place > 0.94 else None  # noqa: PLR2004


def _floor() -> Markup:
    return tag("line", x1=0, x2=WIDTH, y1=HEIGHT - 0.5, y2=HEIGHT - 0.5, class_="floor")


def _areas(training: Sequence[float], live: Sequence[float], kind: str) -> Markup:
    # One height for both, unless one would flatten the other, as a column that is stuck does.
    own, other = max(training, default=0.0) or 1.0, max(live, default=0.0) or 1.0
    if max(own, other) <= _FLAT * min(own, other):
        own = other = max(own, other)
    return joined(
        tag("path", d=_steps(training, own, closed=True), class_="area train"),
        tag("path", d=_steps(live, other, closed=True), class_=f"area {kind}"),
        tag("path", d=_steps(live, other, closed=False), class_=f"edge {kind}"),
    )


def _steps(shares: Sequence[float], highest: float, *, closed: bool) -> str:
    """The outline of the bins, each run of them that holds something by itself."""
    width, floor = WIDTH / len(shares), f"{HEIGHT - 0.5:g}"
    path = ""
    for place, share in enumerate(shares):
        if not share:
            continue
        if not (place and shares[place - 1]):
            path += f"M{place * width:.5g} {floor}"
        high = HEIGHT - 0.5 - (HEIGHT - _TOP) * share / highest
        path += f"V{high:.4g}H{(place + 1) * width:.5g}"
        if place + 1 == len(shares) or not shares[place + 1]:
            path += f"V{floor}{'Z' if closed else ''}"
    return path


def _bars(training: Sequence[float], live: Sequence[float], kind: str) -> Markup:
    highest = max([*training, *live, 1e-9])
    slot = WIDTH / max(len(training), 1)
    width = min(0.36 * slot, 44.0)
    bars = []
    for place, (own, other) in enumerate(zip(training, live, strict=True)):
        middle = (place + 0.5) * slot
        for share, left, look in ((own, middle - width - 1, "train"), (other, middle + 1, kind)):
            height = (HEIGHT - _TOP) * share / highest
            bars.append(
                tag("rect", x=left, y=HEIGHT - height, width=width, height=height,
                    class_=f"bar {look}")
            )  # fmt: skip
    return joined(*bars)
