"""The bar that a person watches."""

from __future__ import annotations

import pytest

from samescale.terminal import Bar


@pytest.fixture
def bar(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    return Bar(force=True)


def work(bar, what="train", total=200, done=22, error=None):
    bar.start(what, total)
    try:
        bar.step(done)
        if error:
            raise error
    finally:
        bar.stop()


def test_what_has_ended_is_ticked(bar, capsys):
    work(bar)
    said = capsys.readouterr().err
    assert "✓" in said
    assert "✗" not in said


def test_what_an_error_or_an_interrupt_ended_is_not(bar, capsys):
    with pytest.raises(KeyboardInterrupt):
        work(bar, error=KeyboardInterrupt())
    said = capsys.readouterr().err
    assert "✓" not in said
    assert "✗" in said
    assert "22/200" in said


def test_an_error_that_was_there_before_is_none_of_its_work(bar, capsys):
    try:
        int("x")
    except ValueError:
        work(bar)
    assert "✓" in capsys.readouterr().err


def test_nothing_is_cut_on_a_narrow_terminal_and_the_times_say_what_they_are(bar, capsys):
    work(bar, "adapt, pass 1 of 2", 1_000_000_000, 1_000_000_000)
    said = capsys.readouterr().err
    assert "1000000000/1000000000" in said
    assert "0:00 elapsed" in said
