"""The public surface: few names, each said once, and the docs list exactly those."""

from __future__ import annotations

import ast
import re

import pytest

import samescale
from tests.architecture.tree import DOCS, modules

MOST_NAMES = 40
REFERENCE = DOCS / "reference"
INIT = next(module for module in modules() if str(module) == "__init__.py")


def reexported() -> dict[str, str]:
    """Public names by the name that they are imported under in `__init__`."""
    return {
        alias.name: alias.asname or ""
        for node in ast.walk(INIT.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("samescale")
        for alias in node.names
    }


def documented() -> set[str]:
    """The names that the reference has a section or a page for."""
    python = [page.read_text(encoding="utf-8") for page in (REFERENCE / "python").glob("*.md")]
    pages = [page.read_text(encoding="utf-8") for page in (REFERENCE / "transforms").glob("*.md")]
    sections = re.findall(r"^::: samescale\.(\w+)$", "\n".join(python), re.MULTILINE)
    titles = re.findall(r"^# (\w+)$", "\n".join(pages), re.MULTILINE)
    return {*sections, *titles} - {"Transforms"}


def test_names_are_reexported_as_themselves():
    assert {name for name, alias in reexported().items() if alias != name} == set()


def test_the_list_of_public_names_is_what_is_imported():
    imported = {name for name in reexported() if not name.startswith("_")}
    assert imported == set(samescale.__all__) - {"__version__"}


def test_there_are_few_public_names():
    assert 0 < len(samescale.__all__) <= MOST_NAMES


def test_public_names_are_sorted_and_unique():
    assert list(samescale.__all__) == sorted(set(samescale.__all__))


@pytest.mark.parametrize("name", samescale.__all__ if hasattr(samescale, "__all__") else ())
def test_every_public_name_is_there_and_documented(name: str):
    assert getattr(samescale, name) is not None
    assert name == "__version__" or getattr(samescale, name).__doc__


def test_the_reference_lists_the_public_names():
    assert documented() == set(samescale.__all__) - {"__version__"}
