"""The kernel and NumPy give the same bits, and both what fractions give."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.statistics.batch import Batch
from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments

THREE = (Moments(), Extent(), Missing())
RNG = np.random.default_rng(20)
FLOATS = ("f2", "f4", "f8")
WHOLE = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")
# Around a block of 128 rows of 16 lanes, and around rows read side by side.
SHAPES = [
    *((rows, 1) for rows in (1, 2, 15, 16, 17, 127, 128, 129, 2047, 2048, 2049, 4097)),
    *((rows, 20) for rows in (1, 3, 127, 128, 129, 511, 512, 513, 1030)),
    *((257, features) for features in (2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 129, 300)),
    (1100, 3),
    (1100, 12),
]
HOSTILE = np.array(
    [
        0.0, -0.0, np.nan, 5e-324, -5e-324, 2.2250738585072014e-308, 1e308, -1e308, 1e-300, 1.0,
        -1.0, 1 + 2**-52, 2.0**53 + 2, 1e150, -1e150, 3.4e38, 0.1, 123456.789, -7.25e-9, 1e16,
        65504.0,
    ]
)  # fmt: skip


def learned(batch: np.ndarray | Batch) -> list[object]:
    shared = Batch.of(batch)
    return [statistic.update(shared) for statistic in THREE]


def assert_both_ways(batch: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, pooled = learned(batch), learned(Batch(batch).pooled())
    with monkeypatch.context() as patch:
        patch.setenv("SAMESCALE_NATIVE", "0")
        assert Batch(batch).scan() is None
        assert kernel == learned(batch)
        assert repr(kernel) == repr(learned(batch))
        assert repr(pooled) == repr(learned(np.ascontiguousarray(batch).reshape(-1, 1)))


def spread(dtype: str, shape: tuple[int, int], kind: str) -> np.ndarray:
    normal = RNG.normal(size=shape)
    drawn = {
        "normal": lambda: 10 + 3 * normal,
        "lognormal": lambda: np.exp(3 * normal),
        "scales": lambda: normal * 10.0 ** np.linspace(-6, 9, shape[1]),
        "any exponent": lambda: normal * 10.0 ** RNG.uniform(-320, 290, shape),
        "constant": lambda: np.full(shape, 0.1),
        "zero": lambda: np.zeros(shape),
        "whole": lambda: np.floor(100 * normal),
        "hostile": lambda: RNG.choice(HOSTILE, shape),
        "missing": lambda: np.where(RNG.random(shape) < 0.3, np.nan, normal),
        "all missing": lambda: np.full(shape, np.nan),
        "tiny beside great": lambda: np.where(RNG.random(shape) < 0.01, 1e-30, 1.0) * normal,
        "subnormal": lambda: normal * 1e-320,
        "near the end": lambda: np.sign(normal) * 1e308,
    }[kind]()
    with np.errstate(all="ignore"):
        cast = drawn.astype(dtype)
    cast[np.isinf(cast)] = 1
    return cast


KINDS = (
    "normal", "lognormal", "scales", "any exponent", "constant", "zero", "whole", "hostile",
    "missing", "all missing", "tiny beside great", "subnormal", "near the end",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_both_ways(dtype, kind, monkeypatch):
    for shape in ((1, 1), (700, 20), (257, 3), (2100, 1)):
        assert_both_ways(spread(dtype, shape, kind), monkeypatch)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes_both_ways(shape, monkeypatch):
    for dtype in ("f4", "f8"):
        batch = spread(dtype, shape, "missing")
        assert_both_ways(batch, monkeypatch)
        assert_both_ways(np.asfortranarray(batch), monkeypatch)


@pytest.mark.parametrize("dtype", WHOLE)
@pytest.mark.parametrize("shape", [(1, 1), (300, 20), (129, 17), (4097, 1)], ids=str)
def test_whole_numbers_both_ways(dtype, shape, monkeypatch):
    if dtype == "?":
        batch = RNG.random(shape) < 0.5
    else:
        ends = np.iinfo(dtype)
        batch = RNG.integers(ends.min, ends.max, shape, dtype, endpoint=True)
        batch.flat[:: batch.size // 3 + 1] = ends.min
        batch[-1] = ends.max
    assert_both_ways(batch, monkeypatch)
    assert_both_ways(batch[::-1], monkeypatch)
    if np.dtype(dtype).itemsize == 8:
        for edge in (2**53, 2**53 + 1):
            assert_both_ways(np.full(shape, edge, dtype), monkeypatch)
            assert_both_ways(np.full(shape, edge, "i8") * -1, monkeypatch)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4", "u8"])
def test_strides_order_alignment_and_byte_order_both_ways(dtype, monkeypatch):
    wide = spread("f8", (600, 40), "normal").astype(dtype)
    raw = np.frombuffer(b"x" + wide.tobytes(), np.uint8)[1:].view(dtype).reshape(wide.shape)
    assert not raw.flags.aligned
    assert not raw.flags.writeable
    views = [wide[:, :20], wide[:, ::2], wide[::3], wide[::-1], wide[:, ::-1], wide[:, 3:4], raw]
    for view in [*views, raw[5:, 1:], wide.T, np.broadcast_to(wide[:1], (500, 40))]:
        assert_both_ways(view, monkeypatch)
    big = wide.astype(wide.dtype.newbyteorder(">"))
    assert learned(big) == learned(wide)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["normal", "any exponent", "hostile", "tiny beside great"])
def test_fractions_agree(kind):
    batch = spread("f8", (150, 3), kind)
    batch = np.clip(batch, -1e150, 1e150)
    moments, extent, missing = (statistic.value() for statistic in learned(batch))
    for i, column in enumerate(batch.T):
        exact = [Fraction(value) for value in column.tolist() if value == value]
        mean = sum(exact) / len(exact)
        assert moments["mean"][i] == float(mean)
        variance = sum((value - mean) ** 2 for value in exact) / len(exact)
        assert moments["variance"][i] == float(variance)
        assert (extent["min"][i], extent["max"][i]) == (min(exact), max(exact))
        assert missing["missing"][i] == len(column) - len(exact)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinity_names_its_cell_and_is_not_missing(infinity):
    batch = np.ones((3000, 5), np.float32)
    batch[2500, 3], batch[7, 1] = infinity, np.nan
    for statistic in (Moments(), Extent()):
        with pytest.raises(DataError) as caught:
            statistic.update(Batch(batch))
        assert caught.value.details == {"row": 2500, "feature": 3, "value": infinity}
    assert Missing().update(Batch(batch)).value()["missing"] == [0, 1, 0, 0, 0]


@pytest.mark.usefixtures("way")
def test_no_rows_and_no_features():
    for shape in ((0, 2), (3, 0), (0, 0)):
        moments, extent, missing = learned(np.zeros(shape))
        assert moments.counts == (0,) * shape[1]
        assert extent.low == (None,) * shape[1]
        assert missing.rows == (shape[0],) * shape[1]


def test_a_scan_is_made_once(monkeypatch):
    batch = Batch(np.ones((9, 2)))
    first = batch.scan()
    monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    assert batch.scan() is first


@pytest.mark.usefixtures("way")
def test_pooled_entries_are_one_feature():
    batch = np.array([[1.0, np.nan], [-4.0, 2.5]])
    moments, extent, missing = (s.value() for s in learned(Batch(batch).pooled()))
    assert moments["count"] == [3]
    assert moments["mean"] == [float(Fraction(-1, 6))]
    assert extent == {"min": [-4.0], "max": [2.5]}
    assert missing == {"rows": [4], "missing": [1]}
    nothing = learned(Batch(np.full((2, 2), np.nan)).pooled())
    assert nothing[1].value() == {"min": [None], "max": [None]}


def test_weights_are_refused_by_what_would_ignore_them():
    with pytest.raises(DataError, match=r"Moments\(\).weighted\(\)"):
        Moments().update(np.ones((2, 1)), np.ones(2))
    assert type(Moments().weighted()).__name__ == "WeightedMoments"
    weights = np.array([1.0, 5.0])
    assert Extent().update(np.ones((2, 1)), weights) == Extent().update(np.ones((2, 1)))
    assert Missing().update(np.ones((2, 1)), weights) == Missing().update(np.ones((2, 1)))
    assert Extent().weighted() == Extent()
