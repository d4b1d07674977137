"""Pickles of scikit-learn's objects: what is read is what was fitted, and nothing was loaded."""

from __future__ import annotations

import pickle
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest

from samescale.adopt._pickle import limits, read
from samescale.adopt._record import Named
from samescale.errors import SourceError
from tests.unit.adopt.stored_objects import assert_same, fitted

pytestmark = pytest.mark.sklearn
FITTED = fitted()


@pytest.mark.parametrize("name", FITTED)
@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_gives_what_was_fitted(name: str, protocol: int):
    assert_same(read(pickle.dumps(FITTED[name], protocol)), FITTED[name])


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6.0)[::2],
        np.arange(4, dtype=">i4"),
        np.array([1.5, np.nan, -np.inf, -0.0]),
        np.array(2.5),
        np.zeros((0, 3)),
        np.array([True, False]),
        np.array(["a", "éß", ""]),
        np.array([b"a", b"bc"]),
        np.array([1 + 2j]),
        np.arange(3, dtype=np.float16),
        np.array([["a", None], [1.5, np.nan]], object),
        np.array([np.arange(2), np.arange(3)], object),
        np.float64(0.1),
        np.float32(0.1),
        np.int64(-3),
        np.bool_(True),
        np.str_("a"),
        {"a": (1, [2.5, None]), 3: b"bytes", -1.0: True},
        {1, 2, 3},
        frozenset({"a"}),
        slice(1, None, 2),
        10**30,
        -(2**31),
        2.5 + 1j,
        "\N{SNOWMAN}" * 300,
        bytes(300),
    ],
    ids=repr,
)
def test_plain_values_come_back(value: Any, protocol: int):
    made = read(pickle.dumps(value, protocol))
    if isinstance(value, np.ndarray | dict | slice):
        assert_same(made, value)
    else:
        assert type(made) is type(value)
        assert made == value


def test_dicts_of_collections_are_dicts():
    assert read(pickle.dumps(OrderedDict(a=1))) == {"a": 1}
    assert read(pickle.dumps(defaultdict(int, a=1))) == {"a": 1}


def test_functions_and_types_are_names():
    assert read(pickle.dumps([np.log1p, np.float64])) == [
        Named("numpy", "log1p"),
        Named("numpy", "float64"),
    ]


def test_several_pickles_in_one_file_are_a_tuple():
    content = pickle.dumps({"a": 1}) + pickle.dumps(["b"])
    assert read(content) == ({"a": 1}, ["b"])


def test_what_is_shared_stays_shared():
    array = np.arange(3.0)
    first, second = read(pickle.dumps([array, array]))
    assert first is second


def test_a_pickle_of_python_2():
    # A dict of a text and an array, as Python 2 and its NumPy wrote them: bytes are `STRING`s.
    content = (
        b"(dp0\nS'mean'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n"
        b"(I0\ntp4\nS'b'\np5\ntp6\nRp7\n(I1\n(I1\ntp8\ncnumpy\ndtype\np9\n(S'f8'\np10\nI0\nI1\n"
        b"tp11\nRp12\n(I3\nS'<'\np13\nNNNI-1\nI-1\nI0\ntp14\nbI00\nS'\\x00\\x00\\x00\\x00\\x00"
        b"\\x00\\x00@'\np15\ntp16\nbs."
    )
    made = read(content)
    assert made["mean"].tolist() == [2.0]


class OfMine:
    """A class that is no one else's."""


def test_a_class_of_the_users_own_is_named():
    with pytest.raises(SourceError, match=r"names '.*test_pickle\.OfMine' at byte \d+"):
        read(pickle.dumps(OfMine()))


def test_a_function_of_the_users_own_is_named():
    from sklearn.preprocessing import FunctionTransformer

    with pytest.raises(SourceError, match=r"'.*assert_same' at byte \d+") as raised:
        read(pickle.dumps(FunctionTransformer(assert_same)))
    assert "alone" in raised.value.remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cut short"),
        (b"\x80\x09N.", "protocol 9"),
        (b"\x80\x04", "cut short"),
        (b"N", "cut short"),
        (b".", "a value is missing"),
        (b"h\x07.", "nothing was kept"),
        (b"]a.", "a value is missing"),
        (b"t.", "a mark is missing"),
        (b"(a.", "a value is missing"),
        (b"NNa.", "no list"),
        (b"NNNs.", "no dict"),
        (b"}]Ns.", "a key is no plain"),
        (b"}(Nu.", "no value"),
        (b"\xff.", "no opcode"),
        (b"Nb.", "a value is missing"),
        (b"]Nb.", "has none"),
        (b"NNR.", "is no name"),
        (b"NN\x93.", "no text"),
        (b"\x8b\xff\xff\xff\x7f\x00.", "argument"),
        (b"]\x94h\x00a.", "holds itself"),
    ],
)
def test_damage_is_told(content: bytes, words: str):
    with pytest.raises(SourceError, match=words):
        read(content)


def test_what_shares_itself_without_end_is_refused_quickly():
    # Pairs of the last pair: 2 to the power of their number, in two bytes each.
    with pytest.raises(SourceError, match="more than 10000000 values"):
        read(b"N" + b"2\x86" * 40 + b".")
    with pytest.raises(SourceError, match="inside one another"):
        read(b"N" + b"\x85" * 1_000 + b".")


def test_limits_on_steps_and_stack(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SourceError, match="on its stack"):
        read(b"N" * (limits.MAX_STACK + 1) + b".")
    monkeypatch.setattr("samescale.adopt._pickle.machine.MAX_STEPS", 1_000)
    with pytest.raises(SourceError, match="steps"):
        read(b"N0" * 1_000 + b"N.")


def test_bytes_that_are_named_again_and_again_are_copied_once():
    raw = bytes(8_000)
    one = pickle.dumps(np.frombuffer(raw), 5)[:-1]
    # The same buffer, dtype, shape: another array each time it is called for.
    again = b"0h\x02h\x0eR" * 1_000
    with pytest.raises(SourceError, match="again and again"):
        read(one + again + b".")
