from __future__ import annotations

import collections
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from samescale.errors import DataError, SpecError
from samescale.statistics.counter import Counter
from samescale.statistics.weighted_counter import WeightedCounter

WORDS = np.array(["b", "a", "é", "", "a b", None], object)


def drawn(rows=3_000, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.choice(WORDS, rows)
    return values, np.exp2(rng.uniform(-1070, 900, rows)) * rng.random(rows).clip(0.1)


def exactly(values, weights):
    sums: collections.Counter = collections.Counter()
    for value, weight in zip(values, weights.tolist(), strict=True):
        if value is not None:
            sums[value] += Fraction(weight)
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


def test_the_heaviest_first_by_exact_sums_rounded_once():
    values, weights = drawn()
    found = WeightedCounter().update(values[:, None], weights).value()
    wanted = exactly(values, weights)
    assert found["values"] == [[value for value, _ in wanted]]
    assert found["weights"] == [[float(weight) for _, weight in wanted]]
    counts = collections.Counter(values.tolist())
    assert found["counts"] == [[counts[value] for value, _ in wanted]]


def test_a_difference_that_float64_would_round_away_decides():
    values = np.array([["a"], ["b"], ["b"]], object)
    found = WeightedCounter().update(values, np.array([2.0**60, 2.0**60, 2.0**-60])).value()
    assert found["values"] == [["b", "a"]]
    assert found["weights"] == [[2.0**60, 2.0**60]]


def test_equal_weights_go_by_value():
    values = np.array([[3], [-1], [2]])
    assert WeightedCounter().update(values, np.full(3, 0.1)).value()["values"] == [[-1, 2, 3]]


@pytest.mark.parametrize(("top", "least"), [(None, 1), (2, 1), (None, 500), (3, 520)])
def test_top_goes_by_weight_and_min_count_by_rows(top, least):
    values, weights = drawn()
    found = Counter(top=top, min_count=least).weighted().update(values[:, None], weights).value()
    counts = collections.Counter(values.tolist())
    wanted = [value for value, _ in exactly(values, weights) if counts[value] >= least][:top]
    assert found["values"] == [wanted]


def test_whole_weights_order_as_repeated_rows():
    rng = np.random.default_rng(1)
    for values in (rng.integers(-40, 40, 500), rng.choice(WORDS, 500)):
        weights = rng.integers(1, 4, 500)
        found = Counter().weighted().update(values[:, None], weights.astype(float)).value()
        often = Counter().update(np.repeat(values, weights)[:, None]).value()
        assert found["values"] == often["values"]
        assert found["weights"] == [[float(count) for count in often["counts"][0]]]


def test_arrow_text_of_every_kind_is_the_same():
    values, weights = drawn(400)
    wanted = WeightedCounter().update(values[:, None], weights)
    text = pa.array(values)
    for array in (
        text,
        text.cast("large_string"),
        text.dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2]), pa.array(["a", None, "a"])),
        pa.chunked_array([text[:7], text[7:]]),
        pa.chunked_array([], "string"),
    ):
        if len(array) == len(values):
            assert WeightedCounter().update(array, weights) == wanted
        else:
            objects = np.array([*array.to_pylist(), None], object)[:-1, None]
            same = WeightedCounter().update(objects, weights[: len(array)])
            assert WeightedCounter().update(array, weights[: len(array)]) == same


def test_floats_that_are_whole_are_integers_and_nan_is_missing():
    values = np.array([[2.0], [np.nan], [-3.0]])
    found = WeightedCounter().update(values, np.array([1.0, 9.0, 2.0])).value()
    assert found == {"values": [[-3, 2]], "counts": [[1, 1]], "weights": [[2.0, 1.0]]}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.array([[1.0], [1.5]]), r"Row 1 holds 1\.5 \(feature 0\), which isn't a whole number"),
        (np.array([[1.0], [np.inf]]), "Row 1 holds inf"),
        (np.array([["a"], [7]], object), r"Row 1 holds 7 \(feature 0\), which isn't a string"),
        (np.array([["2020"]], "M8[Y]"), "datetime64"),
    ],
)
def test_what_is_neither_text_nor_whole_is_named(values, said):
    with pytest.raises(DataError, match=said):
        WeightedCounter().update(values, np.ones(len(values)))


def test_what_cannot_be_merged_and_too_many_values():
    text = WeightedCounter().update(np.array([["a"]], object))
    with pytest.raises(DataError, match="string values can't be merged with counts of integer"):
        text.update(np.array([[1]]))
    with pytest.raises(DataError, match="can't be merged"):
        text.merge(WeightedCounter(top=3))
    few = WeightedCounter(3).update(np.array([["a"], ["b"], ["a"]], object))
    with pytest.raises(DataError, match="4 distinct values or more; at most 3 are weighed"):
        few.update(np.array([["c"], ["d"]], object))
    with pytest.raises(SpecError, match="top=0"):
        WeightedCounter(top=0)
    with pytest.raises(DataError, match=r"Row 1 has the weight 0\.0"):
        WeightedCounter().update(np.array([["a"], ["b"]], object), np.array([1.0, 0.0]))


def test_text_that_is_not_utf8_is_named():
    odd = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"a\xff")]
    )
    with pytest.raises(DataError, match=r"Row 1 holds b'\\xff'"):
        WeightedCounter().update(odd, np.ones(2))
