"""Every entry of the catalogue of mistakes keeps the same promises."""

import ast
import dataclasses as dc
import importlib
import pkgutil
import re

import pytest

from samescale import mistakes

FILES = sorted(item.name for item in pkgutil.iter_modules(mistakes.__path__) if item.name != "base")
CODES = {
    *(f"SG10{digit}" for digit in range(1, 8)),
    *(f"SG20{digit}" for digit in range(1, 5)),
    *(f"SG{number}" for number in (*range(301, 312), *range(321, 329), 331, 332, 390)),
    *(f"SS{number}" for number in (*range(101, 107), 201, 202, 203, 301, 302, 401, 402, 403)),
    *(f"SS{number}" for number in (501, 502, 503, 601, 701)),
    *(f"SA{number}" for number in (101, 102, 103, 201, 202, 203, 301, 401, 402)),
    *(f"SA{number}" for number in (501, 502, 503, 601, 602)),
}
MADE_BEFORE = {f"SG3{number:02}" for number in (*range(1, 11), *range(21, 28))} - {"SG306", "SG307"}
# A sentence begins with a capital, or with a name of Python.
BEGINS = re.compile(r"[A-Z]|`|fit |\w+[._(]\w*")


@pytest.fixture(params=FILES)
def entry(request):
    return importlib.import_module(f"samescale.mistakes.{request.param}").MISTAKE


@pytest.mark.parametrize("file", FILES)
def test_the_file_is_called_as_the_mistake(file):
    name = importlib.import_module(f"samescale.mistakes.{file}").MISTAKE.name
    assert name.replace("-", "_") == file


def test_every_field_is_filled(entry):
    for field in dc.fields(entry):
        if field.name != "related":  # a mistake may have no counterpart
            assert getattr(entry, field.name).strip(), field.name


def test_cause_looks_and_fix_are_whole_sentences(entry):
    for text in (entry.cause, entry.looks_like, entry.fix):
        assert BEGINS.match(text), text
        assert text.endswith(".")
        assert "  " not in text


def test_what_is_related_is_there_and_points_back(entry):
    assert len(set(entry.related)) == len(entry.related)
    for code in entry.related:
        assert entry.code in mistakes.load(code).related
        assert code != entry.code


@pytest.mark.parametrize("code", sorted(MADE_BEFORE - {"SG310"}))
def test_what_a_caller_does_to_numbers_has_its_counterpart_in_code(code):
    assert any(other.startswith("SS") for other in mistakes.load(code).related)


def test_the_code_and_the_name_have_their_form(entry):
    assert re.fullmatch(r"S[SAG]\d{3}", entry.code)
    assert re.fullmatch(r"[a-z]+(-([a-z]+|\d+))*", entry.name)
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
