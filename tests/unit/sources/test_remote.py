"""Files by their URI: of a local file system, and of one that only fsspec knows."""

from __future__ import annotations

import gzip
import json
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import samescale as ss
from samescale import sources
from samescale.errors import SourceError
from samescale.sources.columns import paths
from samescale.sources.columns.remote import Remote, matching

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pa.table({"x": np.arange(30), "city": ["Oslo", None, "Łódź"] * 10})


@pytest.fixture(params=["file", "memory"])
def store(request, tmp_path: Path) -> str:
    """A folder of files, by its URI."""
    csv.write_csv(TABLE, tmp_path / "t.csv")
    (tmp_path / "z.csv.gz").write_bytes(gzip.compress((tmp_path / "t.csv").read_bytes()))
    lines = "\n".join(json.dumps({"x": row, "city": None}) for row in range(30))
    (tmp_path / "t.jsonl").write_text(lines)
    (tmp_path / "z.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    parts = tmp_path / "parts" / "year=1"
    parts.mkdir(parents=True)
    for index in range(3):
        parquet.write_table(TABLE[index * 10 :][:10], parts / f"{index}.parquet", row_group_size=4)
    (tmp_path / "parts" / "_SUCCESS").touch()
    (parts / "_hidden.parquet").touch()
    (tmp_path / "empty.csv").touch()
    if request.param == "file":
        return f"file://{tmp_path}"
    memory = pytest.importorskip("fsspec").filesystem("memory")
    memory.put(str(tmp_path), f"/{tmp_path.name}", recursive=True)
    return f"memory://{tmp_path.name}"


NAMES = [
    "t.csv", "z.csv.gz", "t.jsonl", "z.jsonl.gz", "parts/", "parts", "parts/*/?.parquet",
    "**/[012].parquet", "parts/**/*[0-9].parquet",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_uri_is_read_like_a_path(store, name) -> None:
    source = sources.open(f"{store}/{name}")
    x = np.concatenate([chunk.columns["x"] for chunk in source.chunks(["x"], rows=7)])
    assert x.tolist() == list(range(30))
    again = pickle.loads(pickle.dumps(source))
    assert sum(chunk.rows for chunk in again.chunks(["x"])) == 30


def test_several_uris_are_one_table(store) -> None:
    parts = [f"{store}/parts/year=1/{index}.parquet" for index in (2, 0)]
    (chunk, *_) = sources.open(parts).chunks(["x"])
    assert chunk.columns["x"][0] == 20


def test_it_learns_the_same(store) -> None:
    spec = ss.Spec({"x": ss.Normalization(), "city": ss.StringLookup()})
    assert spec.adapt(f"{store}/parts/").digest == spec.adapt(TABLE).digest


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no.csv", "There is no file"),
        ("no.parquet", "A folder's URI ends with '/'"),
        ("empty.csv", "is empty"),
        ("nothing/", "no table file"),
        ("no*.csv", "no table file"),
    ],
)
def test_what_isn_t_there_is_refused(store, name, told) -> None:
    with pytest.raises(SourceError, match=told):
        sources.open(f"{store}/{name}")


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(SourceError, match="begin with 'nope://'"):
        sources.open("nope://host/a.csv")


def test_a_star_is_of_one_folder(store) -> None:
    assert matching(f"{store}/parts/*.parquet") == []
    assert [file.name for file in matching(f"{store}/*/*/0.*")] == ["0.parquet"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("s3://bucket/a.csv?region=x&endpoint_override=y", "s3://bucket/a.csv"),
        ("s3://key:secret@bucket/a.csv", "s3://bucket/a.csv"),
        ("abfs://container@account.dfs.core.windows.net/a/", "abfs://container@account.dfs.core.windows.net/a/"),
        ("hdfs://host:8020/a?.csv", "hdfs://host:8020/a?.csv"),
        ("folder/a.csv", "folder/a.csv"),
    ],
)  # fmt: skip
def test_no_secret_is_shown(given, shown) -> None:
    assert paths.shown(given) == shown


def test_a_file_s_name_has_no_secret() -> None:
    assert str(Remote("s3://key:secret@bucket/a.csv", "bucket/a.csv")) == "s3://bucket/a.csv"
    assert "secret" not in repr(Remote("s3://key:secret@bucket/a.csv", "bucket/a.csv"))


def test_memory_stays_flat(tmp_path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.parquet"
        parquet.write_table(pa.table({"x": np.arange(rows)}), path)
        source: Any = sources.open(f"file://{path}")
        pa.default_memory_pool().release_unused()
        tracemalloc.start()
        for _ in source.chunks(["x"]):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(2_000_000) < 2 * peak(200_000) + (1 << 20)
