"""A diagnosis for a terminal: verdict first, then columns as sparklines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from samescale.diagnose.ticks import moment, number
from samescale.report._markup import visible
from samescale.report.columns import apart
from samescale.report.facts import percent
from samescale.report.headline import LABELS, chance, entry, others
from samescale.report.weighed import in_rows, strength

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from samescale.diagnose.compared import Compared
    from samescale.diagnose.diagnosis import Diagnosis
    from samescale.diagnose.summary import Summary

BLOCKS: Final = "▁▂▃▄▅▆▇█"
PLAIN: Final = ".:-=+*#@"
COLUMNS: Final = 10
"""So many columns are drawn; `--json` and the report have all."""

_WIDTH: Final = 24
_NAME: Final = 28
_COLOURS: Final = {
    "mistake": "bold red",
    "drift": "bold yellow",
    "noted": "bold blue",
    "nothing": "bold green",
}
_SIGNS: Final = {"mistake": "✗", "drift": "≈", "noted": "!", "nothing": "✓"}
_WORDS: Final = {"✗": "[x]", "≈": "[~]", "✓": "[ok]", "!": "[!]", "→": "->", "–": "-", "−": "-",
                 "×": "x", "…": "...", "’": "'", "∞": "inf", "α": "alpha", "·": "/"}  # fmt: skip


def show(diagnosis: Diagnosis, file: IO[str] | None = None) -> None:
    """Print a diagnosis.

    Colours and block characters where the terminal has them; with NO_COLOR, on a dumb terminal and
    where the encoding has none, plain ASCII but for others' names.

    Args:
        diagnosis: What to tell.
        file: Where to; standard output if left out.
    """
    console = Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True)
    plain = is_plain(console)
    for line in lines(diagnosis, BLOCKS if not plain else PLAIN):
        console.print(_ascii(line) if plain else line)


def is_plain(console: Console) -> bool:
    """Whether nothing but ASCII should be printed."""
    asked = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return asked or console.encoding.lower().replace("-", "") not in {"utf8", "utf16"}


def lines(diagnosis: Diagnosis, blocks: str = BLOCKS) -> list[Text]:
    """The lines that are printed."""
    found = _verdict(diagnosis)
    shown, rest = diagnosis.columns[:COLUMNS], diagnosis.columns[COLUMNS:]
    if any(column.kind != "text" for column in shown):
        found.append(Text("\nColumns, with least … median … greatest value:", "dim"))
    for column in shown:
        found += ["", *_column(column, blocks)]
    if rest:
        found.append(Text(f"\n{len(rest)} more columns are nearer to training.", "dim"))
    found += [*_findings(diagnosis), *_course(diagnosis, blocks), *_weighed(diagnosis)]
    found += [*_needed(diagnosis), *_looked(diagnosis)]
    return [line if isinstance(line, Text) else Text(line) for line in found]


def sparkline(shares: Sequence[float], blocks: str = BLOCKS, width: int = _WIDTH) -> str:
    """Shares as a line of characters, each as high as its share; nothing is a space.

    >>> sparkline((0.1, 0.4, 0.0, 0.5))
    '▂▇ █'
    """
    each = -(-len(shares) // width) or 1
    sums = [sum(shares[place : place + each]) for place in range(0, len(shares), each)]
    highest = max(sums, default=0.0) or 1.0
    top = len(blocks) - 1
    return "".join(
        blocks[min(top, max(0, round(top * share / highest)))] if share else " " for share in sums
    )


def _verdict(diagnosis: Diagnosis) -> list[str | Text]:
    status, best = diagnosis.status, diagnosis.verdict.best
    known = entry(diagnosis)
    head = Text(f"{_SIGNS[status]} {LABELS[status]}", _COLOURS[status])
    if known is not None:
        head.append(f"  {known.code} {known.name}", "dim")
    found: list[str | Text] = [head, Text(visible(diagnosis.said, 2_000), "bold")]
    if diagnosis.remedy:
        found.append(f"→ {visible(diagnosis.remedy, 2_000)}")
    if best is not None and strength(best.evidence) > 0:
        told = f"Rows like training's speak so strongly for it at most {chance(best.evidence)}."
        found.append(Text(told, "dim"))
    return found


def _column(column: Compared, blocks: str) -> list[str | Text]:
    head = Text(visible(column.name, _NAME), "bold")
    words = f"  {apart(column)}"
    if column.restored_distance is not None:
        words += f", {percent(column.restored_distance)} put right"
    head.append(words, "dim")
    if column.concerned:
        head.append("  named", "red")
    if column.kind == "text":
        return [head, *_categories(column)]
    sides = [("training", column.training, "cyan"), ("live", column.live, "yellow")]
    if column.restored is not None:
        sides.append(("put right", column.restored, "green"))
    return [head, *(_side(column, *side, blocks) for side in sides)]


def _side(column: Compared, title: str, side: Summary, colour: str, blocks: str) -> Text:
    line = Text(f"  {title:<10}")
    line.append(f"{sparkline(side.shares, blocks):<{_WIDTH}}", colour)
    written = moment if column.kind == "date" else number
    told = f"  {written(side.minimum)} … {written(side.median)} … {written(side.maximum)}"
    missing = f", {percent(side.missing)} missing" if side.missing else ""
    line.append(f"{told}{missing}", "dim")
    return line


def _categories(column: Compared) -> list[Text]:
    found = []
    both = zip(column.categories, column.training.shares, column.live.shares, strict=True)
    for name, own, other in [*both][:_FEW]:
        found.append(
            Text(f"  {visible(name, _NAME):<{_NAME}} {percent(own):>7} {percent(other):>7}")
        )
    for name, share in column.live.unseen[:_FEW]:
        line = Text(f"  {visible(name, _NAME):<{_NAME}} {'never':>7} {percent(share):>7}")
        line.append("  new", "yellow")
        found.append(line)
    return found


_FEW: Final = 5


def _findings(diagnosis: Diagnosis) -> list[str | Text]:
    told = others(diagnosis)
    found: list[str | Text] = [""] if told else []
    return found + [f"{finding.severity}: {visible(str(finding), 2_000)}" for finding in told]


def _course(diagnosis: Diagnosis, blocks: str) -> list[str | Text]:
    course = diagnosis.course
    if len(course) < 2:  # noqa: PLR2004 - a point is no course
        return []
    line = sparkline([max(strength(one.evidence), 0.0) for one in course], blocks)
    return [
        f"\nevidence    {line}  {strength(course[-1].evidence):.1f} after {course[-1].rows:,} rows"
    ]


def _weighed(diagnosis: Diagnosis) -> list[str | Text]:
    best = diagnosis.verdict.best
    likely = [one for one in diagnosis.verdict.alternatives if one != best and one.evidence > 0]
    if not likely:
        return []
    pairs = ((visible(one.mistake, _NAME), strength(one.evidence)) for one in likely[:_FEW])
    told = ", ".join(f"{name} {evidence:.1f}" for name, evidence in pairs)
    return [Text(f"also weighed: {told}", "dim")]


def _needed(diagnosis: Diagnosis) -> list[str | Text]:
    """By how many rows, which mistakes they tell."""
    ordered = sorted(diagnosis.needed.items(), key=lambda pair: (pair[1], pair[0]))
    groups: dict[str, list[str]] = {}
    for name, rows in ordered:
        groups.setdefault(in_rows(rows), []).append(visible(name))
    lines = [f"  {rows}: {', '.join(names)}" for rows, names in groups.items()]
    return [Text(line, "dim") for line in ("\nRows needed to tell:", *lines)] if lines else []


def _looked(diagnosis: Diagnosis) -> list[str | Text]:
    live, training = diagnosis.live, diagnosis.training
    found: list[str | Text] = [
        Text(
            f"\n{visible(live.description)} ({live.rows:,} rows) against "
            f"{visible(training.description)} ({training.rows:,} rows)",
            "dim",
        )
    ]
    return found + [
        Text(f"left out: {visible(name)}, {visible(why, 300)}", "dim")
        for name, why in diagnosis.skipped.items()
    ]


def _ascii(line: Text) -> str:
    text = line.plain
    for sign, word in _WORDS.items():
        text = text.replace(sign, word)
    return text
