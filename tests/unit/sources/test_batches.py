"""Many small batches: joined before anything is done to them, with nothing lost by it."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import samescale as ss
from samescale import sources
from samescale.errors import DataError, SourceError
from samescale.sources.columns import alike, blocks
from samescale.sources.columns.alike import Alike

HELD_OR_ONCE = pytest.mark.parametrize("make", [list, iter], ids=["held", "once"])


def read(source: Any, name: str, rows: int = 65_536) -> np.ndarray:
    return np.concatenate([chunk.columns[name] for chunk in source.chunks([name], rows=rows)])


def cut(array: np.ndarray, rows: int) -> list[dict[str, np.ndarray]]:
    return [{"x": array[start : start + rows]} for start in range(0, len(array), rows)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that are soon full, and little memory for what is read once."""
    monkeypatch.setattr(alike, "BYTES", 4_000)
    monkeypatch.setattr(blocks, "ROWS", 100)
    monkeypatch.setattr(blocks, "BYTES", 1_000)


@pytest.mark.parametrize("rows", [32, 70_000])
@pytest.mark.parametrize("held", [0, 1_000_000, 1 << 30])
def test_a_generator_may_fill_the_same_array_again(rows: int, held: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(alike, "BYTES", held)

    def batches() -> Any:
        buffer = np.empty((rows, 3), np.float32)
        for index in range(5):
            buffer[:] = index
            yield {"x": buffer}
        buffer[:] = -1

    found = read(sources.open(batches()), "x")
    assert np.array_equal(found, np.repeat(np.arange(5.0), rows * 3).reshape(-1, 3))


@HELD_OR_ONCE
@pytest.mark.parametrize("rows", [1, 7, 99, 100, 5_000])
def test_every_row_is_there_in_its_place(make: Any, rows: int, few: None) -> None:
    wanted = np.arange(5_000, dtype=np.int32)
    source = sources.open(make(cut(wanted, rows)))
    chunks = list(source.chunks(["x"], rows=64))
    assert np.array_equal(np.concatenate([chunk.columns["x"] for chunk in chunks]), wanted)
    assert [chunk.start for chunk in chunks] == [int(chunk.columns["x"][0]) for chunk in chunks]
    assert max(chunk.rows for chunk in chunks) <= 64
    assert source.rows == 5_000


@HELD_OR_ONCE
def test_batches_of_all_sizes(make: Any, few: None) -> None:
    sizes = np.random.default_rng(0).integers(0, 300, 200)
    wanted = np.arange(int(sizes.sum()), dtype=np.float64)
    ends = np.cumsum(sizes)
    batches = [{"x": wanted[end - size : end]} for end, size in zip(ends, sizes, strict=True)]
    assert np.array_equal(read(sources.open(make(batches)), "x"), wanted)


@HELD_OR_ONCE
def test_a_dtype_that_changes_widens(make: Any) -> None:
    batches = [
        *cut(np.arange(50, dtype=np.int32), 5),
        *cut(np.arange(50, dtype=np.float32) + 0.5, 5),
        *cut(np.arange(50, dtype=np.int32), 5),
    ]
    source = sources.open(make(batches))
    assert (source.columns[0].kind, source.columns[0].dtype) == ("number", "float64")
    assert read(source, "x").tolist() == [*range(50), *(np.arange(50) + 0.5), *range(50)]


@HELD_OR_ONCE
def test_a_large_whole_number_keeps_its_digits_beside_others(make: Any) -> None:
    large = 2**60 + 1
    source = sources.open(make([*cut(np.arange(9, dtype=np.int32), 3), {"x": np.array([large])}]))
    assert source.columns[0].dtype == "int64"
    assert int(read(source, "x")[-1]) == large


@HELD_OR_ONCE
def test_a_shape_that_changes_is_refused(make: Any) -> None:
    batches = [{"x": np.zeros((4, 3))}] * 5 + [{"x": np.zeros((4, 2))}]
    with pytest.raises(SourceError, match=r"Column 'x' is number of shape \(2,\)"):
        _ = sources.open(make(batches)).columns


@HELD_OR_ONCE
def test_a_key_that_comes_or_goes_is_refused(make: Any) -> None:
    batches = [{"x": np.zeros(4)}] * 5 + [{"x": np.zeros(4), "y": np.zeros(4)}]
    with pytest.raises(SourceError, match=r"Column 'y' is in .* but not in"):
        _ = sources.open(make(batches)).columns


@HELD_OR_ONCE
def test_another_order_of_the_keys_is_the_same_table(make: Any) -> None:
    one, other = {"x": np.zeros(2), "y": np.ones(2)}, {"y": np.ones(2), "x": np.zeros(2)}
    source = sources.open(make([one, one, other, one]))
    assert [column.name for column in source.columns] == ["x", "y"]
    assert read(source, "y").tolist() == [1.0] * 8


@HELD_OR_ONCE
def test_objects_in_the_middle(make: Any) -> None:
    with_gap = {"x": np.array([7, None], object)}
    batches = [*cut(np.arange(6), 2), with_gap, *cut(np.arange(6), 2)]
    source = sources.open(make(batches))
    assert (source.columns[0].kind, source.columns[0].nullable) == ("integer", True)
    wanted = [*range(6), 7, np.nan, *range(6)]
    np.testing.assert_array_equal(read(source, "x"), np.array(wanted, np.float64))


@HELD_OR_ONCE
def test_text_beside_numbers(make: Any) -> None:
    batches = [{"x": np.arange(3), "city": np.array(["a", None, "b"], object)}] * 4
    source = sources.open(make(batches))
    assert read(source, "city").tolist() == ["a", None, "b"] * 4
    assert read(source, "x").tolist() == [0, 1, 2] * 4


@HELD_OR_ONCE
def test_an_empty_batch_is_no_row(make: Any) -> None:
    batches = [{"x": np.zeros((0, 2))}, {"x": np.ones((3, 2))}, {"x": np.zeros((0, 2))}]
    source = sources.open(make(batches))
    assert source.rows == 3
    assert read(source, "x").tolist() == [[1.0, 1.0]] * 3


def test_an_empty_image_reserves_no_room_for_thousands() -> None:
    images = [{"x": np.zeros((0, 4_096, 4_096, 3), np.float64)}]
    assert next(iter(Alike(images).chunks(["x"])), None) is None


@HELD_OR_ONCE
def test_what_has_another_byte_order_or_a_mask_is_read_as_before(make: Any) -> None:
    masked = np.ma.masked_array([1, 2], mask=[False, True])
    swapped = np.arange(2, dtype=">i4")
    source = sources.open(make([{"x": np.arange(2)}, {"x": masked}, {"x": swapped}]))
    np.testing.assert_array_equal(read(source, "x"), [0, 1, 1, np.nan, 0, 1])


def test_a_bad_batch_is_named_by_its_number() -> None:
    good = {"x": np.zeros(3), "y": np.zeros(3)}
    batches = [*[good] * 700, {"x": np.zeros(3), "y": np.zeros(2)}, good]
    with pytest.raises(SourceError, match="differ in length") as caught:
        _ = sources.open(iter(batches)).columns
    assert caught.value.__notes__ == ["This is batch 700."]


@HELD_OR_ONCE
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_an_infinity_in_batch_700_is_named_by_its_row(make: Any, threads: int) -> None:
    batches = cut(np.arange(1_000 * 256.0), 256)
    batches[700] = {"x": np.where(np.arange(256) == 17, np.inf, 0.0)}
    with pytest.raises(DataError, match=f"'x', row {700 * 256 + 17}"):
        ss.Spec({"x": ss.Normalization()}).adapt(make(batches), threads=threads)


@HELD_OR_ONCE
@pytest.mark.parametrize("rows", [1, 256, 40_000])
def test_the_digest_is_that_of_the_whole_table(make: Any, rows: int) -> None:
    table = np.random.default_rng(0).lognormal(0, 3, (50_000 if rows > 1 else 2_000, 4))
    spec = ss.Spec({"x": ss.Normalization()})
    wanted = spec.adapt({"x": table}).digest
    for threads in (None, 1, 2, 4):
        assert spec.adapt(make(cut(table, rows)), threads=threads).digest == wanted


def test_rows_and_batches_keep_their_order() -> None:
    mixed = [{"x": 1}, {"x": 2}, {"x": np.array([3, 4])}, {"x": 5}]
    assert read(sources.open(iter(mixed)), "x").tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("kind", ["held", "once", "stream"])
@pytest.mark.parametrize("count", [1, 3, 50])
def test_shares_are_the_table_in_its_order(kind: str, count: int, few: None) -> None:
    wanted = np.arange(10_000.0)
    data: Any = cut(wanted, 10)
    if kind == "once":
        data = iter(data)
    elif kind == "stream":
        stream = [pa.record_batch(batch) for batch in data]
        data = pa.RecordBatchReader.from_batches(stream[0].schema, stream)
    source = sources.open(data)
    shares = source.shares(count, ["x"])
    assert 1 <= len(shares) <= count
    assert count == 1 or len(shares) > 1
    assert sum(share.rows for share in shares) == 10_000
    assert np.array_equal(np.concatenate([read(share, "x") for share in shares]), wanted)
    assert {share.columns for share in shares} == {source.columns}


@pytest.mark.parametrize(("held", "files"), [(0, 1), (4_000, 1), (1 << 20, 0)])
def test_the_temporary_file_goes_with_the_source(
    held: int, files: int, tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(blocks, "BYTES", 1_000)
    monkeypatch.setattr(alike, "BYTES", held)
    source = sources.open(iter(cut(np.arange(1_000), 10)))
    assert source.rows == 1_000
    assert len(list(tmp_path.iterdir())) == files
    assert read(source, "x").tolist() == read(source, "x", 33).tolist() == [*range(1_000)]
    source.close()
    assert not list(tmp_path.iterdir())


def test_a_block_of_few_rows_keeps_no_room_for_many() -> None:
    batches = [{"x": np.full(3, number, kind)} for number, kind in enumerate(["f8", "i8"] * 5)]
    for _, table in blocks.gathered(batches):
        held = table["x"] if table["x"].base is None else table["x"].base
        assert held.nbytes == table["x"].nbytes
