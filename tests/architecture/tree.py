"""The sources as syntax trees: what the architecture tests walk."""

from __future__ import annotations

import ast
import dataclasses as dc
import functools
from pathlib import Path
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "samescale"
DOCS = ROOT / "docs"

# The folders that a contributor adds one file to; units in them know nothing of each other.
OPEN = (
    "mistakes",
    "statistics",
    "transforms",
    "sources",
    "sinks",
    "engines",
    "targets",
    "convert",
    "models",
    "adopt",
    "export",
    "guard",
    "evidence/hypotheses",
    "evidence/images/hypotheses",
    "cli/commands",
)

# What stands in such a folder and is no unit: the ground that its units share. So are `base.py`
# and files that begin with an underscore.
GROUND = {
    "sources": frozenset({"columns"}),
    "statistics": frozenset({"batch"}),
    "guard": frozenset(
        {"chance", "codes", "diagnosis", "finite", "guard", "policies", "warning", "watching"}
    ),
}


def is_ground(folder: str, stem: str) -> bool:
    """Whether a file of an open folder is shared ground, and not a unit."""
    return stem == "base" or stem.startswith("_") or stem in GROUND.get(folder, ())


@final
@dc.dataclass(frozen=True, slots=True)
class Module:
    """One file of the package.

    Attributes:
        path: The file, relative to the package: `targets/keras.py`.
        tree: Its syntax tree.
    """

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """The dotted name: `samescale.targets.keras`."""
        parts = self.path.with_suffix("").parts
        return ".".join(("samescale", *(part for part in parts if part != "__init__")))

    @property
    def unit(self) -> str:
        """What stands on a floor: the top folder or file; `__init__` for the package itself."""
        return self.path.parts[0].removesuffix(".py")

    def __str__(self) -> str:
        return self.path.as_posix()


@final
@dc.dataclass(frozen=True, slots=True)
class Import:
    """One imported name."""

    target: str
    line: int
    top: bool

    @property
    def root(self) -> str:
        """The distribution's top package."""
        return self.target.partition(".")[0]


@functools.cache
def modules() -> tuple[Module, ...]:
    """Every file of the package."""
    return tuple(
        Module(path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def imports(module: Module) -> Iterator[Import]:
    """Every import of a module: anywhere in it, under TYPE_CHECKING, and by `import_module`."""
    top = set(_top_level(module.tree))
    for node in ast.walk(module.tree):
        for target in _targets(node, module):
            yield Import(target, node.lineno, node in top)


def _top_level(tree: ast.Module) -> Iterator[ast.AST]:
    for statement in tree.body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            yield from ast.walk(statement)


def _targets(node: ast.AST, module: Module) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=target, names=names, level=level):
            base = _absolute(target, level, module)
            # `from samescale.ir import nodes` names a module; `… import Node` names what is in one.
            yield from (_deepest(base, alias.name) for alias in names)
        case ast.Call(func=function, args=[ast.Constant(value=str(target)), *_]):
            if ast.unparse(function).endswith(("import_module", "__import__")):
                yield target


def _absolute(target: str | None, level: int, module: Module) -> str:
    if not level:
        return target or ""
    parts = ("samescale", *module.path.parts)[:-level]
    return ".".join((*parts, *([target] if target else [])))


def _deepest(base: str, name: str) -> str:
    inside = PACKAGE.joinpath(*base.split(".")[1:], name)
    is_module = base.startswith("samescale") and (
        inside.is_dir() or inside.with_suffix(".py").exists()
    )
    return f"{base}.{name}" if is_module else base


def refuse(found: Iterable[str]) -> None:
    """Fail with every violation on a line of its own."""
    lines = list(found)
    assert not lines, "\n".join(["", *lines])


def classes(module: Module) -> Iterator[ast.ClassDef]:
    """Every class of a module."""
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a tree."""
    return (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
