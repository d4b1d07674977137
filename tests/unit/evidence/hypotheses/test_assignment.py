"""The best assignment, against all of them."""

import itertools

import numpy as np
import pytest

from samescale.evidence.hypotheses._permuted import families
from samescale.evidence.hypotheses._permuted.assignment import assignment


@pytest.mark.parametrize("width", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("seed", range(12))
def test_no_other_assignment_is_worth_more(width, seed):
    rng = np.random.default_rng(seed)
    # Ties every second time: whole numbers of a small range.
    worth = rng.normal(size=(width, width)) * 9 if seed % 2 else rng.integers(0, 3, (width, width))
    found = assignment(worth.astype(float))
    places = np.arange(width)
    assert sorted(found) == list(places)
    every = np.array(list(itertools.permutations(range(width))))
    assert worth[places, found].sum() == pytest.approx(worth[places, every].sum(axis=1).max())


def test_a_wide_table_gives_back_the_order_it_was_made_of():
    rng = np.random.default_rng(1)
    order = rng.permutation(80)
    worth = rng.normal(size=(80, 80))
    worth[np.arange(80), order] += 12
    np.testing.assert_array_equal(assignment(worth), order)


def test_moves_are_ranked_by_what_they_gain():
    worth = np.random.default_rng(2).normal(size=(7, 7)) * 5
    sources, priors = families.moves(worth, 100)
    gains = worth[sources, np.arange(7)].sum(axis=1)
    assert len(np.unique(sources, axis=0)) == 42 - 6  # neighbours change places either way
    assert (np.diff(gains) < 1e-9).all()
    assert np.exp(priors).sum() <= np.exp(families.MOVED) + 1e-12


def test_priors_are_no_more_than_a_distribution_over_orders():
    import math

    for width in (3, 6, 12):
        total = 0.0
        for count in range(2, width + 1):
            derangements = round(math.factorial(count) / math.e)
            orders = math.comb(width, count) * derangements
            total += orders * math.exp(families.log_prior(count, width))
        assert total <= math.exp(families.ANY) * 1.05
    _, priors = families.rotations(np.zeros((9, 9)), 100)
    assert np.exp(priors).sum() < 0.2
