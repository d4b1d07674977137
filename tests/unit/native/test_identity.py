"""Objects told apart by where they lie: as many as there are, in the order they're met."""

import numpy as np
import pytest

from samescale.door import Door
from samescale.native import identity
from samescale.native.loader import available
from samescale.schema import Column, Schema

pytestmark = pytest.mark.skipif(not available("identity"), reason="no compiled kernel here")


def _column(words, rows, seed=0):
    return np.array(words, object)[np.random.default_rng(seed).integers(0, len(words), rows)]


@pytest.mark.parametrize("rows", [256, 1_000, 40_000])
def test_objects_and_places_give_the_column_back(rows):
    words = [f"word {i}" for i in range(50)] + [None, ""]
    column = _column(words, rows)
    few, codes = identity.distinct(column)
    assert all(a is b for a, b in zip(few[codes], column, strict=True))
    assert len(few) == len({id(x) for x in column})
    assert codes[0] == 0


def test_a_shape_is_kept():
    column = _column(["a", "b"], 600).reshape(200, 3)
    few, codes = identity.distinct(column)
    assert codes.shape == (200, 3)
    assert (few[codes] == column).all()


def test_a_view_with_steps_is_read_as_it_stands():
    column = _column(["a", "b", "c"], 2_000)[::3]
    few, codes = identity.distinct(column)
    assert (few[codes] == column).all()


def test_equal_texts_at_two_places_are_two():
    one, other = (bytes([111, 115, 108, 111]).decode() for _ in range(2))
    few, _ = identity.distinct(np.array([one, other] * 200, object))
    assert few.tolist() == ["oslo", "oslo"]


def test_too_many_are_left_to_others():
    column = np.array([f"word {i}" for i in range(5_000)], object)
    assert identity.distinct(column) is None
    assert identity.distinct(np.tile(column, 8)) is None


def test_few_entries_and_no_kernel_are_left_to_others(monkeypatch):
    assert identity.distinct(np.array(["a"] * 10, object)) is None
    monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    assert identity.distinct(np.array(["a"] * 1_000, object)) is None


ODD = [None, float("nan"), type("Name", (str,), {})("sub"), np.str_("np"), 3, True, b"x", [1]]


def _admitted(nullable, column):
    door = Door(Schema((Column("t", "string", column.shape[1:], "string", nullable=nullable),)))
    found = door.admit({"t": column}, on_finding="return")
    taken = found.columns.get("t")
    listed = None if taken is None else [(type(v), v) for v in taken.ravel().tolist()]
    return listed, found.findings


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("odd", [[], *([value] for value in ODD), ODD[:2], ODD])
@pytest.mark.parametrize("shape", [(700,), (350, 2)])
def test_the_door_says_the_same_without_it(monkeypatch, nullable, odd, shape):
    flat = _column(["oslo", "", "a\0b", "\ud800"], 700)
    for place, value in enumerate(odd):
        flat[[300 + place, 600 - place]] = [value, value]
    column = flat.reshape(shape)
    found = _admitted(nullable, column)
    monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    assert str(_admitted(nullable, column)) == str(found)  # as text, for NaN isn't itself


def test_a_column_of_nothing_yet_is_one_object():
    few, codes = identity.distinct(np.empty(600, object))
    assert few.tolist() == [None]
    assert not codes.any()
