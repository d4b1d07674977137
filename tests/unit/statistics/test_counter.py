from __future__ import annotations

import functools

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.statistics.counter import Counter


def words(*values: object) -> np.ndarray:
    return np.array([*values, None], object)[:-1, None]


def test_most_frequent_first_and_equal_ones_ascending():
    value = Counter().update(words("b", "c", "a", "c", None, float("nan"))).value()
    assert value == {"values": [["c", "a", "b"]], "counts": [[2, 1, 1]]}


def test_features_are_counted_apart():
    batch = np.array([["a", "x"], ["a", None]], object)
    assert Counter().update(batch).value() == {"values": [["a"], ["x"]], "counts": [[2], [1]]}


@pytest.mark.parametrize(
    "batch",
    [
        np.array([[2], [1], [2]]),
        np.array([[2], [1], [2]], np.uint8),
        np.array([[2.0], [1.0], [np.nan], [2.0]]),
    ],
)
def test_integers_and_whole_floats_count_alike(batch):
    assert repr(Counter().update(batch).value()) == "{'values': [[2, 1]], 'counts': [[2, 1]]}"


def test_booleans_count_as_0_and_1():
    value = Counter().update(np.array([[True], [True], [False]])).value()
    assert repr(value) == "{'values': [[1, 0]], 'counts': [[2, 1]]}"


def test_integers_of_any_size_are_exact():
    top = np.iinfo(np.uint64).max
    assert Counter().update(np.array([[top]], np.uint64)).value()["values"] == [[2**64 - 1]]
    assert Counter().update(np.array([[1e300], [-0.0]])).value()["values"] == [[0, int(1e300)]]


def test_a_fraction_is_refused_with_its_row_and_value():
    with pytest.raises(DataError, match=r"Row 2 holds 1\.5 .* isn't a whole number") as caught:
        Counter().update(np.array([[1.0], [np.nan], [1.5], [2.5]]))
    assert caught.value.details == {"row": 2, "feature": 0, "value": 1.5}


def test_infinity_is_refused():
    with pytest.raises(DataError, match="Row 1 holds inf"):
        Counter().update(np.array([[1.0], [np.inf]]))


def test_an_object_that_is_no_string_is_refused_with_its_row():
    with pytest.raises(DataError, match=r"Row 1 holds 3 .* isn't a string"):
        Counter().update(words("a", 3))


def test_other_dtypes_are_refused():
    with pytest.raises(DataError, match="complex128"):
        Counter().update(np.zeros((1, 1), complex))


def test_text_arrays_count_as_objects_do():
    assert Counter().update(np.array([["b"], ["a"], ["b"]])) == Counter().update(
        words("b", "a", "b")
    )


@pytest.mark.parametrize("chunks", [1, 4, 10])
def test_too_many_distinct_values_are_refused_however_they_come(chunks):
    batch = words(*(f"id{i}" for i in range(10)))
    enough = Counter(max_distinct=10)
    for part in np.array_split(batch, chunks):
        enough = enough.update(part)
    assert len(enough.value()["values"][0]) == 10
    with pytest.raises(DataError, match="hash the column"):
        functools.reduce(Counter.update, np.array_split(batch, chunks), Counter(max_distinct=9))


def test_repeats_over_many_chunks_are_not_taken_for_distinct_values():
    counter = Counter(max_distinct=3)
    for i in range(50):
        counter = counter.update(words("a", "b" if i % 2 else "c"))
    assert counter.value() == {"values": [["a", "b", "c"]], "counts": [[50, 25, 25]]}


def test_strings_and_integers_do_not_mix():
    with pytest.raises(DataError, match="integer values can't be merged with counts of string"):
        Counter().update(np.array([[1]])).update(words("a"))


def test_caps_do_not_mix():
    with pytest.raises(DataError, match="same max_distinct"):
        Counter(5).merge(Counter(6))
