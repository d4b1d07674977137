"""Numbers and tables as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def time(seconds: float) -> str:
    """Seconds in a unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def memory(megabytes: float | None) -> str:
    """Megabytes, or a dash where nothing tells them."""
    return "–" if megabytes is None else f"{megabytes:,.0f} MB"


def error(size: float) -> str:
    """An error: `0` means the nearest float64, or none at all."""
    if size == 0:
        return "**0**"
    if size >= 1:
        return f"{size:,.1f}" if size < 10 else f"{size:,.0f}"
    return f"{size:.1g}"  # `nan` too


def ratio(value: float) -> str:
    """A ratio with two digits that count."""
    return f"{value:,.0f} ×" if value >= 100 else f"{value:.2g} ×"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """A Markdown table; the first columns stand to the left, numbers to the right."""
    marks = ["---" if place < left else "---:" for place in range(len(head))]
    lines = [head, marks, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
