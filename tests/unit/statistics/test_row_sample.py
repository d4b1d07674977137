"""The distinct rows of the smallest hashes, and how often each was met."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.native.loader import available
from samescale.statistics._rows import hashes
from samescale.statistics.batch import Columns
from samescale.statistics.row_sample import RowSample

TYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")


def table(rows: int, features: int = 3, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(50, 20, (rows, features)).round(1)
    found[::7, 0] = np.nan
    return found


def text(sample: RowSample) -> str:
    return json.dumps(sample.to_json())


def told(sample: RowSample) -> dict[tuple[float, ...], int]:
    rows = [tuple(row) for row in np.nan_to_num(sample.bottom.whole().values, nan=-1.0).tolist()]
    return dict(zip(rows, sample.bottom.whole().counts.tolist(), strict=True))


def test_a_table_of_few_distinct_rows_is_counted_whole():
    batch = np.random.default_rng(0).integers(0, 5, (4_000, 2)).astype(np.float64)
    found = RowSample().update(batch)
    rows, counts = np.unique(batch, axis=0, return_counts=True)
    assert told(found) == dict(zip(map(tuple, rows.tolist()), counts.tolist(), strict=True))
    assert found.value() == {"rows": 4_000, "kept": 25, "distinct": 25}


def test_of_many_rows_those_of_the_smallest_hashes_are_kept_with_their_counts():
    batch = np.random.default_rng(1).integers(0, 60, (30_000, 2)).astype(np.float64)
    found = RowSample(most=100)
    for start in range(0, 30_000, 700):
        found = found.update(batch[start : start + 700])
    rows, counts = np.unique(batch, axis=0, return_counts=True)
    digests, places = hashes.below([rows], hashes.ALL)
    near = places[np.argsort(digests)[:100]]
    want = dict(zip(map(tuple, rows[near].tolist()), counts[near].tolist(), strict=True))
    assert told(RowSample.from_json(found.to_json())) == want
    assert found.value()["distinct"] == pytest.approx(len(rows), rel=0.3)


@pytest.mark.parametrize("step", [17, 1_000, 9_000, 40_000])
def test_any_chunking_and_tree_gives_the_same_state(step):
    batch = table(40_000)
    want = text(RowSample(most=500).update(batch))
    parts = [
        RowSample(most=500).update(batch[start : start + step])
        for start in range(0, len(batch), step)
    ]
    while len(parts) > 1:
        parts = [a.merge(b) for a, b in zip(parts[::2], parts[1::2], strict=False)] + (
            parts[-1:] if len(parts) % 2 else []
        )
    assert text(parts[0]) == want


@pytest.mark.parametrize("seed", range(20))
def test_any_order_gives_the_same_state(seed):
    rng, batch = np.random.default_rng(seed), table(3_000)
    found = RowSample(most=64)
    cuts = np.sort(rng.integers(0, 3_000, 9))
    for part in np.split(batch[rng.permutation(3_000)], cuts):
        found = found.update(part)
    assert text(found) == text(RowSample(most=64).update(batch))
    assert np.array_equal(found.drawn(64), RowSample(most=64).update(batch).drawn(64), True)


@pytest.mark.skipif(not available("rows"), reason="no compiled kernel here")
@pytest.mark.parametrize(
    "layout", [np.ascontiguousarray, np.asfortranarray, lambda x: x[::-1, ::-1]]
)
@pytest.mark.parametrize("dtype", TYPES)
def test_the_kernel_hashes_as_numpy_does(monkeypatch, dtype, layout):
    batch = layout(np.random.default_rng(2).integers(0, 2, (3_000, 5)).astype(dtype) * 7)
    if np.dtype(dtype).kind == "f":
        batch[::5, 1], batch[::3, 2], batch[::4, 3] = np.nan, -0.0, np.inf
    pieces = [batch[:, :2], batch[:, 2:]]
    found = hashes.below(pieces, 2**62)
    monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    want = hashes.below(pieces, 2**62)
    assert 0 < len(found[0]) < 3_000 or len(set(found[0])) <= 32
    for one, other in zip(found, want, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


def test_a_hash_knows_values_and_not_their_type_sign_of_zero_or_nan():
    whole = np.array([[0, 1], [7, 100]])
    want = hashes.below([whole], hashes.ALL)[0].tolist()
    for dtype in TYPES[:-1]:
        assert hashes.below([whole.astype(dtype)], hashes.ALL)[0].tolist() == want
    odd = np.array([0x7FF8000000000001], np.uint64).view(np.float64)
    pairs = np.array([[0.0, np.nan], [-0.0, odd[0]], [0.0, -np.nan]])
    assert len(set(hashes.below([pairs], hashes.ALL)[0].tolist())) == 1


def test_a_hash_knows_columns_apart():
    swapped = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 0.0], [0.0, 3.0]])
    assert len(set(hashes.below([swapped], hashes.ALL)[0].tolist())) == 4


@pytest.mark.parametrize("features", [1, 2, 5])
def test_hashes_of_small_whole_numbers_are_spread_and_apart(features):
    # Their doubles have forty zeros at the end: a hash that adds products only would lose rows.
    rng = np.random.default_rng(3)
    rows = np.unique(rng.integers(0, 2**20, (60_000, features)), axis=0)
    found = hashes.below([rows], hashes.ALL)[0]
    assert len(np.unique(found)) == len(rows)
    for shift in (0, 29, 56):
        tops = np.bincount((found >> np.uint64(shift)).astype(np.uint8), minlength=256)
        spread = ((tops - len(rows) / 256) ** 2 / (len(rows) / 256)).sum()
        assert 150 < spread < 380  # chi-square of 255 degrees of freedom


def test_each_distinct_row_is_as_likely_to_be_kept():
    # A row's place, its size and its count say nothing of its chance.
    rows = np.arange(20_000.0)[:, None]
    kept = RowSample(most=4_000).update(np.repeat(rows, 1 + (rows[:, 0] % 3).astype(int), axis=0))
    values = np.sort(kept.bottom.kept.values[:, 0])
    assert abs(values.mean() - 9_999.5) < 4 * 20_000 / np.sqrt(12 * 4_000)
    assert [abs((values % 3 == k).mean() - 1 / 3) < 0.03 for k in range(3)] == [True] * 3


def test_columns_apart_are_the_same_table(monkeypatch):
    batch = table(5_000)
    apart = Columns((batch[:, 0], batch[:, 1].astype(np.float32), batch[:, 2]))
    whole = np.column_stack([batch[:, 0], batch[:, 1].astype(np.float32), batch[:, 2]])
    assert text(RowSample().update(apart)) == text(RowSample().update(whole))
    monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    assert text(RowSample().update(apart)) == text(RowSample().update(whole))


def test_a_state_is_bounded_and_survives_pickle_and_json():
    found = RowSample(cells=3_000)
    for seed in range(6):
        found = found.update(table(2_000, 6, seed))
    assert found.bottom.capacity == 500
    assert len(found.merge(found).bottom.kept) == 500
    assert sum(map(len, found.bottom.later)) <= 250
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert again.update(table(50, 6, 9)) == found.update(table(50, 6, 9))
    assert RowSample.from_json(json.loads(text(found))) == found
    assert found != found.update(table(1, 6))


def test_pictures_are_kept_as_bytes():
    batch = np.random.default_rng(4).integers(0, 256, (50, 48), np.uint8)
    found = RowSample(20, 10_000, "uint8").update(batch)
    assert found.drawn(20).dtype == np.uint8
    assert {row.tobytes() for row in found.drawn(20)} <= {row.tobytes() for row in batch}


def test_few_rows_are_drawn_as_often_as_they_were_met():
    batch = np.array([[1.0], [1.0], [2.0], [np.nan], [np.nan], [np.nan]])
    drawn = RowSample().update(batch).drawn(10)
    assert sorted(np.nan_to_num(drawn[:, 0], nan=9).tolist()) == [1, 1, 2, 9, 9, 9]


def test_many_rows_are_drawn_in_proportion_and_in_no_order():
    batch = np.repeat(np.arange(4.0), [100, 2_000, 5_000, 12_900])[:, None]
    drawn = RowSample().update(batch).drawn(1_000)[:, 0]
    times = [(drawn == value).sum() for value in range(4)]
    assert len(drawn) == 1_000
    assert np.abs(np.array(times) - np.array([5, 100, 250, 645])).max() <= 1
    assert abs(np.corrcoef(drawn, np.arange(1_000))[0, 1]) < 0.12


def test_a_stream_that_grows_keeps_the_time_of_an_update_small():
    found = RowSample(most=256).update(table(50_000))
    more = found.update(np.zeros((0, 3)))
    assert more.bottom is found.bottom


def test_what_is_no_table_of_numbers_is_refused():
    with pytest.raises(DataError, match="RowSample is learned from numbers"):
        RowSample().update(np.array([["a"]], object))
    with pytest.raises(DataError, match="arrays of one axis"):
        RowSample().update(Columns((np.zeros((2, 2)),)))
    with pytest.raises(DataError, match="of 2 features can't be merged with one of 1"):
        RowSample().update(np.zeros((2, 2))).update(Columns((np.zeros(2),)))
