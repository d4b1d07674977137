"""The laws of `statistics/base.py`, for every statistic in the folder."""

from __future__ import annotations

import dataclasses as dc
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescale import statistics
from samescale.errors import DataError, SpecError
from samescale.statistics.counter import Counter
from samescale.statistics.keyed_moments import KeyedMoments
from samescale.statistics.power_likelihood import PowerLikelihood
from samescale.statistics.quantiles import Quantiles
from samescale.statistics.row_sample import RowSample
from samescale.statistics.token_counts import TokenCounts
from samescale.statistics.weighted_counter import WeightedCounter
from samescale.statistics.weighted_moments import WeightedMoments

HOSTILE = [
    0.0, -0.0, 1.0, -1.0, 1.5, np.nan, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-30, 0.1, 1e16,
    1 + 2**-52, 2.0**53 + 2, 1e150, -1e150, 123456.789, -7.25e-9, 3.4028235e38,
]  # fmt: skip
PASS = Quantiles((0.0, 0.3, 1.0), 2).update(np.array(HOSTILE).reshape(-1, 1).repeat(2, axis=1))
POWERS = PowerLikelihood().update(np.array(HOSTILE).reshape(-1, 1).repeat(2, axis=1))
WEIGHTED = Quantiles((0.0, 0.3, 1.0), 2).weighted().update(np.array([[3.5, 1e9], [1, 2], [0, 1]]))


def floats(rows: int, features: int) -> st.SearchStrategy[np.ndarray]:
    size = rows * features
    values = st.sampled_from(HOSTILE) | st.floats(-1e150, 1e150)
    return st.lists(values, min_size=size, max_size=size).map(
        lambda items: np.array(items, np.float64).reshape(rows, features)
    )


def texts(rows: int, features: int) -> st.SearchStrategy[np.ndarray]:
    size = rows * features
    values = st.sampled_from([None, "", "a", "b", "é", "é", "A", " a"]) | st.text(max_size=3)
    return st.lists(values, min_size=size, max_size=size).map(
        lambda items: np.array([*items, None], object)[:-1].reshape(rows, features)
    )


def integers(rows: int, features: int) -> st.SearchStrategy[np.ndarray]:
    size = rows * features
    values = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
    return st.lists(values, min_size=size, max_size=size).map(
        lambda items: np.array(items, np.int64).reshape(rows, features)
    )


@dc.dataclass(frozen=True)
class Fed:
    """A statistic that is given keys or weights beside the rows, here made of the rows themselves.

    So the laws, which know batches only, are asked of `update_by` and of weights too.
    """

    statistic: statistics.Statistic
    keyed: bool = False
    weighted: bool = False

    def update(self, batch):
        first = batch[:, 0] if batch.ndim > 1 else batch
        shares, exponents = np.frexp(first.astype(np.float64))
        weights = np.ldexp(1 + np.nan_to_num(np.abs(shares)), exponents % 90 * 9)
        beside = [np.where(np.isnan(shares), np.nan, exponents % 3)] if self.keyed else []
        update = self.statistic.update_by if self.keyed else self.statistic.update
        found = update(batch, *beside, *([weights] if self.weighted else []))
        return dc.replace(self, statistic=found)

    def merge(self, other):
        return dc.replace(self, statistic=self.statistic.merge(other.statistic))

    def to_json(self):
        return [type(self.statistic).__name__, self.statistic.to_json(), self.keyed, self.weighted]

    @classmethod
    def from_json(cls, state):
        name, inner, keyed, weighted = state
        return cls(statistics.load(name).from_json(inner), keyed, weighted)


# Statistics that need arguments, or other values than numbers. Whatever else is found in the
# folder is tested without arguments, on floats and on integers.
CASES = {
    "TokenCounts": [
        (TokenCounts(documents=True), texts),
        (TokenCounts("character", (1, 2), lower=True, erase="b ", top=2), texts),
        (TokenCounts(None), texts),
        (TokenCounts(top=0), texts),
    ],
    "Counter": [
        (Counter(), texts),
        (Counter(), integers),
        (Counter(3, top=2), texts),
        (Counter(4, min_count=2), integers),
    ],
    "WeightedCounter": [
        (WeightedCounter(), texts),
        (WeightedCounter(top=2, min_count=2), integers),
        (Fed(WeightedCounter(), weighted=True), integers),
    ],
    "KeyedMoments": [
        (KeyedMoments(), floats),
        (Fed(KeyedMoments(), keyed=True), floats),
        (Fed(KeyedMoments(), keyed=True), integers),
        (Fed(KeyedMoments().weighted(), keyed=True, weighted=True), floats),
    ],
    "WeightedMoments": [
        (WeightedMoments(), integers),
        (Fed(WeightedMoments(), weighted=True), floats),
        (Fed(WeightedMoments(), weighted=True), integers),
    ],
    "PowerLikelihood": [
        (PowerLikelihood(), floats),
        (PowerLikelihood(lambdas=(0.5,)), integers),
        (POWERS.refine(), floats),
    ],
    "RowSample": [
        (RowSample(), floats),
        (RowSample(most=3), integers),
        (RowSample(cells=6, stored="float32"), floats),
    ],
    "Quantiles": [
        (Quantiles((0.0, 0.5, 0.99)), floats),
        (Quantiles((0.1, 0.5), 3), floats),
        (Quantiles((0.5,), 2), integers),
        (PASS.refine(), floats),
        (Fed(Quantiles((0.1, 0.5), 3).weighted(), weighted=True), floats),
        (Fed(Quantiles((0.5,)).weighted(), weighted=True), integers),
        (Fed(WEIGHTED.refine(), weighted=True), floats),
    ],
}
EVERY = [
    pytest.param(empty, kind, id=f"{name}-{kind.__name__}-{i}")
    for name in statistics.names()
    for i, (empty, kind) in enumerate(
        CASES[name]
        if name in CASES
        else [(statistics.load(name)(), floats), (statistics.load(name)(), integers)]
    )
]
every = pytest.mark.parametrize(("empty", "kind"), EVERY)


def text(statistic: statistics.Statistic) -> str:
    return json.dumps(statistic.to_json())


@every
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_cut_order_and_tree_gives_the_same_state(empty, kind, data):
    rows = data.draw(st.integers(0, 14))
    batch = data.draw(kind(rows, 2))
    order = data.draw(st.permutations(range(rows)))
    cuts = sorted(data.draw(st.lists(st.integers(0, rows), max_size=4)))
    parts = [empty.update(part) for part in np.split(batch[order], cuts)]
    while len(parts) > 1:
        left = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        right = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        parts.append(left.merge(right))
    assert text(parts[0]) == text(empty.update(batch))


@every
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_merge_is_associative_and_commutative_and_has_an_identity(empty, kind, data):
    a, b, c = (empty.update(data.draw(kind(data.draw(st.integers(0, 6)), 2))) for _ in range(3))
    assert text(a.merge(b).merge(c)) == text(a.merge(b.merge(c)))
    assert text(a.merge(b)) == text(b.merge(a))
    assert text(a.merge(empty)) == text(empty.merge(a)) == text(a)


@every
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_update_changes_neither_the_statistic_nor_the_batch(empty, kind, data):
    first, second = data.draw(kind(5, 2)), data.draw(kind(4, 2))
    before = empty.update(first)
    state, seen = text(before), repr(second.tolist())
    second.flags.writeable = False
    before.update(second)
    before.merge(empty.update(second))
    assert text(before) == state
    assert repr(second.tolist()) == seen


@every
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_state_survives_json_and_pickle(empty, kind, data):
    batch = data.draw(kind(6, 2))
    state = empty.update(batch)
    for again in (
        type(state).from_json(json.loads(text(state))),
        pickle.loads(pickle.dumps(state)),
    ):
        assert again == state
        assert text(again) == text(state)
        assert text(again.update(batch)) == text(state.update(batch))


@every
def test_a_batch_has_two_axes_and_always_the_same_features(empty, kind):
    batch = np.full((3, 2), "a", object) if kind is texts else np.zeros((3, 2))
    with pytest.raises(DataError, match="rows × features"):
        empty.update(batch[:, 0])
    with pytest.raises(DataError, match="of 2 features can't be merged with one of 3"):
        empty.update(batch).update(np.concatenate([batch, batch[:, :1]], axis=1))


@every
def test_memory_order_and_strides_do_not_matter(empty, kind):
    column = np.array(["a", None, "b", "a"], object) if kind is texts else np.arange(4.0)
    batch = np.stack([column, column[::-1]], axis=1)
    want = text(empty.update(batch))
    wide = np.concatenate([batch, batch], axis=1)
    assert text(empty.update(np.asfortranarray(batch))) == want
    assert text(empty.update(wide[:, ::3])) == text(
        empty.update(np.ascontiguousarray(wide[:, ::3]))
    )
    assert text(empty.update(batch[::-1])) == want


@pytest.mark.parametrize("name", statistics.names())
def test_statistics_are_final_frozen_and_documented(name):
    found = statistics.load(name)
    assert found.__final__
    assert found.__dataclass_params__.frozen
    assert ">>>" in found.__doc__


def test_unknown_name_is_met_with_the_closest_one():
    with pytest.raises(SpecError, match="Did you mean 'Moments'"):
        statistics.load("Moment")
