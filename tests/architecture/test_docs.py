"""The docs are complete, fresh and linked."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING, get_args

import pytest

import samescale
from samescale import errors, mistakes, transforms
from samescale.ir import nodes
from tests.architecture.test_layers import FLOORS
from tests.architecture.tree import DOCS, ROOT, Module, modules, refuse
from tools import reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORBIDDEN = ("helper", "util", "manager", "handler", "processor")
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
READMES = sorted((ROOT / "src").rglob("README.md"))
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\]\(([^()\s]+)\)")


def text(path: Path) -> str:
    """A page without its code."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    """A page as the failure names it."""
    return path.relative_to(ROOT).as_posix()


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as the site makes them."""
    headings = re.findall(r"^#+ (.+)$", text(path), re.MULTILINE)
    return {slug(heading) for heading in headings}


def slug(heading: str) -> str:
    """A heading's anchor: lower case, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def broken(path: Path) -> Iterator[str]:
    """Each link to a file or a heading that isn't there."""
    for target in LINK.findall(text(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            yield target
        elif anchor and there.suffix == ".md" and anchor not in anchors(there):
            yield f"{target} (no such heading)"


@pytest.mark.parametrize("path", [*PAGES, *READMES], ids=name)
def test_every_link_leads_somewhere(path: Path):
    assert not list(broken(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_page_has_one_title(path: Path):
    assert len(re.findall(r"^# ", text(path), re.MULTILINE)) == 1


def test_generated_pages_are_fresh():
    assert reference.stale() == [], "run: make reference"


@pytest.mark.parametrize("transform", transforms.names())
def test_every_transform_has_its_page(transform: str):
    cls = transforms.load(transform)
    page = (DOCS / "reference" / "transforms" / f"{cls.__name__.lower()}.md").read_text()
    assert "## Example" in page
    for argument in inspect.signature(cls).parameters:
        assert f"| `{argument}` |" in page


def test_every_mistake_is_in_the_catalogue():
    page = (DOCS / "reference" / "mistakes.md").read_text(encoding="utf-8")
    for entry in mistakes.catalogue():
        assert f"## {entry.code} {entry.name}" in page
        assert entry.fix in page


def test_every_error_code_is_documented():
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    found = [item for item in vars(errors).values() if inspect.isclass(item)]
    for error in found:
        if issubclass(error, errors.SamescaleError) and not error.__name__.startswith("_"):
            assert f"| {error.code} | `{error.__name__}` |" in page


def test_every_command_is_documented():
    page = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    commands = importlib.import_module("samescale.cli.commands").names()
    assert set(re.findall(r"^## samescale (\S+)$", page, re.MULTILINE)) == set(commands)


@pytest.mark.parametrize("public", samescale.__all__)
def test_every_public_name_is_explained(public: str):
    docstring = inspect.getdoc(getattr(samescale, public)) or ""
    assert len(docstring.split()) > 3
    pages = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert re.search(rf"\b{public}\b", pages)


def test_how_it_works_names_every_node_and_every_floor():
    page = (DOCS / "how_it_works.md").read_text(encoding="utf-8")
    units = {unit for floor in FLOORS for unit in floor} - {"__init__", "__main__"}
    known = {*units, *(node.__name__ for node in get_args(nodes.Node))}
    assert {word for word in known if f"`{word}`" not in page} == set()


@pytest.mark.keras
def test_the_parity_table_says_what_the_targets_declare():
    command = [sys.executable, str(ROOT / "tools" / "numerics.py"), "--declared"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    declared = json.loads(done.stdout.splitlines()[-1])
    page = (DOCS / "numerics.md").read_text(encoding="utf-8")
    titles, *rows = [
        line.strip("| ").split(" | ") for line in page.splitlines() if line[:2] == "| "
    ]
    written = {
        title: {row[0]: row[place].partition(" (measured")[0] for row in rows}
        for place, title in enumerate(titles)
        if place
    }
    assert written == declared, "run: make reference"


def identifiers(module: Module) -> Iterator[tuple[int, str]]:
    """Every name that a module gives to something."""
    for node in ast.walk(module.tree):
        match node:
            case ast.FunctionDef(name=given) | ast.ClassDef(name=given):
                yield node.lineno, given
            case ast.arg(arg=given) | ast.Name(id=given, ctx=ast.Store()):
                yield node.lineno, given


def words(given: str) -> list[str]:
    """The words of a name: `IrUtils` and `ir_utils` have two."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", given).lower())


def test_names_keep_to_the_vocabulary():
    refuse(
        f"{module}:{line} {given}"
        for module in modules()
        for line, given in [*identifiers(module), (0, module.path.as_posix())]
        for word in words(given)
        if word.removesuffix("s") in FORBIDDEN
    )


def blocks(path: Path) -> list[str]:
    """The Python blocks of a page."""
    found = path.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_python_blocks_parse(path: Path):
    for block in blocks(path):
        ast.parse(block)
