"""The kernel and NumPy count the same, to the bit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.native import available
from samescale.statistics.quantiles import ROWS, Quantiles

if not available("quantiles"):
    pytest.skip("The kernel isn't compiled here.", allow_module_level=True)

PROBABILITIES = (0.0, 0.01, 1 / 3, 0.5, 0.999, 1.0)
DTYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")
HOSTILE = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e308, -1e308, 1.0, np.nextafter(1.0, 2.0), np.nan]


def table(dtype: str, rows: int) -> np.ndarray:
    rng = np.random.default_rng(len(dtype) + rows)
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.random((rows, 3)) < 0.3
    if kind.kind in "iu":
        info = np.iinfo(kind)
        wide = rng.integers(info.min, info.max, (rows, 2), kind, endpoint=True)
        return np.concatenate([wide, np.minimum(wide[:, :1], 100).astype(kind)], axis=1)
    draws = (
        rng.normal(10, 3, rows),
        np.maximum(rng.normal(0, 1, rows), 0),
        np.where(rng.random(rows) < 0.1, np.nan, rng.normal(0, 1, rows)),
        1e4 + rng.normal(0, 1, rows),
        rng.choice(HOSTILE, rows) if kind.itemsize == 8 else rng.normal(0, 1e-6, rows),
        np.exp2(rng.uniform(-20, 15, rows)) * rng.choice([-1, 1], rows),
    )
    return np.stack(draws, axis=1).astype(kind)


def learned(batches: list[np.ndarray], cap: int) -> list[str]:
    states, following = [], Quantiles(PROBABILITIES, cap)
    while following is not None:
        found = following
        for batch in batches:
            found = found.update(batch)
        states.append(repr(found.to_json()))
        following = found.refine()
    return [*states, repr(found.value())]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [1, 700, 40_000])
def test_native_and_numpy_give_the_same_states(dtype, rows, monkeypatch):
    batch = table(dtype, rows)
    for cap in (3, 200, 8192):
        monkeypatch.setenv("SAMESCALE_NATIVE", "1")
        native = learned([batch], cap)
        monkeypatch.setenv("SAMESCALE_NATIVE", "0")
        assert learned([batch], cap) == native


@pytest.mark.parametrize("native", ["0", "1"])
def test_large_batches_small_ones_and_other_layouts_give_the_same_states(native, monkeypatch):
    monkeypatch.setenv("SAMESCALE_NATIVE", native)
    batch = table("f4", ROWS + 50_001)
    want = learned([batch], 500)
    rng = np.random.default_rng(0)
    wide = np.concatenate([batch, batch], axis=1)[:, : batch.shape[1]]
    layouts = (np.asfortranarray(batch), batch[::-1], wide, batch[rng.permutation(len(batch))])
    for other in layouts:
        assert learned([other], 500) == want
    assert learned(np.array_split(batch, 30), 500) == want


def _mixed(rng: np.random.Generator, rows: int, share: float, one: float) -> np.ndarray:
    return np.where(rng.random(rows) < share, one, rng.normal(0, 1, rows))


DRAWS = {
    "mostly zero": lambda rng, rows: _mixed(rng, rows, 0.9, -0.0),
    "a sentinel": lambda rng, rows: _mixed(rng, rows, 0.4, -999.0),
    "mostly missing": lambda rng, rows: _mixed(rng, rows, 0.8, np.nan),
    "two clusters": lambda rng, rows: rng.normal(0, 1, rows) + rng.choice([-1e9, 1e9], rows),
    "drifting": lambda rng, rows: np.sort(np.exp2(rng.uniform(-60, 60, rows))),
    "scattered": lambda rng, rows: np.exp2(rng.uniform(-900, 900, rows)),
    "negative integers": lambda rng, rows: rng.integers(-3000, -2000, rows).astype(float),
    "integers, then halves": lambda _, rows: (
        np.arange(rows) // 3 % 500 / (1 + np.arange(rows) // 9000)
    ),
    "prices": lambda rng, rows: np.round(np.exp(rng.normal(1, 0.5, rows)), 2),
    "one value": lambda _, rows: np.full(rows, -7.25),
    "large integers": lambda rng, rows: 2.0**40 + rng.integers(0, 2000, rows),
}


@pytest.mark.parametrize("name", DRAWS)
def test_values_that_lie_together_or_apart_give_the_same_states(name, monkeypatch):
    column = DRAWS[name](np.random.default_rng(len(name)), 150_000)
    batch = np.stack([column, column[::-1]], axis=1)
    for cap in (50, 8192):
        monkeypatch.setenv("SAMESCALE_NATIVE", "1")
        native = learned([batch], cap)
        assert learned(np.array_split(batch, 4), cap) == native
        monkeypatch.setenv("SAMESCALE_NATIVE", "0")
        assert learned([batch], cap) == native


@pytest.mark.parametrize("rows", [10, ROWS + 10, 2**20 + 10])
def test_an_infinity_is_refused_by_its_row_wherever_it_is(rows):
    batch = np.zeros((rows, 2), np.float32)
    batch[:, 1] = np.nan
    batch[rows - 3, 0] = -np.inf
    before = Quantiles((0.5,)).update(np.ones((5, 2)))
    with pytest.raises(DataError) as caught:
        before.update(batch)
    assert caught.value.details == {"row": rows - 3, "feature": 0, "value": -np.inf}


def test_more_features_than_are_counted_together():
    batch = np.random.default_rng(1).normal(size=(9000, 70)).astype(np.float32)
    whole = Quantiles((0.5,), 100).update(np.tile(batch, (16, 1))).to_json()["ranks"]
    for feature in (0, 31, 32, 69):
        alone = Quantiles((0.5,), 100).update(np.tile(batch[:, feature : feature + 1], (16, 1)))
        assert alone.to_json()["ranks"] == [whole[feature]]


def test_a_state_stays_small_whatever_was_counted():
    rng = np.random.default_rng(2)
    for draw in (rng.normal(0, 1, 300_000), rng.normal(1e9, 1e-3, 300_000)):
        state = Quantiles((0.1, 0.5)).update(draw[:, None])
        assert len(state.ranks[0].counts) <= state.cap
        further = state.refine().update(draw[:, None])
        assert len(further.to_json()["ranks"][0]["counts"]) <= 32 * state.cap


def test_the_counts_of_a_batch_do_not_follow_it_when_it_changes():
    batch = np.ones((4, 1))
    state = Quantiles((0.5,)).update(batch)
    batch[:] = 2
    assert state.value()["values"] == [[1.0]]


def test_every_cut_into_batches_makes_one_state():
    batch = table("f8", 24)
    want = repr(Quantiles((0.5,), 5).update(batch).to_json())
    for first, second in itertools.combinations(range(0, 25, 4), 2):
        state = Quantiles((0.5,), 5)
        for part in np.split(batch, [first, second]):
            state = state.update(part)
        assert repr(state.to_json()) == want
