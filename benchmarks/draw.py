"""Lines over two logarithmic axes, as SVG: small, without a script, readable on light and dark."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WIDTH, HEIGHT = 840, 400
LEFT, RIGHT, TOP, BOTTOM = 76, 270, 40, 52  # the margins: labels stand in the right one
FONT = 'font-family="system-ui, sans-serif" font-size="13"'
GREY = "#74808c"  # stands out from white and from slate alike
COLOURS = ("#009688", "#b45309", "#5c6bc0", "#c2417c", "#6b8e23", "#8d6e63", "#0288d1", "#a1887f")
_APART = 17.0  # pixels between two labels


@final
@dc.dataclass(frozen=True, slots=True)
class Line:
    """One line of a picture.

    Attributes:
        name: What stands at its end.
        points: Pairs of x and y, x ascending; a y of 0 is drawn on the picture's floor.
        ends: What stands behind the name, where the line ends early.
    """

    name: str
    points: Sequence[tuple[float, float]]
    ends: str = ""


@final
@dc.dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from `low` to `high`, drawn from `start` to `end` in pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value stands; what is below the axis stands on its first end."""
        low, high = math.log10(self.low), math.log10(self.high)
        share = (math.log10(value) - low) / (high - low) if value > self.low else 0.0
        return self.start + share * (self.end - self.start)

    def decades(self) -> Iterator[float]:
        """Every power of ten, or every second or third where there are many."""
        first, last = round(math.log10(self.low)), round(math.log10(self.high))
        step = max(1, math.ceil((last - first) / 8))
        return (10.0**power for power in range(first, last + 1, step))


def chart(
    title: str, lines: Sequence[Line], *, unit: Callable[[float], str], floor: str = ""
) -> str:
    """The picture.

    Args:
        title: What is shown, in a sentence: it stands above, and screen readers read it.
        lines: The lines; the first is drawn thickest, and on top.
        unit: A decade of the y axis as a text.
        floor: The text of the lowest decade, if a y of 0 is drawn there.
    """
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points if y > 0]
    low, high = _decades(ys, extra=1 if floor else 0)
    x = Axis(*_decades(xs), LEFT, WIDTH - RIGHT)
    y = Axis(low, high, HEIGHT - BOTTOM, TOP)
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" {FONT}>',
        f"<title>{escape(title)}</title>",
        _text(LEFT, 20, title, "start", 'font-size="15" font-weight="600"'),
        *_grid(x, y, unit, floor),
        *(_line(line, x, y, place) for place, line in reversed([*enumerate(lines)])),
        *_names(lines, x, y),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _decades(values: Sequence[float], extra: int = 0) -> tuple[float, float]:
    low = math.floor(math.log10(min(values)) + 1e-9)
    high = max(math.ceil(math.log10(max(values)) - 1e-9), low + 1)
    return 10.0 ** (low - extra), 10.0**high


def _text(x: float, y: float, text: str, anchor: str, style: str = "", fill: str = GREY) -> str:
    said = escape(text)
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{fill}" {style}>{said}</text>'
    )


def _grid(x: Axis, y: Axis, unit: Callable[[float], str], floor: str) -> Iterator[str]:
    rule = f'stroke="{GREY}" stroke-width="0.6" stroke-opacity="0.35" fill="none"'
    for value in y.decades():
        at = y.at(value)
        yield f'<path d="M{x.start:.0f} {at:.1f}H{x.end:.0f}" {rule}/>'
        label = floor if floor and value == y.low else unit(value)
        yield _text(x.start - 8, at + 4, label, "end")
    for value in x.decades():
        at = x.at(value)
        yield f'<path d="M{at:.1f} {y.start:.0f}V{y.end:.0f}" {rule}/>'
        yield _text(at, y.start + 20, rows(value), "middle")
    yield _text((x.start + x.end) / 2, y.start + 40, "rows", "middle")


def rows(value: float) -> str:
    """A number of rows as people write it."""
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {name}"
    return f"{value:g}"


def _line(line: Line, x: Axis, y: Axis, place: int) -> str:
    colour, width = _colour(place), 3 if place == 0 else 1.8
    at = [(x.at(px), y.at(py)) for px, py in line.points]
    path = "L".join(f"{px:.1f} {py:.1f}" for px, py in at)
    dots = "".join(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{width + 0.8}"/>' for px, py in at)
    drawn = f'<path d="M{path}" stroke="{colour}" stroke-width="{width}" fill="none"/>'
    return f'{drawn}<g fill="{colour}">{dots}</g>'


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _names(lines: Sequence[Line], x: Axis, y: Axis) -> Iterator[str]:
    """The names in the right margin, in the order of the lines' ends, none on another."""
    wanted = sorted((y.at(line.points[-1][1]), place) for place, line in enumerate(lines))
    at, lowest = [], TOP - _APART
    for height, _ in wanted:
        lowest = max(height, lowest + _APART)
        at.append(lowest)
    over = max(0.0, lowest - (HEIGHT - BOTTOM))
    for (_, place), height in zip(wanted, at, strict=True):
        line, colour = lines[place], _colour(place)
        ended = x.at(line.points[-1][0]), y.at(line.points[-1][1])
        up = height - over
        lead = f"M{ended[0] + 5:.1f} {ended[1]:.1f}L{x.end + 10:.1f} {up:.1f}"
        yield f'<path d="{lead}" stroke="{colour}" stroke-width="0.8" stroke-dasharray="2 3"/>'
        name = line.name + (f" ({line.ends})" if line.ends else "")
        style = 'font-weight="600"' if place == 0 else ""
        yield _text(x.end + 14, up + 4, name, "start", style, colour)
