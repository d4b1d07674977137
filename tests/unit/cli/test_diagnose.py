"""`samescale diagnose` and `samescale report`."""

from __future__ import annotations

import json

import pytest

from tests.unit.cli.conftest import CITIES, write_csv

pytestmark = pytest.mark.sklearn
NAMES = ("age", "income", "city")


@pytest.fixture
def shouted(tmp_path):
    """The file of training, its cities in capitals."""
    rows = [(30 + i % 40, 50_000 + i, CITIES[i % 3].upper()) for i in range(60)]
    return str(write_csv(tmp_path / "shouted.csv", rows, NAMES))


def test_nothing_is_0(run):
    code, said, err = run("diagnose", "train.csv", "train.csv")
    assert code == 0
    assert said.splitlines()[:2][1] == "All 240 rows that arrived look like training."
    assert not err


def test_a_mistake_is_1_and_its_name_comes_first(run, shouted):
    code, said, _ = run("diagnose", "train.csv", shouted, "--columns", "city")
    assert code == 1
    assert "SG331" in said.splitlines()[0]
    assert "OSLO" in said
    assert "→" in said


def test_as_json(run, shouted):
    code, said, _ = run("diagnose", "train.csv", shouted, "--json", "--alpha", "0.01")
    found = json.loads(said)
    assert code == 1
    assert found["status"] == "mistake"
    assert found["alpha"] == 0.01
    assert {column["name"] for column in found["columns"]} == {*NAMES}


def test_a_bundle_and_a_file(run):
    code, said, _ = run("diagnose", "price.samescale", "train.csv")
    assert code == 0
    assert "price.samescale (192 rows)" in said or "price.samescale (240 rows)" in said
    assert "left out: price, the bundle doesn't read it" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("diagnose", "train.csv", "none.csv"), "none.csv"),
        (("diagnose", "train.csv", "train.csv", "--alpha", "7"), "between 0 and 1"),
        (("diagnose", "train.csv", "train.csv", "--columns", "agee"), "Did you mean 'age'"),
        (("diagnose", "train.csv", "train.csv", "--scaled", "spec.json"), "mean and deviation"),
        (("report", "train.csv", "train.csv"), "-o"),
        (("report", "train.csv", "train.csv", "-o", "train.csv"), "is the file that is read"),
    ],
)
def test_a_wrong_call_is_2(run, arguments, words):
    code, _, err = run(*arguments)
    assert code == 2
    assert words in err


def test_the_scaling_of_training_is_read(run, tmp_path):
    scaling = tmp_path / "scaling.json"
    scaling.write_text('{"age": [0, 1], "income": {"mean": 0, "deviation": 1}}', encoding="utf-8")
    assert run("diagnose", "train.csv", "train.csv", "--scaled", str(scaling))[0] == 0


def test_the_report_is_one_file(run, shouted, tmp_path):
    out = tmp_path / "r.html"
    code, said, err = run("report", "train.csv", shouted, "-o", str(out), "--date", "2026-01-31")
    assert code == 0
    assert "in another form" in said
    assert str(out) in err
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "OSLO" in text
    assert "2026-01-31" in text
