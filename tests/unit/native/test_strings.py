"""Damaged and hostile data: an error, and never memory that isn't theirs, whatever is read."""

from __future__ import annotations

import ctypes
import time

import numpy as np
import pyarrow as pa
import pytest

from samescale import native
from samescale.errors import DataError
from samescale.native import strings
from samescale.statistics._counts import arrow
from samescale.statistics.counter import Counter
from samescale.statistics.keyed_moments import KeyedMoments
from samescale.statistics.weighted_counter import WeightedCounter


@pytest.fixture(params=["kernel", "numpy"])
def way(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    elif not native.available("strings"):
        pytest.skip("no kernel was compiled")
    return request.param


kernel = pytest.mark.skipif(not native.available("strings"), reason="no kernel was compiled")


def text(offsets, data=b"abc", wide=False):
    kind = pa.LargeStringArray if wide else pa.StringArray
    offsets = np.array(offsets, "i8" if wide else "i4")
    return kind.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def coded(codes, entries, dtype=None):
    indices = pa.array(codes, dtype or pa.int32())
    return pa.DictionaryArray.from_arrays(indices, entries, safe=False)


@kernel
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("offsets", [[0, -5, 2, 3], [0, 3000, 2, 3], [0, 2, 1, 3]])
def test_text_outside_of_its_bytes_is_refused(offsets, wide):
    damaged = text(offsets, wide=wide)
    with pytest.raises(DataError, match="damaged: write it again"):
        Counter().update(damaged)
    with pytest.raises(DataError, match="damaged: write it again"):
        WeightedCounter().update(damaged)
    with pytest.raises(DataError, match="damaged: write it again"):
        Counter().update(coded([0, 1, 2], damaged)).value()


def test_a_missing_text_may_be_anywhere(way):
    offsets, valid = pa.py_buffer(np.array([0, 1, 10**9, 2], "i4")), pa.py_buffer(b"\x01")
    array = pa.StringArray.from_buffers(3, offsets, pa.py_buffer(b"ab"), valid, 2)
    assert Counter().update(array).value()["values"] == [["a"]]


def test_views_outside_of_their_buffer_are_refused(way):
    view = pa.py_buffer(np.array([[20, 0, 0, 10**6]], "i4"))
    damaged = pa.Array.from_buffers(pa.string_view(), 1, [None, view, pa.py_buffer(b"abc")])
    with pytest.raises(DataError, match="isn't whole"):
        Counter().update(damaged)


def test_views_may_be_no_text(way):
    damaged = pa.array([b"a", b"\xff"], pa.binary_view()).view("string_view")
    with pytest.raises(DataError, match="Row 1 holds"):
        Counter().update(damaged)


@pytest.mark.parametrize("code", [-1, -3, 2, 10**6])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_code_of_no_entry_is_refused(way, code, rows):
    damaged = coded(([0, 1] if rows > 1 else []) + [code], pa.array(["a", None]))
    ones = np.ones((rows, 1))
    for act in (
        lambda: Counter().update(damaged),
        lambda: WeightedCounter().update(damaged),
        lambda: KeyedMoments().update_by(ones, damaged),
        lambda: KeyedMoments().update_by(ones, pa.chunked_array([damaged])),
        lambda: arrow.missing(damaged),
    ):
        with pytest.raises(DataError, match=f"Code {code} isn't in a dictionary of 2 entries"):
            act()


def test_the_last_code_of_a_narrow_dictionary_is_one(way):
    entries = [str(i) for i in range(128)]
    array = coded([*range(128), None, 127], pa.array(entries), pa.int8())
    found = WeightedCounter().update(array).value()
    assert dict(zip(found["values"][0], found["counts"][0], strict=True)) == {
        entry: 1 + (entry == "127") for entry in entries
    }


def test_dictionaries_that_miss_an_entry_are_joined(way):
    one, other = coded([0, 1, None], pa.array(["a", None])), coded([0, 1], pa.array(["b", "a"]))
    found = WeightedCounter().update(pa.chunked_array([one, other])).value()
    assert (found["values"], found["counts"]) == ([["a", "b"]], [[2, 1]])


def test_a_long_dictionary_may_be_of_views(way):
    array = coded([3, None], pa.array(list("abcd"), "string_view"))
    assert WeightedCounter().update(array).value()["values"] == [["d"]]


def test_buffers_may_begin_anywhere(way):
    offsets = pa.py_buffer(b"\0" + np.array([0, 1, 2, 3], "i4").tobytes()).slice(1)
    array = pa.StringArray.from_buffers(3, offsets, pa.py_buffer(b"aba"))
    assert Counter().update(array).value()["counts"] == [[2, 1]]
    kind = pa.dictionary(pa.int32(), pa.string())
    codes = pa.DictionaryArray.from_buffers(kind, 3, [None, offsets], pa.array(list("abc")))
    assert Counter().update(codes).value()["counts"] == [[1, 1, 1]]


@kernel
def test_an_object_that_isnt_there_is_missing():
    column = np.array([["a"], [None], ["b"]], object)
    ctypes.memset(column.ctypes.data + column.itemsize, 0, column.itemsize)  # as NumPy may leave it
    assert Counter().update(column).value()["values"] == [["a", "b"]]
    found = KeyedMoments().update_by(np.ones((3, 1)), column[:, 0]).value()
    assert found["keys"] == ["a", "b"]


@kernel
def test_salt_changes_no_result(monkeypatch):
    column = [str(i * 7919 % 3001) for i in range(5000)] + ["x" * (i % 40) for i in range(500)]
    found = set()
    for byte in (b"\0", b"\1", b"\xfe"):
        monkeypatch.setattr(strings.os, "urandom", lambda size, byte=byte: byte * size)
        found.add(str(Counter().update(pa.array(column)).to_json()))
        found.add(str(Counter().update(np.array(column, object)[:, None]).to_json()))
    assert len(found) == 1


@kernel
def test_tables_have_salts_of_their_own(monkeypatch):
    salts = iter([b"\0" * 16, b"\1" * 16])
    monkeypatch.setattr(strings.os, "urandom", lambda _: next(salts))
    for _ in range(2):
        with strings.table() as table:
            table.add_integers(np.arange(3))
    assert next(salts, None) is None


@kernel
def test_crafted_strings_cost_no_more_than_others():
    # The first half makes each product of the hash without a salt 0: it took 300 times as long.
    def seconds(first: bytes) -> float:
        many = 60_000
        data = np.frombuffer(b"".join(first + b"%08d" % i for i in range(many)), np.uint8)
        offsets = np.arange(many + 1, dtype=np.int64) * 16
        start = time.process_time()
        with strings.table() as table:
            table.add(strings.Strings(offsets, data))
        return time.process_time() - start

    plain = max(seconds(b"abcdefgh") for _ in range(3))
    assert seconds((0x9E3779B97F4A7C15).to_bytes(8, "little")) < 40 * plain + 0.05
