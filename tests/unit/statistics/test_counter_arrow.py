"""Arrow text, as it is and in dictionaries, counts as Python's strings do."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescale.errors import DataError
from samescale.statistics.counter import Counter
from samescale.statistics.missing import Missing

KINDS = (pa.string(), pa.large_string(), pa.string_view())
HOSTILE = ["", "a", "b", "é", "é", "\0", "a\0", "a\0b", "東京", "🙂", "x" * 7, "x" * 8, "x" * 9,
           "x" * 16, "x" * 17, "x" * 16 + "y", "x" * 24, "y" + "x" * 23, "z" * 70_000]  # fmt: skip

texts = st.lists(st.none() | st.sampled_from(HOSTILE) | st.text(max_size=20), max_size=40)
both_ways = pytest.mark.parametrize("native", ["0", "1"])


@pytest.fixture(autouse=True)
def kernels(request, monkeypatch):
    if "native" in request.fixturenames:
        monkeypatch.setenv("SAMESCALE_NATIVE", request.getfixturevalue("native"))


def state(counter: Counter) -> str:
    return json.dumps(counter.to_json())


def objects(values: list[str | None]) -> np.ndarray:
    return np.array([*values, None], object)[:-1, None]


def expected(values: list[str | None]) -> str:
    counts = {value: values.count(value) for value in values if value is not None}
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return json.dumps({"values": [[v for v, _ in rows]], "counts": [[n for _, n in rows]]})


def value(*batches: object) -> str:
    counter = Counter()
    for batch in batches:
        counter = counter.update(batch)
    return json.dumps(counter.value())


@both_ways
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_text_of_every_kind_counts_as_objects_do(kind, native):
    @settings(max_examples=40, deadline=None)
    @given(values=texts, cut=st.integers(0, 5))
    def check(values, cut):
        array = pa.array(values, kind)
        part = array.slice(cut, 20)
        assert value(array) == value(objects(values)) == expected(values)
        assert value(part) == expected(values[cut:][:20])
        assert value(pa.chunked_array([array, part])) == value(array, part)
        assert state(Counter().update(array)) == state(Counter().update(objects(values)))

    check()


@both_ways
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_dictionaries_count_as_their_text_does(kind, native):
    @settings(max_examples=40, deadline=None)
    @given(
        entries=st.lists(st.none() | st.sampled_from(HOSTILE), min_size=1, max_size=9),
        data=st.data(),
    )
    def check(entries, data):
        code = st.none() | st.integers(0, len(entries) - 1)
        codes = data.draw(st.lists(code, max_size=30))
        width = data.draw(st.sampled_from([pa.int8(), pa.uint16(), pa.int32(), pa.int64()]))
        array = pa.DictionaryArray.from_arrays(pa.array(codes, width), pa.array(entries, kind))
        values = [None if code is None else entries[code] for code in codes]
        assert value(array) == expected(values)
        assert value(array.slice(3, 9), array) == expected(values[3:12] + values)
        other = pa.DictionaryArray.from_arrays(
            pa.array(codes, width), pa.array(entries[::-1], kind)
        )
        flipped = [None if code is None else entries[::-1][code] for code in codes]
        assert value(array, other, array, objects(values)) == expected(values * 3 + flipped)

    check()


@both_ways
def test_more_dictionaries_than_wait_are_read(native):
    arrays = [pa.array([f"{i}", "a", f"{i + 1}"]).dictionary_encode() for i in range(40)]
    values = [text for array in arrays for text in array.to_pylist()]
    assert value(*arrays) == expected(values)
    half = Counter().update(pa.chunked_array(arrays[:25]))
    assert json.dumps(half.merge(Counter().update(pa.chunked_array(arrays[25:]))).value()) == value(
        *arrays
    )


@both_ways
def test_a_dictionary_that_is_much_longer_than_its_rows(native):
    entries = pa.array([f"{i}" for i in range(1000)])
    codes = pa.array([999, None, 3, 999], pa.int32())
    assert value(pa.DictionaryArray.from_arrays(codes, entries)) == expected(["999", "3", "999"])
    view = pa.DictionaryArray.from_arrays(codes, entries.cast(pa.string_view()))
    assert value(view) == expected(["999", "3", "999"])


@both_ways
def test_nothing_at_all(native):
    for array in (
        pa.array([], pa.string()),
        pa.nulls(3, pa.string()),
        pa.nulls(3),
        pa.chunked_array([], pa.string()),
        pa.array([], pa.string()).dictionary_encode(),
        pa.nulls(2, pa.dictionary(pa.int32(), pa.string())),
    ):
        assert Counter().update(array).value() == {"values": [[]], "counts": [[]]}
        assert value(array, pa.array(["a"])) == expected(["a"])


@both_ways
@pytest.mark.parametrize(
    "bad", [b"\xff", b"a\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\xc3"]
)
def test_what_is_no_utf8_is_refused_with_its_row(bad, native):
    rows = pa.array([b"ok", None, "é".encode(), bad, bad])
    text = pa.Array.from_buffers(pa.string(), 5, rows.buffers())
    with pytest.raises(DataError, match=r"Row 3 holds b.* isn't text in UTF-8") as caught:
        Counter().update(text)
    assert (caught.value.details["row"], caught.value.details["feature"]) == (3, 0)
    with pytest.raises(DataError, match="Row 5 holds"):
        Counter().update(pa.chunked_array([text.slice(0, 2), text]))
    coded = pa.DictionaryArray.from_arrays(pa.array([3, 0], pa.int8()), text)
    with pytest.raises(DataError, match="A dictionary holds"):
        Counter().update(coded).value()


@both_ways
@pytest.mark.parametrize("width", [pa.int8(), pa.int32(), pa.uint32(), pa.uint64()], ids=str)
@pytest.mark.parametrize("rows", [1, 9])
def test_a_code_that_is_no_code_is_refused(width, rows, native):
    codes = pa.array([9] * rows, width)
    array = pa.DictionaryArray.from_arrays(codes, pa.array(list("abcdefgh")), safe=False)
    with pytest.raises(DataError, match="Code 9 isn't in a dictionary of 8 entries"):
        Counter().update(array)


@both_ways
def test_a_negative_code_is_refused(native):
    array = pa.DictionaryArray.from_arrays(
        pa.array([-1, 0], pa.int8()), pa.array(["a"]), safe=False
    )
    with pytest.raises(DataError, match="Code -1"):
        Counter().update(array)


def test_other_types_of_arrow_are_refused():
    for array in (pa.array([1]), pa.array([b"a"]), pa.array([1]).dictionary_encode()):
        with pytest.raises(DataError, match="Counter counts strings and integers, not Arrow's"):
            Counter().update(array).value()


def test_an_arrow_array_is_one_feature():
    with pytest.raises(DataError, match="of 2 features can't be merged with one of 1"):
        Counter().update(np.array([["a", "b"]], object)).update(pa.array(["a"]))
    with pytest.raises(DataError, match="counts of string"):
        Counter().update(np.array([[1]])).update(pa.array(["a"]))


@both_ways
def test_half_a_surrogate_pair_is_a_string_of_python(native):
    values = ["\ud800", "a", "\udfff", "a", "🙂", "\ud800"]
    assert value(objects(values)) == expected(values)
    assert value(objects(values), pa.array(["a", "🙂"])) == expected([*values, "a", "🙂"])


def test_strings_are_in_pythons_order_and_no_other():
    values = ["z", "Z", "é", "~", "￿", "🙂", "", "a", "a\0", "ab", "\x7f", "\x80"]
    assert json.loads(value(pa.array(values)))["values"] == [sorted(values)]


def test_what_was_counted_with_kernels_goes_on_without(monkeypatch):
    arrays = [pa.array(["a", "b", "é"]), pa.array(["b", None]).dictionary_encode()]
    monkeypatch.setenv("SAMESCALE_NATIVE", "1")
    begun = pickle.loads(pickle.dumps(Counter().update(arrays[0]).update(arrays[1])))
    whole = state(begun.update(arrays[0]))
    monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    assert state(begun.update(arrays[0])) == whole
    again = Counter.from_json(json.loads(state(begun)))
    monkeypatch.setenv("SAMESCALE_NATIVE", "1")
    assert state(again.update(arrays[0])) == whole


@both_ways
def test_many_distinct_strings(native):
    values = [f"id-{i * 7919 % 30_011}" for i in range(30_011)]
    counter = Counter()
    for start in range(0, len(values), 1_000):
        counter = counter.update(pa.array(values[start : start + 1_000]))
    more = counter.update(pa.array(values[:5])).value()["values"][0]
    assert more[:5] == sorted(values[:5])
    assert more[5:] == sorted(set(values) - set(values[:5]))
    assert sum(counter.value()["counts"][0]) == len(values)


@both_ways
@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9), max_size=40),
    wide=st.booleans(),
)
def test_integers_count_as_in_python(values, wide, native):
    column = np.array(values, np.int64)
    if wide and not (column < 0).any():
        column = column.astype(np.uint64) * np.uint64(2)
        values = [2 * value for value in values]
    counts = {value: values.count(value) for value in values}
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    counter = Counter().update(column[:7, None]).update(column[7:, None])
    assert repr(counter.value()["values"][0]) == repr([value for value, _ in rows])
    assert counter.value()["counts"][0] == [count for _, count in rows]


def test_gaps_of_arrow_are_counted_as_those_of_objects():
    entries = pa.array(["a", None, "b"])
    arrays = [
        pa.array(["a", None, None])[1:],
        pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 1], pa.int8()), entries),
        pa.chunked_array([entries, entries[2:]]),
        pa.nulls(2),
    ]
    for array in arrays:
        want = Missing().update(objects(array.to_pylist()))
        assert Missing().update(array) == want
