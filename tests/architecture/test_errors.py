"""The error tree is drawn once, in the docstring of errors.py, and is what the code says."""

from __future__ import annotations

import re

import pytest

from samescale import errors
from samescale.errors import SamescaleError


def drawn() -> dict[str, str]:
    """Parent by error, as the docstring draws it."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+Error)", line)
        if found:
            depth = len(found["indent"]) // 4
            path[depth:] = [found["name"]]
            parents[found["name"]] = path[depth - 1] if depth else ""
    return parents


def tree(root: type[SamescaleError]) -> list[type[SamescaleError]]:
    """An error and all that derive from it, each once."""
    below = [error for child in root.__subclasses__() for error in tree(child)]
    return list(dict.fromkeys([root, *below]))


def public() -> list[type[SamescaleError]]:
    """Every error that a user may meet."""
    return [error for error in tree(SamescaleError) if not error.__name__.startswith("_")]


def above(error: type[SamescaleError]) -> str:
    """The nearest public error that an error derives from."""
    names = [base.__name__ for base in error.__mro__[1:] if base in public()]
    return names[0] if names else ""


def test_the_drawing_is_the_tree():
    assert drawn() == {error.__name__: above(error) for error in public()}


def test_every_error_is_declared_in_errors():
    assert {error.__module__ for error in tree(SamescaleError)} == {errors.__name__}


def test_codes_are_unique():
    codes = [error.code for error in public()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("error", public())
def test_codes_are_numbered_as_the_tree_branches(error: type[SamescaleError]):
    assert re.fullmatch(r"E\d{3}", error.code)
    assert error is SamescaleError or error.code[1] != "0"


@pytest.mark.parametrize("error", public())
def test_every_error_says_what_it_is(error: type[SamescaleError]):
    assert error.__doc__
    assert error.__doc__.strip().endswith(".") or "\n" in error.__doc__
