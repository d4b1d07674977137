from __future__ import annotations

import numpy as np
import pytest

from samescale.statistics.missing import Missing

pytestmark = pytest.mark.usefixtures("way")


def test_nan_and_none_are_missing():
    numbers = Missing().update(np.array([[np.nan, 1], [np.nan, np.nan], [3, 4]]))
    assert numbers.value() == {"rows": [3, 3], "missing": [2, 1]}
    words = Missing().update(np.array([["a", None], [float("nan"), ""], [None, "b"]], object))
    assert words.value() == {"rows": [3, 3], "missing": [2, 1]}


@pytest.mark.parametrize("dtype", [bool, np.int64, "U3", np.float32])
def test_nothing_is_missing_from_whole_columns(dtype):
    assert Missing().update(np.zeros((4, 1), dtype)).value() == {"rows": [4], "missing": [0]}


def test_chunks_add_up():
    batch = np.array([[np.nan], [1.0]])
    assert Missing().update(batch).update(batch).value() == {"rows": [4], "missing": [2]}
