"""Statistics are exact: correctly rounded, and the same to the bit whatever ran them."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction

import numpy as np
import pytest

from samescale import statistics
from samescale.statistics.counter import Counter
from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments
from samescale.statistics.quantiles import Quantiles

FLOATS = (np.float16, np.float32, np.float64)
WHOLE = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)


def rounded(value: Fraction) -> float:
    return value.numerator / value.denominator


def moments_of(column: np.ndarray) -> tuple[float | None, float | None]:
    values = [Fraction(value) for value in column.tolist() if value == value]
    if not values:
        return None, None
    mean = sum(values) / len(values)
    return rounded(mean), rounded(sum((value - mean) ** 2 for value in values) / len(values))


def assert_exact(batch: np.ndarray) -> None:
    value = Moments().update(batch).value()
    got = list(zip(value["mean"], value["variance"], strict=True))
    assert got == [moments_of(column) for column in batch.T]


def normal(rng, shape):
    return rng.normal(10, 3, shape)


def centred(rng, shape):
    return rng.normal(0, 1, shape)


def offset(rng, shape):
    return 1e9 + rng.normal(0, 1, shape)


def heavy(rng, shape):
    return np.exp(4 * rng.normal(0, 1, shape))


def all_binades(rng, shape):
    return rng.choice([-1, 1], shape) * np.exp2(rng.uniform(-1074, 500, shape))


def subnormal(rng, shape):
    return rng.integers(-9, 9, shape) * 5e-324


def one_outlier(rng, shape):
    return np.where(rng.random(shape) < 1 / shape[0], 1e150, rng.normal(0, 1, shape))


def tiny(rng, shape):
    return rng.normal(0, 1, shape) * 1e-200


def mostly_zero(rng, shape):
    return np.where(rng.random(shape) < 0.9, -0.0, rng.normal(0, 1, shape))


def mostly_missing(rng, shape):
    return np.where(rng.random(shape) < 0.7, np.nan, rng.normal(0, 1, shape))


def drifting(rng, shape):
    return rng.normal(0, 1, shape) * np.exp2(np.linspace(-90, 90, shape[0]))[:, None]


DISTRIBUTIONS = (
    normal, centred, offset, heavy, all_binades, subnormal, one_outlier, tiny, mostly_zero,
    mostly_missing, drifting,
)  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("draw", DISTRIBUTIONS)
def test_moments_of_floats_are_correctly_rounded(draw, dtype):
    rng = np.random.default_rng(0)
    shapes = [(int(rng.integers(1, 30)), 8) for _ in range(12)] + [(257, 3), (2500, 1)]
    for shape in shapes:
        with np.errstate(over="ignore", under="ignore"):
            batch = draw(rng, shape).astype(dtype)
        batch[np.isinf(batch)] = np.finfo(dtype).max
        assert_exact(batch)


@pytest.mark.parametrize("dtype", [*WHOLE, np.bool_])
def test_moments_of_integers_are_correctly_rounded(dtype):
    rng = np.random.default_rng(0)
    low, high = (0, 1) if dtype is np.bool_ else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    for rows in (1, 2, 7, 40, 2500):
        whole = rng.integers(low, high, (rows, 3), dtype, endpoint=True)
        assert_exact(whole)
        assert_exact(np.minimum(whole, 100).astype(whole.dtype))
        assert_exact(np.where(rng.random((rows, 3)) < 0.5, low, high).astype(dtype))


def test_moments_of_more_rows_than_a_block_and_a_flush_hold():
    # Checked by another route: integers whose sums int64 holds.
    rng = np.random.default_rng(0)
    whole = rng.integers(-1000, 1000, (600_001, 2))
    value = Moments().update(whole * 2.0**-30).value()
    for feature, column in enumerate(whole.T):
        n, total, squares = len(column), int(column.sum()), int((column**2).sum())
        assert value["mean"][feature] == rounded(Fraction(total, n * 2**30))
        assert value["variance"][feature] == rounded(
            Fraction(n * squares - total**2, n * n * 2**60)
        )


def test_mean_of_huge_values_does_not_overflow():
    value = Moments().update(np.full((10, 1), 1.7e308)).value()
    assert value == {"count": [10], "mean": [1.7e308], "variance": [0.0]}


def quantile_of(column: np.ndarray, probability: float) -> float:
    values = sorted(Fraction(float(value)) for value in column.tolist() if value == value)
    position = Fraction(probability) * (len(values) - 1)
    rank = int(position)
    low, high = values[rank], values[min(rank + 1, len(values) - 1)]
    return rounded(low + (position - rank) * (high - low))


def passes(quantiles: Quantiles, batches: list[np.ndarray]) -> tuple[Quantiles, int]:
    count, following = 0, quantiles
    while following is not None:
        quantiles, count = following, count + 1
        for batch in batches:
            quantiles = quantiles.update(batch)
        following = quantiles.refine()
    return quantiles, count


@pytest.mark.parametrize("cap", [1, 7, 100, 8192])
@pytest.mark.parametrize("draw", [normal, offset, heavy, all_binades, subnormal, mostly_missing])
def test_quantiles_are_the_exact_ones_in_at_most_four_passes(draw, cap):
    rng = np.random.default_rng(1)
    probabilities = (0.0, 1e-9, 0.01, 1 / 3, 0.5, 0.75, 0.999, 1.0)
    for rows, dtype in ((1, "f8"), (2, "f8"), (50, "f2"), (900, "f4"), (900, "f8")):
        with np.errstate(over="ignore", under="ignore"):
            batch = draw(rng, (rows, 2)).astype(dtype)
        batch[np.isinf(batch) | np.isnan(batch[:1])] = 1.0
        quantiles, count = passes(Quantiles(probabilities, cap), np.array_split(batch, 5))
        want = [[quantile_of(column, p) for p in probabilities] for column in batch.T]
        assert quantiles.value()["values"] == want
        assert count <= 4


def test_quantiles_agree_with_numpy_where_numpy_rounds_nothing():
    batch = np.random.default_rng(2).integers(-500, 500, (40_001, 2)).astype(np.float64)
    probabilities = (0.25, 0.5, 0.125)
    quantiles, _ = passes(Quantiles(probabilities, 64), np.array_split(batch, 9))
    assert quantiles.value()["values"] == np.quantile(batch, probabilities, axis=0).T.tolist()


def test_more_rows_than_the_table_needs_give_the_counts_of_fewer():
    batch = np.random.default_rng(3).normal(size=(100_000, 1))
    batch[::1000] *= -0.0
    whole = Quantiles((0.5,), 100).update(batch)
    state = Quantiles((0.5,), 100)
    for part in np.array_split(batch, 30):
        state = state.update(part)
    assert state == whole


def digest(statistic) -> str:
    return hashlib.sha256(json.dumps(statistic.to_json()).encode()).hexdigest()


def tree(rng, states):
    while len(states) > 1:
        left, right = (states.pop(rng.integers(len(states))) for _ in range(2))
        states.append(left.merge(right))
    return states[0]


def hostile(rng, rows):
    columns = [draw(rng, (rows, 1)) for draw in DISTRIBUTIONS]
    return np.concatenate(columns, axis=1)


def words(rng, rows):
    return rng.choice(np.array(["a", "b", "", "c", None, "é"], object), (rows, 3))


@pytest.mark.parametrize(
    ("empty", "draw"),
    [
        (Moments(), hostile),
        (Extent(), hostile),
        (Missing(), hostile),
        (Counter(), words),
        (Quantiles((0.1, 0.5), 16), hostile),
    ],
    ids=["Moments", "Extent", "Missing", "Counter", "Quantiles"],
)
def test_a_thousand_orders_chunkings_and_trees_give_one_digest(empty, draw):
    rng = np.random.default_rng(4)
    batch = draw(rng, 60)
    want = digest(empty.update(batch))
    for _ in range(1000):
        cuts = np.sort(rng.integers(0, 60, rng.integers(0, 8)))
        parts = np.split(batch[rng.permutation(60)], cuts)
        assert digest(tree(rng, [empty.update(part) for part in parts])) == want


def plain(statistic, batch, rows):
    return statistic.update(batch[rows])


def weighed(statistic, batch, rows):
    # A weight for each row, of all binades: no float64 sum of them is exact.
    return statistic.update(batch[rows], np.exp2(np.abs(np.nan_to_num(batch[:, 0])) % 40)[rows])


def keyed(statistic, batch, rows):
    keys = (np.abs(np.nan_to_num(batch[:, 0])) * 7 % 5).astype(np.int64)
    return statistic.update_by(batch[rows], keys[rows])


def both(statistic, batch, rows):
    weights = np.exp2(np.abs(np.nan_to_num(batch[:, 1])) % 40)[rows]
    keys = np.array([["a", "b", "é", None][int(abs(x)) % 4] for x in np.nan_to_num(batch[:, 0])])
    return statistic.update_by(batch[rows], keys.astype(object)[rows], weights)


def ordinary(rng, rows):
    return np.concatenate(
        [normal(rng, (rows, 1)), offset(rng, (rows, 1)), centred(rng, (rows, 1))], 1
    )


def sentences(rng, rows):
    words = [rng.choice(["a", "b", "É"], rng.integers(0, 5)) for _ in range(rows)]
    return np.array([" ".join(of) for of in words], object)[:, None]


@pytest.mark.parametrize(
    ("name", "draw", "feed"),
    [
        ("WeightedMoments", hostile, weighed),
        ("KeyedMoments", hostile, keyed),
        ("KeyedMoments", ordinary, both),
        ("Covariance", ordinary, plain),
        ("RowSample", hostile, plain),
        ("PowerLikelihood", ordinary, plain),
        ("PowerLikelihood", ordinary, weighed),
        ("TokenCounts", sentences, plain),
    ],
)
def test_a_thousand_ways_to_feed_a_statistic_give_one_digest(name, draw, feed):
    rng = np.random.default_rng(8)
    batch, empty = draw(rng, 40), statistics.load(name)()
    empty = empty.weighted() if feed in {weighed, both} else empty
    want = digest(feed(empty, batch, np.arange(40)))
    for _ in range(1000):
        cuts = np.sort(rng.integers(0, 40, rng.integers(0, 6)))
        parts = np.split(rng.permutation(40), cuts)
        assert digest(tree(rng, [feed(empty, batch, rows) for rows in parts])) == want


def test_weighted_quantiles_know_no_order_either():
    rng = np.random.default_rng(9)
    batch, empty = ordinary(rng, 40), Quantiles((0.1, 0.5), 16).weighted()
    want = digest(weighed(empty, batch, np.arange(40)))
    for _ in range(1000):
        parts = np.split(rng.permutation(40), np.sort(rng.integers(0, 40, rng.integers(0, 6))))
        assert digest(tree(rng, [weighed(empty, batch, rows) for rows in parts])) == want


def test_big_chunks_of_real_size_give_one_digest():
    rng = np.random.default_rng(5)
    batch = np.concatenate([draw(rng, (20_000, 1)) for draw in DISTRIBUTIONS], axis=1)
    want = [digest(empty.update(batch)) for empty in (Moments(), Extent())]
    for _ in range(4):
        parts = np.split(batch[rng.permutation(len(batch))], np.sort(rng.integers(0, 20_000, 5)))
        for empty, expected in zip((Moments(), Extent()), want, strict=True):
            assert digest(tree(rng, [empty.update(part) for part in parts])) == expected


def test_a_column_that_changes_its_dtype_between_chunks_gives_one_digest():
    rng = np.random.default_rng(6)
    whole = rng.integers(-(2**24), 2**24, (300, 2))
    chunks = [whole[:100], whole[100:200].astype(np.float32), whole[200:].astype(np.float64)]
    for empty in (Moments(), Missing(), Counter(), Quantiles((0.5,), 20)):
        assert digest(tree(rng, [empty.update(chunk) for chunk in chunks])) == digest(
            empty.update(whole.astype(np.float64))
        )


def test_text_counts_survive_any_partition_of_many_distinct_values():
    rng = np.random.default_rng(7)
    batch = np.array([f"id{i}" for i in rng.integers(0, 3000, 10_000)], object)[:, None]
    want = digest(Counter().update(batch))
    for parts in (3, 50, 200):
        state = Counter()
        for part in np.array_split(batch[rng.permutation(len(batch))], parts):
            state = state.update(part)
        assert digest(state) == want
