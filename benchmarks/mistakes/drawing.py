"""The pictures: what is named by rows, and what the peers see against where they cry wolf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from benchmarks.draw import COLOURS, FONT, GREY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH: Final = 840
LEFT, RIGHT, TOP, LINE = 190, 40, 74, 19
SIZES: Final = {1: COLOURS[1], 8: COLOURS[2], 32: COLOURS[0]}
HIGH: Final = 420
PAD: Final = 60


def named(lines: Sequence[Mapping[str, Any]]) -> str:
    """The share of each mistake that is named, at 1, 8 and 32 rows, and what one row is asked.

    Args:
        lines: What `scores.told` gave, with sizes as texts, as they come back from JSON.
    """
    title = "Share of cases in which the mistake is named, by the rows of a batch"
    shown = sorted(lines, key=lambda line: -line["share"].get("1", 0.0))
    height = TOP + LINE * len(shown) + 30
    body = [part for place, line in enumerate(shown) for part in _line(line, _at(place))]
    return _picture(title, height, [*_legend(), *_scale(height), *body])


def _at(place: int) -> float:
    return TOP + LINE * (place + 0.5)


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _scale(height: float) -> Iterator[str]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield _rule(f"M{_x(share):.1f} {TOP}V{height - 26:.0f}")
        yield text(_x(share), height - 8, f"{share:.0%}", "middle")


def _legend() -> Iterator[str]:
    x = float(LEFT)
    for n, colour in SIZES.items():
        yield f'<circle cx="{x:.0f}" cy="48" r="5" fill="{colour}"/>'
        yield text(x + 10, 52, f"{n} row{'s' if n > 1 else ''}", "start", colour)
        x += 90
    yield _tick(x, 48)
    yield text(x + 10, 52, "asked of one row", "start", SIZES[1])


def _line(line: Mapping[str, Any], y: float) -> Iterator[str]:
    shares = {n: line["share"][str(n)] for n in SIZES if str(n) in line["share"]}
    first, last = min(shares.values()), max(shares.values())
    yield text(LEFT - 12, y + 4, line["what"], "end")
    yield _rule(f"M{_x(first):.1f} {y:.1f}H{_x(last):.1f}", 2.0)
    if "1" in line["bounds"]:
        yield _tick(_x(line["bounds"]["1"]), y)
    for n, share in reversed(shares.items()):
        yield f'<circle cx="{_x(share):.1f}" cy="{y:.1f}" r="5" fill="{SIZES[n]}"/>'


def _tick(x: float, y: float) -> str:
    at = f"M{x:.1f} {y - 8:.1f}v16"
    return f'<path d="{at}" stroke="{SIZES[1]}" stroke-width="2" stroke-dasharray="3 2"/>'


def peers(lines: Sequence[Mapping[str, Any]], n: int) -> str:
    """What is seen of mistakes, upwards, against alarms where nothing is wrong, to the right."""
    title = f"Mistakes seen, and alarms on clean batches, of {n} rows"
    drawn = [line for line in lines if str(n) in line]
    drawn = [line for line in drawn if line["name"] == OURS or not line.get("ours")]
    points = [(line["name"].partition(" (")[0], line[str(n)]) for line in drawn]
    shown = [(name, one["clean"] / one["of"], one["seen"]) for name, one in points if one["of"]]
    most = max([0.1, *(clean for _, clean, _ in shown)]) * 1.1
    wide = WIDTH - 2 * PAD - 200
    body = list(_frame(most, wide))
    taken: list[tuple[float, float]] = []
    for place, (name, clean, seen) in enumerate(sorted(shown, key=lambda one: one[0] != OURS)):
        x, y = PAD + clean / most * wide, _up(seen)
        colour = COLOURS[place % len(COLOURS)]
        beside = y
        while any(abs(beside - other) < 15 and abs(x - far) < 240 for far, other in taken):
            beside += 15
        taken.append((x, beside))
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>')
        if beside > y:
            lead = f"M{x:.1f} {y:.1f}L{x + 10:.1f} {beside:.1f}"
            body.append(f'<path d="{lead}" stroke="{colour}" stroke-dasharray="2 3"/>')
        body.append(text(x + 11, beside + 4, name, "start", colour))
    return _picture(title, HIGH, body)


OURS: Final = "samescale"


def _up(share: float) -> float:
    return HIGH - PAD - share * (HIGH - 2 * PAD)


def _frame(most: float, wide: float) -> Iterator[str]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield _rule(f"M{PAD} {_up(share):.1f}H{PAD + wide:.0f}")
        yield text(PAD - 8, _up(share) + 4, f"{share:.0%}", "end")
        x = PAD + share * wide
        yield text(x, HIGH - PAD + 20, f"{share * most:.0%}", "middle")
    yield text(PAD + wide / 2, HIGH - 14, "alarms on clean batches", "middle")
    yield text(PAD, PAD - 18, "mistakes seen", "start")


def text(x: float, y: float, said: str, anchor: str, fill: str = GREY) -> str:
    """A text of the picture."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"'
    return f"<text {place}>{escape(said)}</text>"


def _rule(path: str, width: float = 0.6) -> str:
    return f'<path d="{path}" stroke="{GREY}" stroke-width="{width}" stroke-opacity="0.45"/>'


def _picture(title: str, height: float, parts: Sequence[str]) -> str:
    box = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    head = (
        f'<text x="20" y="24" fill="{GREY}" font-size="15" font-weight="600">{escape(title)}</text>'
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" {FONT}>',
        f"<title>{escape(title)}</title>",
        head,
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
