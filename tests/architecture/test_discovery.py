"""Open folders: one file more is all it takes, and every folder says so in the same way."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from samescale import guard, sinks
from tests.architecture.tree import PACKAGE, is_ground, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDERS = sorted(
    path.parent.relative_to(PACKAGE).as_posix()
    for path in PACKAGE.rglob("__init__.py")
    if path.parent != PACKAGE
)
# What people name, in a spec, a bundle or on the command line: `names()` and `load(name)`.
NAMED = ("mistakes", "transforms", "sources", "targets", "models", "cli/commands")
# What is found by what it takes or watches: a function that walks the folder.
WALKED: dict[str, Callable[[], set[str]]] = {
    "sinks": lambda: {f"samescale.sinks.{name}" for name in sinks.kinds().values()},
    "guard": lambda: {rule.__module__ for rule in guard.rules()},
}
MOST_LINES = 30


def folder(name: str) -> Any:
    """The package of an open folder."""
    return importlib.import_module(f"samescale.{name.replace('/', '.')}")


def units(name: str) -> set[str]:
    """The files and folders of an open folder that a name stands for."""
    folders = {path.parent.name for path in (PACKAGE / name).glob("*/__init__.py")}
    files = {path.stem for path in (PACKAGE / name).glob("*.py")}
    return {stem for stem in files | folders if not is_ground(name, stem)}


def test_every_folder_says_what_lives_in_it():
    refuse(name for name in FOLDERS if not (PACKAGE / name / "README.md").exists())


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_says_it_shortly(name: str):
    lines = (PACKAGE / name / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) <= MOST_LINES


@pytest.mark.parametrize("name", NAMED)
def test_a_named_folder_lists_its_names(name: str):
    names = folder(name).names()
    assert isinstance(names, tuple)
    assert len(names) == len(units(name)) > 0
    assert list(names) == sorted(set(names))


@pytest.mark.parametrize("name", NAMED)
def test_a_named_folder_loads_by_one_name(name: str):
    parameters = inspect.signature(folder(name).load).parameters.values()
    assert len([item for item in parameters if item.default is inspect.Parameter.empty]) == 1


@pytest.mark.parametrize("name", WALKED)
def test_a_walked_folder_finds_every_file(name: str):
    assert WALKED[name]() == {f"samescale.{name}.{unit}" for unit in units(name)}
