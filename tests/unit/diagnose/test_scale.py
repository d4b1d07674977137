"""Bins that suit: whatever is compared, training can be seen, and nothing is lost."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescale.diagnose.compared import apart, by_chance
from samescale.diagnose.scale import Scale
from samescale.diagnose.summary import Summary, of_numbers
from samescale.diagnose.ticks import number

NORMAL = np.random.default_rng(0).normal(50.0, 8.0, 4000)
FLOATS = st.lists(st.floats(width=64) | st.none(), max_size=30).map(
    lambda values: np.array([np.nan if value is None else value for value in values])
)


@pytest.mark.parametrize(
    ("live", "law"),
    [
        (NORMAL[:100] + 5, "linear"),
        (NORMAL[:100] * 1000, "log"),
        ((NORMAL[:100] - 50) / 8, "linear"),
        (np.where(np.arange(100) % 5, NORMAL[:100], -9999.0), "wide"),
    ],
)
def test_the_law_follows_from_how_far_live_goes(live, law):
    scale = Scale.of(NORMAL, live, rows=100)
    assert scale.law == law
    assert sum(scale.shares(NORMAL)) == pytest.approx(1)
    assert sum(scale.shares(live)) == pytest.approx(1)


def test_training_is_never_one_spike():
    """Another unit and a sentinel leave training's own shape to be seen."""
    for live in (NORMAL * 1e6, np.array([-1e9, 50.0]), NORMAL / 1e4):
        shares = Scale.of(NORMAL, live, rows=100).shares(NORMAL)
        assert sum(share > 0.02 for share in shares) >= 3


def test_whole_numbers_fall_evenly():
    ages = np.tile(np.arange(18.0, 90.0), 50)
    shares = Scale.of(ages, ages[:100] * 0.1, rows=1000).shares(ages)
    filled = [share for share in shares if share][1:-1]
    assert max(filled) == pytest.approx(min(filled))


def test_few_values_stand_by_themselves():
    scale = Scale.of(np.array([0.0, 1.0, 1.0]), np.array([2.0]), rows=1)
    assert scale.law == "values"
    assert scale.edges == (0.0, 1.0, 2.0)
    assert scale.shares(np.array([1.0, np.nan, 2.0])) == (0.0, 0.5, 0.5)


def test_dates_are_labelled_as_dates():
    scale = Scale.of(np.linspace(1.6e9, 1.7e9, 99), np.array([1.65e9]), rows=9, dates=True)
    assert [label for _, label in scale.ticks] == ["2020-09-13", "2022-04-15", "2023-11-14"]


@given(FLOATS, FLOATS)
def test_any_numbers_have_a_scale(training, live):
    scale = Scale.of(training, live, rows=len(live))
    edges = np.array(scale.edges)
    assert np.isfinite(edges).all()
    assert (np.diff(edges) > 0).all()
    places = [place for place, _ in scale.ticks]
    assert places == sorted(places)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
    for values in (training, live):
        total = sum(scale.shares(values))
        there = values[~np.isnan(values)]
        drawn = (np.abs(there) <= 1e300).mean() if there.size else 0.0
        assert total == pytest.approx(drawn)


@given(FLOATS)
def test_any_numbers_have_a_summary(values):
    told = of_numbers(values)
    assert 0 <= told.missing <= 1
    assert "nan" not in str(told.to_json())
    if told.minimum is not None:
        assert told.minimum <= told.median <= told.maximum


def test_labels_keep_apart():
    for scale in (Scale.of(NORMAL, NORMAL * 1000, rows=99), Scale.of(NORMAL, NORMAL, rows=99)):
        places = [place for place, _ in scale.ticks]
        assert len(places) >= 2
        assert all(b - a > 0.08 for a, b in itertools.pairwise(places))


def side(rows, shares, missing=0.0):
    return Summary(rows, missing, shares=shares)


@pytest.mark.parametrize("is_ordered", [True, False])
def test_distance(is_ordered):
    one = side(100, (0.5, 0.5, 0.0))
    assert apart(one, one, is_ordered=is_ordered) == 0
    assert apart(one, side(9, (0.0, 0.0, 1.0)), is_ordered=is_ordered) == 1
    assert apart(one, side(9, (0.5, 0.5, 0.0), 0.3), is_ordered=is_ordered) == pytest.approx(0.3)


@pytest.mark.parametrize("is_ordered", [True, False])
def test_samples_of_one_law_are_near(is_ordered):
    random = np.random.default_rng(1)
    chances = random.dirichlet(np.ones(12))
    far = 0
    for _ in range(500):
        one, other = (random.multinomial(rows, chances) / rows for rows in (2000, 60))
        sides = side(2000, tuple(one)), side(60, tuple(other))
        far += apart(*sides, is_ordered=is_ordered) > by_chance(*sides, is_ordered=is_ordered)
    assert far <= 3


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567.0, "1.23e6"), (-0.5, "−0.5"), (999.96, "1,000"), (0.00004, "4e-5"),
     (float("inf"), "∞"), (float("nan"), "–"), (41.0, "41")],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert number(value) == text
