from __future__ import annotations

import json
import threading

import numpy as np
import pyarrow as pa
import pytest

from samescale import native
from samescale.errors import DataError
from samescale.statistics.keyed_moments import KeyedMoments
from samescale.statistics.moments import Moments
from samescale.statistics.weighted_moments import WeightedMoments

NAMES = np.array(["Oslo", "Rome", "", "é", "a b", None], object)


def drawn(rng, rows, features=3):
    batch = rng.normal(5, 3, (rows, features))
    batch[rng.random(batch.shape) < 0.1] = np.nan
    return batch


def apart(batch, keys, weights=None) -> dict[object, dict[str, list[float]]]:
    """Each key's moments, learned from its rows alone."""
    found = {}
    for key in sorted({key for key in keys.tolist() if key is not None and key == key}):
        rows = np.array([other == key for other in keys.tolist()])
        found[key] = (
            Moments().update(batch[rows]).value()
            if weights is None
            else WeightedMoments().update(batch[rows], weights[rows]).value()
        )
    return found


def assert_apart(value, batch, keys, weights=None):
    want = apart(batch, keys, weights)
    assert value["keys"] == list(want)
    for name in set(value) - {"keys", "overall"}:
        assert np.transpose(value[name]).tolist() == [want[key][name] for key in want]
    whole = Moments().update(batch) if weights is None else WeightedMoments().update(batch, weights)
    assert value["overall"] == whole.value()


KEYS = {
    "text": lambda rng, rows: rng.choice(NAMES, rows),
    "fixed text": lambda rng, rows: rng.choice(np.array(["b", "a", "ä"]), rows),
    "shops": lambda rng, rows: rng.integers(-3, 9, rows),
    "far apart": lambda rng, rows: rng.choice(np.array([-(2**63), 0, 2**63 - 1]), rows),
    "unsigned": lambda rng, rows: rng.choice(np.array([0, 2**64 - 1], np.uint64), rows),
    "small": lambda rng, rows: rng.integers(-128, 128, rows).astype(np.int8),
    "bool": lambda rng, rows: rng.random(rows) < 0.3,
    "nullable": lambda rng, rows: rng.choice([1.0, 2.0, np.nan, -7.0], rows),
    "one each": lambda rng, rows: rng.permutation(rows),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", KEYS)
def test_each_key_has_the_moments_of_its_rows(kind, weighted):
    rng = np.random.default_rng(0)
    for rows in (1, 5, 400):
        keys, batch = KEYS[kind](rng, rows), np.nan_to_num(drawn(rng, rows))
        weights = rng.random(rows) + 1e-3 if weighted else None
        empty = KeyedMoments().weighted() if weighted else KeyedMoments()
        assert_apart(empty.update_by(batch, keys, weights).value(), batch, keys, weights)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.uint64, np.int8, np.bool_])
def test_values_of_every_type(dtype):
    rng = np.random.default_rng(1)
    if np.dtype(dtype).kind in "iu":
        limits = np.iinfo(dtype)
        batch = rng.integers(limits.min, limits.max, (200, 2), dtype, endpoint=True)
    else:
        batch = rng.normal(0, 3, (200, 2)).astype(dtype)
    keys = rng.integers(0, 5, 200)
    assert_apart(KeyedMoments().update_by(batch, keys).value(), batch, keys)


def test_values_of_every_binade():
    rng = np.random.default_rng(2)
    batch = rng.choice([-1, 1], (500, 2)) * np.exp2(rng.uniform(-1074, 500, (500, 2)))
    keys = rng.integers(0, 7, 500)
    weights = np.exp2(rng.uniform(-1074, 1000, 500))
    assert_apart(KeyedMoments().update_by(batch, keys).value(), batch, keys)
    given = KeyedMoments().weighted().update_by(batch, keys, weights)
    assert_apart(given.value(), batch, keys, weights)


def test_a_missing_value_counts_for_its_feature_only_and_a_missing_key_for_all_rows_only():
    batch = np.array([[1.0, 10.0], [np.nan, 20.0], [5.0, 30.0]])
    value = KeyedMoments().update_by(batch, np.array(["a", "b", None], object)).value()
    assert value["keys"] == ["a", "b"]
    assert value["count"] == [[1, 0], [1, 1]]
    assert value["mean"] == [[1.0, None], [10.0, 20.0]]
    assert value["overall"] == Moments().update(batch).value()


def test_nan_among_strings_is_a_missing_key():
    keys = np.array(["a", float("nan"), None, np.float64("nan"), "b", "a"], object)
    value = KeyedMoments().update_by(np.arange(6.0)[:, None], keys).value()
    assert (value["keys"], value["count"], value["mean"]) == (["a", "b"], [[2, 1]], [[2.5, 4.0]])


def test_rows_without_keys_count_among_all_rows_only():
    batch = np.random.default_rng(3).normal(size=(50, 2))
    value = KeyedMoments().update(batch).value()
    assert value["keys"] == []
    assert value["mean"] == [[], []]
    assert value["overall"] == Moments().update(batch).value()


def test_many_keys_and_rows_are_those_of_small_batches():
    rng = np.random.default_rng(4)
    batch, keys = rng.normal(size=(150_000, 2)), rng.integers(0, 9000, 150_000) * 1_000_003
    whole = KeyedMoments().update_by(batch, keys)
    state = KeyedMoments()
    for part in np.array_split(rng.permutation(150_000), 40):
        state = state.update_by(batch[part], keys[part])
    assert state == whole
    value = whole.value()
    for place in (0, 4321, len(value["keys"]) - 1):
        alone = Moments().update(batch[keys == value["keys"][place]]).value()
        assert [value["mean"][f][place] for f in range(2)] == alone["mean"]
        assert [value["variance"][f][place] for f in range(2)] == alone["variance"]


def test_very_many_small_updates_stay_exact():
    # More additions than digits take before they are carried.
    batch, state = np.array([[0.1], [1e16], [-3.7]]), KeyedMoments()
    keys = np.array(["a", "b", "a"], object)
    for _ in range(700):
        state = state.update_by(batch, keys)
    assert state == KeyedMoments().update_by(np.tile(batch, (700, 1)), np.tile(keys, 700))


def test_any_order_chunking_and_tree_gives_one_state():
    rng = np.random.default_rng(5)
    batch = np.stack(
        [drawn(rng, 60, 1)[:, 0], np.exp2(rng.uniform(-1074, 500, 60)), rng.integers(-3, 3, 60)], 1
    )
    keys, weights = rng.choice(NAMES, 60), rng.random(60) + 0.1
    empty = KeyedMoments().weighted()
    want = empty.update_by(batch, keys, weights).to_json()
    for _ in range(150):
        order = rng.permutation(60)
        cuts = np.sort(rng.integers(0, 60, rng.integers(0, 6)))
        rows = np.split(order, cuts)
        states = [empty.update_by(batch[r], keys[r], weights[r]) for r in rows]
        while len(states) > 1:
            left, right = (states.pop(rng.integers(len(states))) for _ in range(2))
            states.append(left.merge(right))
        assert states[0].to_json() == want


def test_a_state_goes_on_where_it_was_sent():
    rng = np.random.default_rng(6)
    batch, keys = drawn(rng, 40), rng.choice(NAMES, 40)
    state = KeyedMoments().update_by(batch, keys)
    again = KeyedMoments.from_json(json.loads(json.dumps(state.to_json())))
    assert again.value() == state.value()
    assert again.update_by(batch, keys) == state.update_by(batch, keys)


def test_too_many_keys_are_refused_in_one_batch_and_over_several():
    batch = np.zeros((3, 1))
    few = KeyedMoments(max_distinct=3).update_by(batch, np.array([1, 2, 3]))
    assert few.update_by(batch, np.array([3, 2, 1])).value()["keys"] == [1, 2, 3]
    with pytest.raises(DataError, match="4 distinct keys or more; at most 3") as caught:
        few.update_by(batch, np.array([1, 2, 4]))
    assert caught.value.details["value"] == 4
    with pytest.raises(DataError, match="3 distinct keys or more; at most 2"):
        KeyedMoments(max_distinct=2).update_by(batch, np.array([1, 2, 3]))


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (np.array([1.0, 2.5, 1.0]), 1),
        (np.array([1.0, np.nan, np.inf]), 2),
        (np.array([1.0, 2.0**63, 1.0]), 1),
        (np.array(["a", 7, "b"], object), 1),
        (np.array(["a", None, b"b"], object), 2),
    ],
)
def test_a_key_that_is_no_name_is_refused_with_its_row(keys, row):
    with pytest.raises(DataError, match=f"Row {row} has the key") as caught:
        KeyedMoments().update_by(np.zeros((3, 1)), keys)
    assert caught.value.details["row"] == row


def test_keys_that_do_not_fit_are_refused():
    batch = np.zeros((3, 1))
    with pytest.raises(DataError, match=r"keys of shape \(2,\) for 3 rows"):
        KeyedMoments().update_by(batch, np.array([1, 2]))
    with pytest.raises(DataError, match="dtype complex128"):
        KeyedMoments().update_by(batch, np.zeros(3, complex))
    texts = KeyedMoments().update_by(batch, np.array(["a", "b", None], object))
    with pytest.raises(DataError, match="strings can't be merged with keys that are integers"):
        texts.update_by(batch, np.array([1, 2, 3]))


def test_a_batch_without_any_key_goes_with_both_kinds():
    batch = np.zeros((2, 1))
    for keys in (np.array(["a", "b"], object), np.array([1, 2])):
        state = KeyedMoments().update_by(batch, np.array([None, None], object))
        assert state.update_by(batch, keys).value()["keys"] == keys.tolist()
        state = KeyedMoments().update_by(batch, np.array([np.nan, np.nan]))
        assert state.update_by(batch, keys).value()["keys"] == keys.tolist()


def test_settings_must_agree_and_weights_be_asked_for():
    batch = np.zeros((2, 1))
    with pytest.raises(DataError, match="can't be merged"):
        KeyedMoments(5).merge(KeyedMoments(6))
    with pytest.raises(DataError, match="can't be merged"):
        KeyedMoments().merge(KeyedMoments().weighted())
    with pytest.raises(DataError, match="take no weights"):
        KeyedMoments().update(batch, np.ones(2))


def test_an_infinity_is_refused_with_its_row_and_feature():
    batch = np.ones((70_000, 2))
    batch[66_000, 1] = np.inf
    with pytest.raises(DataError) as caught:
        KeyedMoments().update_by(batch, np.arange(70_000) % 9)
    assert caught.value.details == {"row": 66_000, "feature": 1, "value": np.inf}


def test_threads_do_not_share_what_they_work_with():
    rng = np.random.default_rng(7)
    batch, keys, got = rng.normal(size=(20_000, 2)), rng.choice(NAMES, 20_000), []
    state = KeyedMoments().update_by(batch, keys)
    want = state.update_by(batch, keys)
    threads = [
        threading.Thread(target=lambda: got.append(state.update_by(batch, keys))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [want] * 6


def test_keys_that_arrow_holds_are_the_same():
    rng = np.random.default_rng(11)
    batch, keys = drawn(rng, 500), rng.choice(NAMES, 500)
    want = KeyedMoments().update_by(batch, keys)
    text = pa.array(keys)
    coded = pa.DictionaryArray.from_arrays(
        pa.array(rng.integers(0, 4, 500)).cast("int8"), pa.array(["é", None, "é", "never", "a"])
    )
    for array in (
        text,
        text.cast("large_string"),
        text.dictionary_encode(),
        pa.chunked_array([text[:3], text[3:]]),
    ):
        assert KeyedMoments().update_by(batch, array) == want
    for array in (coded, text.dictionary_encode()[7:9], pa.array([None, None], "string")):
        objects = np.array([*array.to_pylist(), ""], object)[:-1]
        same = KeyedMoments().update_by(batch[: len(array)], objects)
        assert KeyedMoments().update_by(batch[: len(array)], array) == same


@pytest.mark.parametrize("keys", ["text", "far apart", "unsigned", "nullable"])
def test_keys_are_found_without_the_kernel_too(keys, monkeypatch):
    rng = np.random.default_rng(12)
    batch, given = drawn(rng, 300), KEYS[keys](rng, 300)
    arrays = [given, *([pa.array(given)] if keys == "text" else [])]
    want = [KeyedMoments().update_by(batch, array) for array in arrays]
    monkeypatch.setattr(native, "available", lambda _: False)
    assert [KeyedMoments().update_by(batch, array) for array in arrays] == want


@pytest.mark.parametrize("least", [1, 2, 4])
def test_what_few_values_have_is_not_told(least):
    batch = np.array([[1.0, 2], [3, np.nan], [5, np.nan], [7, 8], [1, 1]])
    keys = np.array(["a", "a", "a", "b", "c"], object)
    value = KeyedMoments(min_count=least).update_by(batch, keys).value()
    assert value["keys"] == {1: ["a", "b", "c"], 2: ["a"], 4: []}[least]
    assert value["overall"] == Moments().update(batch).value()
    if least == 2:
        assert value["count"] == [[3], [0]]
        assert value["mean"] == [[3.0], [None]]


def test_another_min_count_cannot_be_merged():
    with pytest.raises(DataError, match="min_count"):
        KeyedMoments().merge(KeyedMoments(min_count=2))
