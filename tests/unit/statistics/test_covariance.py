from __future__ import annotations

import itertools
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from samescale.errors import DataError, SpecError
from samescale.statistics._exact.ratios import correlation
from samescale.statistics.covariance import Covariance
from samescale.statistics.moments import Moments


def rounded(value: Fraction) -> float:
    return value.numerator / value.denominator


def exact(batch) -> tuple[list[float], list[list[float]]]:
    rows = [[Fraction(x) for x in row] for row in batch.tolist() if all(x == x for x in row)]
    features = range(batch.shape[1])
    mean = [sum(row[i] for row in rows) / len(rows) for i in features]
    products = [
        [sum((r[i] - mean[i]) * (r[j] - mean[j]) for r in rows) / len(rows) for j in features]
        for i in features
    ]
    return [rounded(m) for m in mean], [[rounded(p) for p in row] for row in products]


DRAWN = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "offset": lambda rng, shape: 1e9 + rng.normal(size=shape),
    "float32": lambda rng, shape: rng.normal(2010, 5, shape).astype(np.float32),
    "float16": lambda rng, shape: rng.normal(0, 50, shape).astype(np.float16),
    "every binade": lambda rng, shape: np.exp2(rng.uniform(-1074, 500, shape)),
    "heavy": lambda rng, shape: np.exp(6 * rng.normal(size=shape)),
    "subnormal": lambda rng, shape: rng.integers(-9, 9, shape) * 5e-324,
    "tiny beside large": lambda rng, shape: np.where(rng.random(shape) < 0.01, 1e-310, 1.5),
    "far apart": lambda rng, shape: rng.normal(size=shape) * np.array([1e150, 1.0, 1e-150]),
    "missing": lambda rng, shape: np.where(rng.random(shape) < 0.1, np.nan, rng.normal(size=shape)),
    "zero": lambda rng, shape: rng.random(shape) * 0.0,
    "int64": lambda rng, shape: rng.integers(-(2**63), 2**63 - 1, shape),
    "mostly small int64": lambda rng, shape: np.where(rng.random(shape) < 0.02, 2**62 + 1, 3),
    "uint64": lambda rng, shape: rng.integers(0, 2**64 - 1, shape, np.uint64),
    "bool": lambda rng, shape: rng.random(shape) < 0.3,
}


@pytest.mark.parametrize("draw", DRAWN)
def test_every_entry_is_correctly_rounded(draw):
    rng = np.random.default_rng(0)
    for rows in (1, 7, 300, 2500):
        batch = DRAWN[draw](rng, (rows, 3))
        if rows < 10 and batch.dtype.kind == "f":
            batch = np.nan_to_num(batch)
        value = Covariance().update(batch).value()
        assert (value["mean"], value["covariance"]) == exact(batch)


def test_the_diagonal_is_the_variance_and_one():
    batch = np.random.default_rng(1).normal(size=(999, 5))
    value, moments = Covariance().update(batch).value(), Moments().update(batch).value()
    assert np.diag(value["covariance"]).tolist() == moments["variance"]
    assert np.diag(value["correlation"]).tolist() == [1.0] * 5
    assert value["mean"] == moments["mean"]


def test_numpy_agrees_to_rounding():
    rng = np.random.default_rng(2)
    batch = rng.normal(size=(30_000, 6)) @ rng.normal(size=(6, 6)) + 5
    value = Covariance().update(batch).value()
    np.testing.assert_allclose(value["covariance"], np.cov(batch.T, ddof=0), rtol=1e-10)
    np.testing.assert_allclose(value["correlation"], np.corrcoef(batch.T), rtol=1e-10)


def test_correlations_are_correctly_rounded_and_lines_have_one():
    rng = np.random.default_rng(3)
    with localcontext(prec=80):
        for _ in range(2000):
            mine, theirs = (int(n) for n in rng.integers(1, 2**50, 2))
            both = int(rng.integers(-(2**48), 2**48))
            want = float(Decimal(both) / (Decimal(mine) * Decimal(theirs)).sqrt())
            assert correlation(both, mine, theirs) == want
    x = rng.normal(size=500)
    value = Covariance().update(np.stack([x, -2 * x, np.ones(500)], axis=1)).value()
    assert value["correlation"] == [[1.0, -1.0, None], [-1.0, 1.0, None], [None, None, None]]


def test_a_row_with_a_missing_feature_is_left_out_and_counted():
    batch = np.random.default_rng(4).normal(size=(4000, 3))
    batch[::7, 1] = np.nan
    batch[::7, 2] = np.nan
    value = Covariance().update(batch).value()
    complete = batch[~np.isnan(batch).any(axis=1)]
    assert value["incomplete"] == len(batch) - len(complete)
    assert value["count"] == len(complete)
    assert {**value, "incomplete": 0} == Covariance().update(complete).value()


def test_nothing_but_incomplete_rows_gives_none():
    value = Covariance().update(np.full((3, 2), np.nan)).value()
    nothing = [[None, None], [None, None]]
    assert value == {
        "count": 0,
        "incomplete": 3,
        "mean": [None, None],
        "covariance": nothing,
        "correlation": nothing,
    }


def test_more_rows_than_a_block_holds():
    rng = np.random.default_rng(5)
    whole = rng.integers(-1000, 1000, (300_001, 2))
    value = Covariance().update(whole * 2.0**-30).value()
    n, (a, b), ab = len(whole), whole.sum(axis=0).tolist(), int((whole[:, 0] * whole[:, 1]).sum())
    assert value["covariance"][0][1] == rounded(Fraction(n * ab - a * b, n * n << 60))


def test_any_order_chunking_and_tree_gives_one_state():
    rng = np.random.default_rng(6)
    names = [name for name in DRAWN if name != "far apart"]
    batch = np.concatenate([DRAWN[k](rng, (60, 1)).astype(np.float64) for k in names], axis=1)
    batch[rng.random(60) < 0.7] = 1.25  # for else most rows are incomplete
    want = Covariance().update(batch).to_json()
    for _ in range(60):
        cuts = np.sort(rng.integers(0, 60, rng.integers(0, 6)))
        states = [Covariance().update(part) for part in np.split(batch[rng.permutation(60)], cuts)]
        while len(states) > 1:
            left, right = (states.pop(rng.integers(len(states))) for _ in range(2))
            states.append(left.merge(right))
        assert states[0].to_json() == want


def test_dtypes_of_equal_values_give_one_state():
    whole = np.random.default_rng(7).integers(-100, 100, (500, 3))
    states = [Covariance().update(whole.astype(t)) for t in (np.int8, np.float16, np.float64, int)]
    assert all(state == states[0] for state in states)


def test_an_infinity_is_refused_with_its_row_and_feature():
    batch = np.ones((5000, 3))
    batch[0, 0], batch[4321, 2] = np.nan, np.inf
    with pytest.raises(DataError) as caught:
        Covariance().update(batch)
    assert caught.value.details == {"row": 4321, "feature": 2, "value": np.inf}


def test_a_covariance_beyond_float64_is_an_error_and_names_the_features():
    batch = np.array([[1e160, 1e160], [-1e160, -1e160]])
    with pytest.raises(DataError, match="variance of feature 0"):
        Covariance().update(batch).value()


def test_weights_are_refused_by_name():
    for ask in (Covariance().weighted, lambda: Covariance().update(np.ones((2, 2)), np.ones(2))):
        with pytest.raises(SpecError, match="no covariance of rows with weights"):
            ask()


def test_many_features_have_the_entries_of_each_pair():
    batch = np.random.default_rng(8).normal(size=(40, 30))
    value = Covariance().update(batch).value()["covariance"]
    for i, j in itertools.combinations((0, 3, 17, 29), 2):
        pair = Covariance().update(batch[:, [i, j]]).value()["covariance"]
        assert pair[0][1] == value[i][j] == value[j][i]
