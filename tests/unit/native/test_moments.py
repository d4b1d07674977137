from __future__ import annotations

import threading

import numpy as np
import pytest

from samescale import native
from samescale.native import moments

pytestmark = pytest.mark.skipif(not native.available("moments"), reason="no kernel was compiled")


def test_a_scan_says_what_is_there():
    found = moments.scan(np.array([[1.5, np.nan], [-2.0, np.nan]], np.float32))
    assert found.missing == (0, 2)
    assert found.low == (-2.0, None)
    assert found.high == (1.5, None)
    assert [total / 2**1074 for total in found.sums] == [-0.5, 0.0]
    assert [square / 2**2148 for square in found.squares] == [6.25, 0.0]


def test_the_machine_has_no_kernel_for_other_numbers():
    for dtype in (object, np.complex128, np.dtype("f8").newbyteorder(), "M8[s]", np.longdouble):
        assert moments.scan(np.zeros((2, 1), dtype)) is None


def test_infinities_are_left_to_numpy():
    assert moments.scan(np.array([[1.0], [np.inf], [np.nan]])) is None


def test_every_level_gives_the_same_bits(monkeypatch):
    from samescale.native import loader, recipe

    batch = np.exp(np.random.default_rng(0).normal(0, 3, (5000, 7)))
    batch[::50] *= 1e-40
    want = moments.scan(batch)
    for level in loader._levels("moments"):
        path = next(recipe.FOLDER.glob(recipe.library("moments", level, "*")))
        monkeypatch.setattr(moments, "library", lambda _, path=path: opened(path))
        assert moments.scan(batch) == want


def opened(path):
    import ctypes

    return ctypes.CDLL(str(path))


def test_threads_share_nothing():
    batches = [np.random.default_rng(i).normal(size=(50_000, 4)) for i in range(4)]
    want, got = [moments.scan(batch) for batch in batches], {}

    def work(i: int) -> None:
        got[i] = [moments.scan(batches[i]) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {i: [want[i]] * 5 for i in range(4)}


def test_a_column_of_more_blocks_than_one_settling():
    # 2**16 blocks of 128 rows of 16 lanes are settled at once; this is one more.
    column = np.ones(((1 << 27) + 2048, 1), np.int8)
    found = moments.scan(column)
    assert found.sums == (len(column) << 1074,)
    assert found.squares == (len(column) << 2148,)
