from __future__ import annotations

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.statistics.extent import Extent

pytestmark = pytest.mark.usefixtures("way")


def test_missing_values_are_skipped_and_nothing_gives_none():
    batch = np.array([[np.nan, np.nan], [2.0, np.nan], [-1.5, np.nan]])
    assert Extent().update(batch).value() == {"min": [-1.5, None], "max": [2.0, None]}
    assert Extent().value() == {"min": [], "max": []}


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int8])
def test_integers_stay_integers_of_any_size(dtype):
    bounds = np.iinfo(dtype)
    value = Extent().update(np.array([[bounds.min], [bounds.max]], dtype)).value()
    assert value == {"min": [int(bounds.min)], "max": [int(bounds.max)]}
    assert type(value["max"][0]) is int


def test_booleans_are_0_and_1():
    value = Extent().update(np.array([[True], [False]])).value()
    assert repr(value) == "{'min': [0], 'max': [1]}"


def test_negative_zero_is_zero():
    for batch in ([[0.0], [-0.0]], [[-0.0], [0.0]], [[-0.0], [-0.0]]):
        assert repr(Extent().update(np.array(batch)).value()) == "{'min': [0.0], 'max': [0.0]}"


def test_whole_and_float_chunks_give_one_answer_in_any_order():
    whole, floats = np.array([[1], [3]]), np.array([[1.0], [3.0]])
    one = Extent().update(whole).update(floats)
    other = Extent().update(floats).update(whole)
    assert repr(one.value()) == repr(other.value()) == "{'min': [1.0], 'max': [3.0]}"


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinity_is_refused_with_its_row_and_feature(infinity):
    batch = np.zeros((5000, 3), np.float32)
    batch[4321, 2] = infinity
    with pytest.raises(DataError) as caught:
        Extent().update(batch)
    assert caught.value.details == {"row": 4321, "feature": 2, "value": infinity}


def test_many_blocks_agree_with_numpy():
    batch = np.random.default_rng(0).normal(size=(10_000, 7)).astype(np.float32)
    value = Extent().update(batch).value()
    assert value == {"min": batch.min(axis=0).tolist(), "max": batch.max(axis=0).tolist()}
