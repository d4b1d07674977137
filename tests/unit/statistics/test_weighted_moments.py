from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.statistics.moments import Moments
from samescale.statistics.weighted_moments import WeightedMoments


def rounded(value: Fraction) -> float:
    return value.numerator / value.denominator


def moments_of(column, weights) -> tuple[float | None, float | None, float | None]:
    pairs = [
        (Fraction(w), Fraction(x))
        for w, x in zip(weights.tolist(), column.tolist(), strict=True)
        if x == x
    ]
    total = sum((w for w, _ in pairs), Fraction(0))
    if not pairs:
        return 0.0, None, None
    mean = sum(w * x for w, x in pairs) / total
    variance = sum(w * (x - mean) ** 2 for w, x in pairs) / total
    return rounded(total), rounded(mean), rounded(variance)


def learned(batch, weights) -> list[tuple[float, float, float]]:
    value = WeightedMoments().update(batch, weights).value()
    return list(zip(value["weight"], value["mean"], value["variance"], strict=True))


def wide_range(rng, shape):
    return rng.choice([-1, 1], shape) * np.exp2(rng.uniform(-1074, 500, shape))


VALUES = {
    "normal": lambda rng, shape: rng.normal(10, 3, shape),
    "offset": lambda rng, shape: 1e9 + rng.normal(0, 1, shape),
    "every binade": wide_range,
    "subnormal": lambda rng, shape: rng.integers(-9, 9, shape) * 5e-324,
    "outlier": lambda rng, shape: np.where(
        rng.random(shape) < 0.02, 1e150, rng.normal(0, 1, shape)
    ),
    "missing": lambda rng, shape: np.where(
        rng.random(shape) < 0.6, np.nan, rng.normal(0, 1, shape)
    ),
    "float32": lambda rng, shape: rng.normal(2010, 5, shape).astype(np.float32),
    "float16": lambda rng, shape: rng.normal(0, 50, shape).astype(np.float16),
    "int64": lambda rng, shape: rng.integers(-(2**63), 2**63 - 1, shape),
    "uint64": lambda rng, shape: rng.integers(0, 2**64 - 1, shape, np.uint64),
    "int8": lambda rng, shape: rng.integers(-128, 128, shape, np.int8),
    "bool": lambda rng, shape: rng.random(shape) < 0.3,
}
ORDERED = ("normal", "every binade", "missing", "int64", "subnormal")
WEIGHTS = {
    "ones": lambda rng, rows: rng.random(rows) * 0.0 + 1.0,
    "uniform": lambda rng, rows: rng.random(rows) + 1e-9,
    "every binade": lambda rng, rows: np.exp2(rng.uniform(-1074, 1000, rows)),
    "whole": lambda rng, rows: rng.integers(1, 1000, rows).astype(np.float64),
}


@pytest.mark.parametrize("weigh", WEIGHTS)
@pytest.mark.parametrize("draw", VALUES)
def test_moments_are_correctly_rounded(draw, weigh):
    rng = np.random.default_rng(0)
    for rows in (1, 2, 9, 60, 500):
        batch, weights = VALUES[draw](rng, (rows, 3)), WEIGHTS[weigh](rng, rows)
        assert learned(batch, weights) == [moments_of(column, weights) for column in batch.T]


@pytest.mark.parametrize("draw", ["normal", "float32", "missing", "int64", "outlier"])
def test_whole_weights_are_repeated_rows(draw):
    rng = np.random.default_rng(1)
    batch, times = VALUES[draw](rng, (70, 3)), rng.integers(1, 9, 70)
    weighted = WeightedMoments().update(batch, times.astype(np.float64)).value()
    repeated = Moments().update(np.repeat(batch, times, axis=0)).value()
    assert weighted["mean"] == repeated["mean"]
    assert weighted["variance"] == repeated["variance"]
    assert weighted["weight"] == [float(count) for count in repeated["count"]]


def test_without_weights_every_row_counts_once():
    batch = np.random.default_rng(2).normal(size=(300, 4))
    value = WeightedMoments().update(batch).value()
    assert value.pop("weight") == [300.0] * 4
    assert value == Moments().update(batch).value()


def test_moments_say_what_stands_for_them_where_rows_have_weights():
    assert Moments().weighted() == WeightedMoments()


def test_more_rows_and_features_than_a_block_holds():
    rng = np.random.default_rng(3)
    whole = rng.integers(-1000, 1000, (150_001, 3))
    times = rng.integers(1, 50, len(whole))
    value = WeightedMoments().update(whole * 2.0**-20, times * 2.0**-9).value()
    for feature, column in enumerate(whole.T):
        weight, total = int(times.sum()), int((times * column).sum())
        square = int((times * column**2).sum())
        assert value["mean"][feature] == rounded(Fraction(total, weight << 20))
        variance = Fraction(weight * square - total**2, weight * weight << 40)
        assert value["variance"][feature] == rounded(variance)
    wide = rng.normal(size=(40, 300))
    weights = rng.random(40) + 0.1
    assert learned(wide, weights)[250] == moments_of(wide[:, 250], weights)


@pytest.mark.sklearn
def test_numpy_and_scikit_learn_agree_to_rounding():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    rng = np.random.default_rng(4)
    batch, weights = rng.normal(50, 4, (5000, 3)), rng.random(5000) + 0.01
    value = WeightedMoments().update(batch, weights).value()
    scaler = preprocessing.StandardScaler().fit(batch, sample_weight=weights)
    np.testing.assert_allclose(
        value["mean"], np.average(batch, axis=0, weights=weights), rtol=1e-12
    )
    np.testing.assert_allclose(value["mean"], scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(value["variance"], scaler.var_, rtol=1e-12)


def test_any_order_chunking_and_tree_gives_one_state():
    rng = np.random.default_rng(5)
    batch = np.concatenate([VALUES[k](rng, (60, 1)).astype(np.float64) for k in ORDERED], axis=1)
    weights = WEIGHTS["every binade"](rng, 60)
    want = WeightedMoments().update(batch, weights).to_json()
    for _ in range(60):
        order = rng.permutation(60)
        cuts = np.sort(rng.integers(0, 60, rng.integers(0, 6)))
        states = [
            WeightedMoments().update(b, w)
            for b, w in zip(
                np.split(batch[order], cuts), np.split(weights[order], cuts), strict=True
            )
        ]
        while len(states) > 1:
            left, right = (states.pop(rng.integers(len(states))) for _ in range(2))
            states.append(left.merge(right))
        assert states[0].to_json() == want


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf])
def test_a_weight_that_is_none_is_refused_with_its_row(weight):
    with pytest.raises(DataError) as caught:
        WeightedMoments().update(np.ones((3, 2)), np.array([1.0, weight, 2.0]))
    assert caught.value.details["row"] == 1


def test_other_numbers_of_weights_than_rows_are_refused():
    with pytest.raises(DataError, match=r"weights of shape \(2,\) for 3 rows"):
        WeightedMoments().update(np.ones((3, 2)), np.ones(2))


def test_an_infinity_is_refused_with_its_row_and_feature():
    batch = np.ones((20_000, 2))
    batch[15_000, 1] = -np.inf
    with pytest.raises(DataError) as caught:
        WeightedMoments().update(batch, np.ones(20_000))
    assert caught.value.details == {"row": 15_000, "feature": 1, "value": -np.inf}


def test_what_is_beyond_float64_is_an_error_and_names_the_feature():
    rows = np.array([[1.0, 1e200], [2.0, -1e200]])
    with pytest.raises(DataError, match="variance of feature 1"):
        WeightedMoments().update(rows, np.ones(2)).value()
    with pytest.raises(DataError, match="sum of the weights of feature 0"):
        WeightedMoments().update(np.ones((3, 1)), np.full(3, 1.7e308)).value()


def test_nothing_but_missing_values_gives_none():
    value = WeightedMoments().update(np.full((2, 1), np.nan), np.ones(2)).value()
    assert value == {"count": [0], "weight": [0.0], "mean": [None], "variance": [None]}
