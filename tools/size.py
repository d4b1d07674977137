"""The size budget: short files, short functions, few branches.

A reader should hold a unit in mind at once. The bounds are drawn from the codebases of this field
that read best. Run it with `python tools/size.py`: it prints the figures and fails above a bound.

A function's body is its lines less the docstring, blank lines included. A branch is a place where
control splits; a `match` counts once, for a table with one answer a case reads as one decision
(each case's body counts by itself).
"""

from __future__ import annotations

import ast
import dataclasses as dc
import math
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "samescale"
SPLITS = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.comprehension, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@final
@dc.dataclass(frozen=True, slots=True)
class Measure:
    """The size of one thing, and where it stands."""

    place: str
    size: int


@final
@dc.dataclass(frozen=True, slots=True)
class Bound:
    """What a kind of size may be."""

    name: str
    median: float
    p95: float
    most: int


BOUNDS = {
    "file": Bound("lines of a file", 110, 250, 400),
    "body": Bound("lines of a function's body", 6, 25, 50),
    "branches": Bound("branches of a function", math.inf, math.inf, 12),
}


def files(root: Path = SOURCES) -> Iterator[Path]:
    """The Python files of the package that hold code."""
    return (path for path in sorted(root.rglob("*.py")) if path.stat().st_size)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body(function: Function) -> int:
    """How many lines a function's body has, its docstring left out."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    if not statements:
        return 0
    end = function.end_lineno or statements[-1].lineno
    return end - statements[0].lineno + 1


def branches(function: Function) -> int:
    """In how many places control splits."""
    nodes = list(ast.walk(function))
    splits = sum(isinstance(node, SPLITS) for node in nodes)
    joined = sum(len(node.values) - 1 for node in nodes if isinstance(node, ast.BoolOp))
    guards = sum(isinstance(node, ast.match_case) and node.guard is not None for node in nodes)
    return splits + joined + guards


def measure(root: Path = SOURCES) -> dict[str, list[Measure]]:
    """Every size, by kind."""
    sizes: dict[str, list[Measure]] = {name: [] for name in BOUNDS}
    for path in files(root):
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(root).as_posix()
        sizes["file"].append(Measure(place, len(text.splitlines())))
        for function in functions(ast.parse(text)):
            name = f"{place}:{function.lineno} {function.name}"
            sizes["body"].append(Measure(name, body(function)))
            sizes["branches"].append(Measure(name, branches(function)))
    return sizes


def quantile(sizes: Sequence[int], share: float) -> int:
    """The smallest size that `share` of all sizes don't exceed."""
    ordered = sorted(sizes)
    return ordered[math.ceil(share * len(ordered)) - 1]


def check(kind: str, measures: Sequence[Measure]) -> Iterator[str]:
    """What is over its bound."""
    bound, sizes = BOUNDS[kind], [item.size for item in measures]
    if (median := statistics.median(sizes)) > bound.median:
        yield f"median of {bound.name}: {median:g}, allowed {bound.median:g}"
    if (high := quantile(sizes, 0.95)) > bound.p95:
        yield f"95 % of {bound.name}: {high}, allowed {bound.p95:g}"
    for item in measures:
        if item.size > bound.most:
            yield f"{item.place}: {item.size} {bound.name}, allowed {bound.most}"


def line(kind: str, measures: Sequence[Measure]) -> str:
    """One line of the table."""
    sizes = [item.size for item in measures]
    return (
        f"{BOUNDS[kind].name:28} n {len(sizes):5}  median {statistics.median(sizes):6g}"
        f"  p95 {quantile(sizes, 0.95):4}  max {max(sizes):4}"
    )


def main() -> int:
    """Print the figures; 1 if a bound is passed."""
    sizes = measure()
    excess = [text for kind, measures in sizes.items() for text in check(kind, measures)]
    print("\n".join(line(kind, measures) for kind, measures in sizes.items()))
    print("\n".join(f"over budget: {text}" for text in excess) or "within the budget")
    return int(bool(excess))


if __name__ == "__main__":
    sys.exit(main())
