"""Folders, lists and streams: several parts as one table."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from samescale import sources
from samescale.errors import SourceError


@pytest.fixture
def spools(tmp_path, monkeypatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "spools"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def column(source: Any, name: str) -> np.ndarray:
    return np.concatenate([chunk.columns[name] for chunk in source.chunks([name])])


def parts(*tables: dict[str, Any]) -> list[pa.Table]:
    return [pa.table(table) for table in tables]


@pytest.mark.parametrize("make", [list, iter], ids=["held", "spooled"])
class TestJoining:
    def test_integers_and_numbers_widen(self, make):
        source = sources.open(make(parts({"a": [1]}, {"a": [1.5]}, {"a": [2]})))
        assert (source.columns[0].kind, source.columns[0].dtype) == ("number", "float64")
        assert column(source, "a").tolist() == [1.0, 1.5, 2.0]

    def test_a_gap_in_one_part_widens_all(self, make):
        source = sources.open(make(parts({"a": [1]}, {"a": [None, 2]})))
        assert (source.columns[0].kind, source.columns[0].nullable) == ("integer", True)
        assert column(source, "a").dtype == np.float64

    def test_a_part_without_values_takes_the_others_kind(self, make):
        source = sources.open(make(parts({"a": pa.nulls(1)}, {"a": ["x"]}, {"a": pa.nulls(1)})))
        assert source.columns[0].kind == "string"
        assert column(source, "a").tolist() == [None, "x", None]
        assert not source.untyped

    def test_other_kinds_are_refused(self, make):
        with pytest.raises(SourceError, match=r"Column 'a' is string in .* integer before"):
            _ = sources.open(make(parts({"a": [1]}, {"a": ["x"]}))).columns

    def test_a_column_that_a_part_lacks_is_named(self, make):
        with pytest.raises(SourceError, match=r"Column 'b' is in .* but not in"):
            _ = sources.open(make(parts({"a": [1]}, {"a": [1], "b": [1]}))).columns

    def test_a_large_integer_beside_numbers_is_refused(self, make):
        source = sources.open(make(parts({"a": [2**53 + 1]}, {"a": [1.5]})))
        with pytest.raises(SourceError, match="9007199254740993"):
            column(source, "a")


def test_a_stream_of_nothing_is_refused(spools):
    with pytest.raises(SourceError, match="no row"):
        _ = sources.open(iter([])).columns
    assert not list(spools.iterdir())


def test_a_spool_is_deleted_when_its_source_is_closed(spools):
    source = sources.open(iter(parts({"a": [1]})))
    assert source.rows == 1
    assert list(spools.iterdir())
    source.close()
    assert not list(spools.iterdir())


def test_a_spool_is_deleted_when_its_source_is_collected(spools):
    source = sources.open(pa.table({"a": [1]}).to_reader())
    assert source.rows == 1
    del source
    gc.collect()
    assert not list(spools.iterdir())


def test_a_spool_is_deleted_when_its_stream_fails(spools):
    def failing():
        yield {"a": np.zeros(3)}
        raise RuntimeError("the stream broke")

    with pytest.raises(RuntimeError, match="the stream broke"):
        _ = sources.open(failing()).columns
    assert not list(spools.iterdir())


def test_a_stream_says_that_it_is_spooled():
    assert "temporary file" in sources.open(iter([])).description


def test_tensors_and_dates_survive_a_spool():
    batch = {
        "image": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
        "day": np.array(["1970-01-02", "NaT"], dtype="datetime64[D]"),
    }
    source = sources.open(iter([batch, batch]))
    assert [(c.kind, c.shape, c.dtype) for c in source.columns] == [
        ("integer", (2, 3), "uint8"),
        ("datetime", (), "float64"),
    ]
    assert np.array_equal(column(source, "image"), np.concatenate([batch["image"]] * 2))
    assert column(source, "day")[0] == 86_400.0


def test_a_broken_batch_is_numbered():
    with pytest.raises(SourceError) as caught:
        _ = sources.open(iter([{"a": np.zeros(2)}, {"a": np.zeros(2), "b": np.zeros(3)}])).columns
    assert caught.value.__notes__ == ["This is batch 1."]


class TestFiles:
    def test_hidden_and_other_files_are_passed_over(self, tmp_path):
        for name in ("b.csv", "a.csv", "_c.csv", ".d.csv"):
            (tmp_path / name).write_text(f"name\n{name}\n")
        (tmp_path / "notes.txt").write_text("x")
        assert column(sources.open(tmp_path), "name").tolist() == ["a.csv", "b.csv"]

    def test_folders_are_walked(self, tmp_path):
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "a.csv").write_text("a\n1\n")
        assert sources.open(str(tmp_path)).rows == 1

    @pytest.mark.parametrize("data", ["", "*.csv", "sub"])
    def test_no_file_is_refused(self, tmp_path, data):
        with pytest.raises(SourceError, match=r"no table file|no file"):
            sources.open(str(tmp_path / data))

    def test_files_of_two_kinds_are_refused(self, tmp_path):
        (tmp_path / "a.csv").write_text("a\n1\n")
        parquet.write_table(pa.table({"a": [1]}), tmp_path / "b.parquet")
        with pytest.raises(SourceError, match=r"b\.parquet' is not of one known kind"):
            sources.open(tmp_path)

    def test_an_unknown_suffix_is_refused(self, tmp_path):
        (tmp_path / "a.xlsx").write_text("x")
        with pytest.raises(SourceError, match=r"ends in '.xlsx'.*Known endings are .csv"):
            sources.open(tmp_path / "a.xlsx")

    def test_options_reach_every_file(self, tmp_path):
        (tmp_path / "a.csv").write_text("a\n1\n")
        (tmp_path / "b.csv").write_text("a\nx\n")
        with pytest.raises(SourceError, match="'a' is string") as caught:
            _ = sources.open(tmp_path).columns
        assert 'dtypes={"a": "string"}' in caught.value.remedy
        assert column(sources.open(tmp_path, dtypes={"a": "string"}), "a").tolist() == ["1", "x"]
