"""A column of text: the share of each category on both sides, and categories never met before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.report._markup import Markup, joined, named, tag
from samescale.report.facts import percent

if TYPE_CHECKING:
    from samescale.diagnose.compared import Compared


def table(column: Compared) -> Markup:
    """Categories, each with a bar for training and one for live."""
    known = zip(column.categories, column.training.shares, column.live.shares, strict=True)
    # Shares of live are of what training knows too, so that the bars of new ones fit beside them.
    there = 1 - column.live.missing
    rows = [
        _row(name, own * (1 - column.training.missing), other * there) for name, own, other in known
    ]
    rows += [_row(name, None, share) for name, share in column.live.unseen]
    if not rows:
        return tag("p", "No value on either side.", class_="quiet")
    head = tag(
        "tr",
        tag("th", "category", scope="col"),
        tag("th", "training", scope="col"),
        tag("th", "live", scope="col"),
    )
    return tag(
        "table",
        tag("caption", f"Categories of {column.name}", class_="unseen-text"),
        tag("thead", head),
        tag("tbody", *rows),
        class_="categories",
    )


def _row(name: str, own: float | None, other: float) -> Markup:
    new = tag("span", "new", class_="chip new") if own is None else None
    return tag(
        "tr",
        tag("th", named(name), Markup(" ") if new else None, new, scope="row"),
        _cell(own, "train"),
        _cell(other, "live"),
    )


def _cell(share: float | None, look: str) -> Markup:
    if share is None:
        return tag("td", "never")
    width = f"width:{100 * min(share, 1.0):.4g}%"
    bar = tag("span", style=width, class_=f"fill {look}") if share else None
    track = tag("span", bar, class_="track", aria_hidden="true")
    return tag("td", joined(track, tag("span", percent(share))))
