from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.statistics.moments import Moments

pytestmark = pytest.mark.usefixtures("way")


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float64)[:, None]


def test_nothing_seen_gives_empty_lists_and_missing_features_give_none():
    assert Moments().value() == {"count": [], "mean": [], "variance": []}
    assert Moments().update(np.full((3, 2), np.nan)).value() == {
        "count": [0, 0],
        "mean": [None, None],
        "variance": [None, None],
    }


def test_missing_values_are_not_counted():
    assert Moments().update(column(1, np.nan, 3)).value() == {
        "count": [2],
        "mean": [2.0],
        "variance": [1.0],
    }


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
@pytest.mark.parametrize("rows", [3, 300, 9000, 300_000])
def test_infinity_is_refused_with_its_row_and_feature(infinity, rows):
    batch = np.ones((rows, 3))
    batch[rows - 2, 1] = infinity
    batch[0, 0] = np.nan
    with pytest.raises(DataError) as caught:
        Moments().update(batch)
    assert caught.value.details == {"row": rows - 2, "feature": 1, "value": infinity}


def test_infinity_beside_values_that_overflow_when_squared_is_found():
    with pytest.raises(DataError, match="Row 1 holds inf"):
        Moments().update(column(1e300, np.inf, np.nan))


def test_variance_beyond_float64_is_an_error_and_names_the_feature():
    batch = np.concatenate([column(1, 2), column(1e200, -1e200)], axis=1)
    with pytest.raises(DataError, match="variance of feature 1"):
        Moments().update(batch).value()


def test_cancellation_leaves_the_small_value():
    assert Moments().update(column(1e300, 1, -1e300)).to_json()["sums"] == [hex(1 << 1074)]
    assert Moments().update(column(2.0**60, 3, -(2.0**60))).value()["mean"] == [1.0]


def test_variance_of_a_large_offset_is_exact():
    assert Moments().update(column(1e15 + 1, 1e15 + 2, 1e15 + 3)).value()["variance"] == [2 / 3]


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_integers_beyond_2_to_the_53_are_exact(dtype):
    top = np.iinfo(dtype).max
    value = Moments().update(np.array([[top], [top - 1], [top - 2]], dtype)).value()
    assert value["variance"] == [2 / 3]
    assert value["mean"] == [float(top - 1)]


def test_more_features_than_a_group_keep_their_order():
    batch = np.arange(3 * 300, dtype=np.float32).reshape(3, 300)
    assert Moments().update(batch).value()["mean"] == batch[1].tolist()


def test_foreign_byte_order_is_taken():
    batch = np.array([[1.5], [2.5]])
    assert Moments().update(batch.astype(">f8")) == Moments().update(batch)


@pytest.mark.parametrize("dtype", [object, "U3", np.complex128, "M8[s]", np.longdouble])
def test_other_dtypes_are_refused_by_name(dtype):
    if dtype is np.longdouble and np.dtype(dtype).itemsize == 8:
        pytest.skip("long double is float64 here")
    with pytest.raises(DataError, match="Moments is learned from numbers"):
        Moments().update(np.zeros((2, 1), dtype))


def test_threads_do_not_share_what_they_work_with():
    batch = np.random.default_rng(0).normal(size=(20_000, 4))
    want, got = Moments().update(batch), []
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=lambda: got.append(Moments().update(batch))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
    assert got == [want] * 8
