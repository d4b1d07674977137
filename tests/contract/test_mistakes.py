"""Every entry of the catalogue of mistakes keeps the same promises."""

import ast
import dataclasses as dc
import importlib
import pkgutil
import re

import pytest

from samescale import mistakes

FILES = sorted(item.name for item in pkgutil.iter_modules(mistakes.__path__) if item.name != "base")
CODES = {f"SG10{digit}" for digit in range(1, 8)} | {f"SG20{digit}" for digit in range(1, 5)}


@pytest.fixture(params=FILES)
def entry(request):
    return importlib.import_module(f"samescale.mistakes.{request.param}").MISTAKE


@pytest.mark.parametrize("file", FILES)
def test_the_file_is_called_as_the_mistake(file):
    name = importlib.import_module(f"samescale.mistakes.{file}").MISTAKE.name
    assert name.replace("-", "_") == file


def test_every_field_is_filled(entry):
    for field in dc.fields(entry):
        assert getattr(entry, field.name).strip(), field.name


def test_the_code_and_the_name_have_their_form(entry):
    assert re.fullmatch(r"S[SAG]\d{3}", entry.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", entry.name)
    assert entry.severity in {"error", "warning", "info"}


def test_both_examples_are_python_and_differ(entry):
    trees = [ast.dump(ast.parse(code)) for code in (entry.example_bad, entry.example_good)]
    assert trees[0] != trees[1]


def test_codes_and_names_are_unique():
    entries = mistakes.catalogue()
    assert len({entry.code for entry in entries}) == len(entries) == len(FILES)
    assert len({entry.name for entry in entries}) == len(entries)


def test_the_codes_of_the_contract_are_there():
    assert {entry.code for entry in mistakes.catalogue()} >= CODES
