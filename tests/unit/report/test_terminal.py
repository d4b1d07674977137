"""The diagnosis in a terminal: verdict first, sparklines, and nothing that could harm it."""

from __future__ import annotations

import io

import pytest

from samescale.report.terminal import BLOCKS, PLAIN, lines, show, sparkline
from tests import diagnoses


def shown(diagnosis, monkeypatch, **environment):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="utf-8")
    show(diagnosis, file)
    file.flush()
    return raw.getvalue().decode()


def test_the_verdict_comes_first(monkeypatch):
    text = shown(diagnoses.mistake(), monkeypatch)
    first, second, third, *_ = text.splitlines()
    assert "Mistake named" in first
    assert "SG301" in first
    assert second.endswith("arrive already normalised.")
    assert third == "→ Drop the StandardScaler in the caller: the model holds its own."
    assert "█" in text
    assert "put right" in text
    assert "10 more columns" in text
    assert "never" in text


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_plain_ascii_where_it_is_asked_for(monkeypatch, environment):
    text = shown(diagnoses.drift(), monkeypatch, **environment)
    assert text.isascii()
    assert "@" in text


@pytest.mark.parametrize("name", ["mistake", "nothing", "drift", "hostile"])
def test_no_name_reaches_the_terminal_itself(monkeypatch, name):
    text = shown(getattr(diagnoses, name)(), monkeypatch)
    assert "\x1b[31mred" not in text
    assert "\u202e" not in text
    assert "\x07" not in text
    assert max(map(len, text.splitlines())) < 2_500


def test_sparklines():
    assert sparkline((0.0, 1.0, 0.5)) == f" {BLOCKS[-1]}{BLOCKS[4]}"
    assert sparkline((0.0, 1.0), PLAIN) == " @"
    assert sparkline(()) == ""
    assert len(sparkline([1 / 48] * 48)) == 24


def test_every_side_has_a_line():
    text = "\n".join(line.plain for line in lines(diagnoses.mistake()))
    assert text.count("  training  ") == 9
    assert text.count("  put right ") == 2
