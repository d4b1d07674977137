"""The bound on how far a count may stray."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescale.guard.chance import divergence, interval, surprise

PROBABILITY = st.floats(0.001, 0.999)


@given(st.integers(1, 60), PROBABILITY, st.data())
def test_the_bound_is_never_below_the_exact_chance(trials, probability, data):
    count = data.draw(st.integers(0, trials))
    terms = [
        math.comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
        for k in range(trials + 1)
    ]
    side = terms[count:] if count >= trials * probability else terms[: count + 1]
    assert math.exp(-surprise(count, trials, probability)) >= sum(side) - 1e-12


@given(st.floats(0, 1), PROBABILITY)
def test_a_divergence_is_nought_only_against_itself(share, probability):
    assert divergence(share, probability) >= -1e-15
    assert divergence(probability, probability) == pytest.approx(0, abs=1e-15)


@given(st.integers(1, 10**6), st.data(), st.floats(0.1, 30))
def test_an_interval_holds_the_share_and_ends_where_the_surprise_does(trials, data, nats):
    count = data.draw(st.integers(0, trials))
    low, high = interval(count, trials, nats)
    assert 0 <= low <= count / trials <= high <= 1
    assert surprise(count, trials, low) <= nats * (1 + 1e-6)
    assert surprise(count, trials, high) <= nats * (1 + 1e-6)


def test_no_rows_allow_any_probability():
    assert interval(0, 0, 5.0) == (0.0, 1.0)
    assert surprise(0, 0, 0.3) == 0.0


def test_an_interval_narrows_with_the_rows():
    widths = [np.diff(interval(n // 10, n, 13.8))[0] for n in (10, 100, 1000, 10_000)]
    assert widths == sorted(widths, reverse=True)
