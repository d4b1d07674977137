"""Weighted quantiles are NumPy's `inverted_cdf`, compared exactly, in any order."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.statistics.quantiles import Quantiles

PROBABILITIES = (0.0, 0.01, 0.25, 1 / 3, 0.5, 0.75, 0.999, 1.0)


def exactly(values: np.ndarray, weights: np.ndarray, probability: float) -> float | None:
    there = ~np.isnan(values)
    pairs = sorted(zip(values[there].tolist(), map(Fraction, weights[there]), strict=True))
    if not pairs:
        return None
    wanted, met = Fraction(probability) * sum(weight for _, weight in pairs), Fraction(0)
    for value, weight in pairs:
        met += weight
        if met >= wanted:
            return value + 0.0
    raise AssertionError


def passes(quantiles: Quantiles, parts: list[tuple[np.ndarray, np.ndarray]]) -> Quantiles:
    following, count = quantiles, 0
    while following is not None:
        quantiles, count = following, count + 1
        for batch, weights in parts:
            quantiles = quantiles.update(batch, weights)
        following = quantiles.refine()
    assert count <= 4
    return quantiles


def draws(rng: np.random.Generator, rows: int) -> list[tuple[np.ndarray, np.ndarray]]:
    values = np.stack(
        [
            rng.normal(10, 3, rows),
            np.where(rng.random(rows) < 0.3, np.nan, rng.integers(-3, 4, rows)),
            np.exp2(rng.uniform(-1074, 1000, rows)) * rng.choice([-1, 1], rows),
        ],
        axis=1,
    )
    values[0] = -0.0
    return [
        (values, weights)
        for weights in (
            rng.random(rows) + 1e-9,
            rng.integers(1, 5, rows).astype(float),
            np.exp2(rng.uniform(-1074, 1000, rows)),
            rng.choice([5e-324, 1e308, 1.0, 0.1], rows),
            np.full(rows, 0.1),
        )
    ]


@pytest.mark.parametrize("cap", [1, 7, 8192])
@pytest.mark.parametrize("rows", [1, 2, 60, 900])
def test_they_are_exact_in_any_order(rows, cap):
    rng = np.random.default_rng(rows)
    for values, weights in draws(rng, rows):
        empty = Quantiles(PROBABILITIES, cap).weighted()
        found = passes(empty, [(values, weights)])
        assert found.value()["values"] == [
            [exactly(column, weights, p) for p in PROBABILITIES] for column in values.T
        ]
        order = rng.permutation(rows)
        parts = np.array_split(order, 5)
        again = passes(empty, [(values[part], weights[part]) for part in parts])
        assert json.dumps(again.to_json()) == json.dumps(found.to_json())


def test_they_are_those_of_numpy_where_it_rounds_nothing():
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=(5000, 2)), rng.integers(1, 9, 5000) / 8
    found = passes(Quantiles(PROBABILITIES).weighted(), [(values, weights)])
    wide = np.repeat(weights[:, None], 2, axis=1)
    want = np.quantile(values, PROBABILITIES, axis=0, weights=wide, method="inverted_cdf")
    assert found.value()["values"] == want.T.tolist()


def test_whole_weights_are_repeated_rows():
    rng = np.random.default_rng(1)
    values, times = np.round(rng.normal(size=(400, 1)), 1), rng.integers(1, 6, 400)
    ours = passes(Quantiles(PROBABILITIES).weighted(), [(values, times.astype(float))])
    repeated = np.repeat(values, times, axis=0)
    alone = passes(Quantiles(PROBABILITIES).weighted(), [(repeated, None)])
    assert ours.to_json() == alone.to_json()
    want = np.quantile(repeated, PROBABILITIES, axis=0, method="inverted_cdf")
    assert ours.value()["values"] == want.T.tolist()


def test_a_half_of_the_weight_is_met_exactly():
    batch = np.array([[1.0], [2.0], [3.0]])
    for weights, want in (([0.1, 0.1, 0.2], 2.0), ([0.1, 0.2, 0.3], 2.0), ([0.2, 0.1, 0.3], 2.0)):
        met = sum(map(Fraction, weights[:2])) * 2 >= sum(map(Fraction, weights))
        value = Quantiles((0.5,)).weighted().update(batch, np.array(weights)).value()
        assert value["values"] == [[want if met else 3.0]]


def test_a_tree_of_merges_gives_one_state_and_passes_json():
    rng = np.random.default_rng(2)
    for values, weights in draws(rng, 90):
        empty = Quantiles((0.1, 0.5), 16).weighted()
        want = json.dumps(empty.update(values, weights).to_json())
        for _ in range(20):
            cuts = np.sort(rng.integers(0, 90, 6))
            parts = np.split(rng.permutation(90), cuts)
            states = [empty.update(values[part], weights[part]) for part in parts]
            while len(states) > 1:
                left, right = (states.pop(rng.integers(len(states))) for _ in range(2))
                states.append(left.merge(right))
            assert json.dumps(states[0].to_json()) == want
        assert Quantiles.from_json(json.loads(want)) == states[0]


def test_refinement_of_other_weights_is_refused():
    rng = np.random.default_rng(3)
    values, weights = rng.normal(size=(900, 1)), rng.random(900) + 0.1
    second = Quantiles((0.5,), 50).weighted().update(values, weights).refine()
    with pytest.raises(DataError, match="exactly the rows"):
        second.update(values, weights * 2).refine()


def test_all_missing_is_none():
    state = Quantiles((0.5,)).weighted().update(np.full((3, 1), np.nan), np.ones(3))
    assert state.refine() is None
    assert state.value()["values"] == [[None]]


def test_weights_need_the_weighted_statistic():
    with pytest.raises(DataError, match="weighted"):
        Quantiles((0.5,)).update(np.ones((2, 1)), np.ones(2))
    with pytest.raises(DataError, match="with weights and without"):
        Quantiles((0.5,)).merge(Quantiles((0.5,)).weighted())


def test_the_doubt_of_a_sketch_bounds_its_rank():
    rng = np.random.default_rng(4)
    values, weights = rng.normal(1e5, 1, (20_000, 1)), rng.random(20_000) + 0.1
    for empty, shares in (
        (Quantiles(PROBABILITIES, 500), np.ones(20_000)),
        (Quantiles(PROBABILITIES, 500).weighted(), weights),
    ):
        state = empty.update(values, shares if empty.by_weight else None)
        doubts, found = state.doubt()[0], state.sketch()["values"][0]
        assert 0 < max(doubts) < 0.02
        for probability, doubt, value in zip(PROBABILITIES, doubts, found, strict=True):
            below = shares[values[:, 0] < value].sum() / shares.sum()
            assert probability - doubt - 1e-4 <= below <= probability
        assert passes(empty, [(values, shares if empty.by_weight else None)]).doubt() == [
            [0.0] * len(PROBABILITIES)
        ]
