from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from samescale import sources
from samescale.errors import SourceError


def test_gaps_are_known_from_the_footer(tmp_path):
    table = pa.table({"a": [1, 2, 3], "b": [1, None, 3]})
    parquet.write_table(table, tmp_path / "t.pq", row_group_size=1)
    assert [(c.dtype, c.nullable) for c in sources.open(tmp_path / "t.pq").columns] == [
        ("int64", False),
        ("float64", True),
    ]


def test_without_statistics_a_gap_may_be_anywhere(tmp_path):
    table = pa.table({"a": [1, 2, 3, None]})
    parquet.write_table(table, tmp_path / "t.parquet", write_statistics=False, row_group_size=2)
    source = sources.open(tmp_path / "t.parquet")
    assert source.columns[0].nullable
    values = np.concatenate([c.columns["a"] for c in source.chunks(["a"], rows=2)])
    assert np.array_equal(values, [1, 2, 3, np.nan], equal_nan=True)


@pytest.mark.parametrize("keep", [0, 3, 100, -20])
def test_what_is_no_parquet_is_refused(tmp_path, keep):
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a": np.arange(1000.0)}), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SourceError, match=r"can't be read as Parquet|is empty"):
        _ = sources.open(path).columns


def test_a_broken_page_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a": [f"text {i}" for i in range(5000)]}), path)
    content = bytearray(path.read_bytes())
    content[4:400] = bytes(396)
    path.write_bytes(content)
    with pytest.raises(SourceError, match="can't be read as Parquet"):
        list(sources.open(path).chunks(["a"]))


def test_a_wide_table_comes_in_shorter_chunks(tmp_path):
    table = pa.table({f"c{i}": np.zeros(20_000) for i in range(200)})
    parquet.write_table(table, tmp_path / "t.parquet")
    source = sources.open(tmp_path / "t.parquet")
    names = [c.name for c in source.columns]
    sizes = [sum(a.nbytes for a in c.columns.values()) for c in source.chunks(names)]
    assert max(sizes) <= 6 << 20
    assert sum(sizes) == 20_000 * 200 * 8
