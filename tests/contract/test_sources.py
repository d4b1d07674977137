"""The same table through every kind of source: the same columns and the same rows."""

from __future__ import annotations

import datetime as dt
import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from samescale import sources
from samescale.errors import SourceError
from samescale.sources.columns.clusters import CollectionSource
from tests import clusters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 10
DAY = 86_400.0
NAMES = ("count", "ratio", "city", "day", "flag", "gap")
RATIO = [0.5, None, 2.25, -1.0, 1e300, None, 3.0, 5e-324, 7.5, 8.0]
CITY = ["Kyiv", None, "Oslo", "Łódź", "a,b", 'c"d', "Lima", "Lima", None, "x"]
FLAG = [True, False, True, True, False, True, False, False, True, False]
GAP = [1, None, 3, 4, 5, 6, 7, 8, 9, 10]
DAYS = [dt.date(1970, 1, 1 + row) for row in range(ROWS)]


def python_table() -> dict[str, list[Any]]:
    return {
        "count": list(range(ROWS)),
        "ratio": RATIO,
        "city": CITY,
        "day": DAYS,
        "flag": FLAG,
        "gap": GAP,
    }


def rows() -> list[dict[str, Any]]:
    table = python_table()
    return [{name: table[name][row] for name in NAMES} for row in range(ROWS)]


def expected() -> dict[str, np.ndarray]:
    return {
        "count": np.arange(ROWS),
        "ratio": np.array(RATIO, dtype=float),
        "city": np.array(CITY, dtype=object),
        "day": np.arange(ROWS) * DAY,
        "flag": np.array(FLAG),
        "gap": np.array(GAP, dtype=float),
    }


def structured() -> np.ndarray:
    array = np.empty(
        ROWS,
        dtype=[
            ("count", "i8"), ("ratio", "f8"), ("city", "O"), ("day", "M8[D]"), ("flag", "?"),
            ("gap", "O"),
        ],
    )  # fmt: skip
    for name, values in python_table().items():
        array[name] = values
    return array


class Frame:
    """A frame that knows nothing of Arrow."""

    def __init__(self, table: dict[str, list[Any]]) -> None:
        self._table = table
        self.columns = list(table)

    def __len__(self) -> int:
        return ROWS

    def __getitem__(self, name: str) -> Any:
        return Series(self._table[name])

    def to_numpy(self) -> Any:
        raise AssertionError("a frame is read column by column")


class Series:
    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def to_numpy(self) -> np.ndarray:
        return np.fromiter(self.values, dtype=object, count=ROWS)


def write_csv(folder: Path, part: slice = slice(None), name: str = "t.csv") -> Path:
    csv.write_csv(pa.table(python_table())[part], folder / name)
    return folder / name


def write_parquet(folder: Path, part: slice = slice(None), name: str = "t.parquet") -> Path:
    parquet.write_table(pa.table(python_table())[part], folder / name, row_group_size=4)
    return folder / name


def write_jsonl(folder: Path, name: str = "t.jsonl") -> Path:
    lines = [json.dumps(row, default=str) for row in rows()]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return folder / name


def write_folder(folder: Path) -> Path:
    inside = folder / "parts"
    inside.mkdir()
    write_parquet(inside, slice(0, 3), "a.parquet")
    write_parquet(inside, slice(3, 10), "b.parquet")
    (inside / "_SUCCESS").write_text("")
    return inside


def batches(_: Path) -> Any:
    table = pa.table(python_table())
    return (table[start : start + 3] for start in range(0, ROWS, 3))


TABLES: dict[str, dict[str, Callable[[Path], Any]]] = {
    "arrays": {"structured": lambda _: structured()},
    "arrow": {
        "table": lambda _: pa.table(python_table()),
        "batch": lambda _: pa.RecordBatch.from_pydict(python_table()),
        # pandas itself makes floats of integers with gaps, unless it is told not to.
        "pandas": lambda _: frame("pandas").astype({"gap": "Int64"}),
        "polars": lambda _: frame("polars"),
    },
    "batches": {
        "generator": batches,
        "list": lambda folder: list(batches(folder)),
        "rows": lambda _: iter(rows()),
    },
    "csv": {"csv": write_csv},
    "dask": {"dask": lambda _: dask_frame()},
    "files": {
        "folder": write_folder,
        "glob": lambda folder: str(write_folder(folder) / "*.parquet"),
        "list": lambda folder: [
            str(write_csv(folder, slice(0, 6), "1.csv")),
            write_csv(folder, slice(6, 10), "0.csv"),
        ],
    },
    "frames": {"duck": lambda _: Frame(python_table())},
    "jsonl": {"jsonl": write_jsonl},
    "mappings": {"lists": lambda _: python_table()},
    "parquet": {"parquet": write_parquet},
    "ray": {"ray": lambda _: ray_dataset()},
    "rows": {"rows": lambda _: rows()},
    # A partition more would have Spark set the rows in another order.
    "spark": {"spark": lambda _: clusters.start("spark").createDataFrame(pa.table(python_table()))},
    "streams": {"reader": lambda _: pa.table(python_table()).to_reader(4)},
}
CASES = [(kind, name) for kind, cases in TABLES.items() for name in cases]


def dask_frame() -> Any:
    clusters.start("dask")
    # Dask makes text of a date that is an object.
    made = frame("pandas").astype({"gap": "Int64", "day": "datetime64[ns]"})
    return pytest.importorskip("dask.dataframe").from_pandas(made, npartitions=3, sort=False)


def ray_dataset() -> Any:
    clusters.start("ray")
    table = pa.table(python_table())
    return pytest.importorskip("ray.data").from_arrow([table[at : at + 4] for at in (0, 4, 8)])


def frame(package: str) -> Any:
    module = pytest.importorskip(package)
    return module.DataFrame(python_table())


@pytest.fixture(params=CASES, ids="-".join)
def data(request, tmp_path: Path) -> Any:
    kind, name = request.param
    return TABLES[kind][name](tmp_path)


@pytest.fixture
def source(data: Any) -> Any:
    opened = sources.open(data)
    yield opened
    opened.close()


def read(source: Any, names: tuple[str, ...] = NAMES, rows: int = 65_536) -> dict[str, np.ndarray]:
    chunks = [chunk.columns for chunk in source.chunks(names, rows=rows)]
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}


def same(got: np.ndarray, wanted: np.ndarray) -> bool:
    return got.tolist() == wanted.tolist() or np.array_equal(
        got.astype(float), wanted.astype(float), equal_nan=True
    )


def test_every_kind_is_tested():
    assert tuple(sorted(TABLES)) == sources.names()


def test_one_kind_alone_accepts(data: Any):
    assert len([name for name in sources.names() if sources.load(name).accepts(data)]) == 1


def test_the_columns_are_the_same(source: Any):
    assert [(c.name, c.kind) for c in source.columns] == [
        ("count", "integer"), ("ratio", "number"), ("city", "string"), ("day", "datetime"),
        ("flag", "boolean"), ("gap", "integer"),
    ]  # fmt: skip
    assert not source.refused
    assert not source.untyped


def test_the_values_are_the_same(source: Any):
    got = read(source)
    assert [name for name in NAMES if not same(got[name], expected()[name])] == []


def test_arrays_have_the_dtype_that_the_column_says(source: Any):
    got = read(source)
    told = {c.name: c.type.numpy for c in source.columns}
    assert {name: array.dtype for name, array in got.items()} == told


def test_it_reads_the_same_again(source: Any):
    first, second = read(source), read(source)
    assert [name for name in NAMES if not same(first[name], second[name])] == []


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_chunk_sizes_change_nothing(source: Any, size: int):
    got = read(source, rows=size)
    assert [name for name in NAMES if not same(got[name], expected()[name])] == []


@pytest.mark.parametrize("size", [1, 4])
def test_chunks_count_their_rows(source: Any, size: int):
    start = 0
    for chunk in source.chunks(["city", "count"], rows=size):
        assert chunk.start == start
        assert 0 < chunk.rows <= size
        assert all(len(array) == chunk.rows for array in chunk.columns.values())
        start += chunk.rows
    assert start == ROWS


def test_it_gives_the_columns_that_were_asked_for(source: Any):
    (chunk, *_) = source.chunks(["flag", "count"])
    assert list(chunk.columns) == ["flag", "count"]


def test_it_knows_its_rows(source: Any):
    # A collection on a cluster may have to be computed as a whole to be counted.
    unknown = isinstance(source, CollectionSource)
    assert source.rows == (None if unknown else ROWS)


@pytest.mark.parametrize("count", [1, 3, 100])
def test_parts_are_the_table_in_its_order(source: Any, count: int):
    parts = [pickle.loads(pickle.dumps(part)) for part in source.parts(count, NAMES)]
    assert len(parts) <= count
    if parts:
        assert {part.columns for part in parts} == {source.columns}
        assert [next(iter(part.chunks(NAMES))).start for part in parts] == [0] * len(parts)
        found = [read(part) for part in parts]
        got = {name: np.concatenate([one[name] for one in found]) for name in NAMES}
        assert [name for name in NAMES if not same(got[name], expected()[name])] == []


@pytest.mark.parametrize("count", [1, 3, 100])
def test_shares_are_the_table_in_its_order(source: Any, count: int):
    shares = source.shares(count, NAMES)
    assert len(shares) <= count
    if shares:
        found = [read(share) for share in shares]
        got = {name: np.concatenate([one[name] for one in found]) for name in NAMES}
        assert [name for name in NAMES if not same(got[name], expected()[name])] == []
    if shares and source.rows is not None and all(share.rows is not None for share in shares):
        assert [share.rows for share in shares] == [len(one[NAMES[0]]) for one in found]


def test_what_can_be_read_twice_without_a_copy_can_be_cut(data: Any, source: Any):
    cut = {"arrays", "arrow", "files", "frames", "mappings", "parquet", "rows"}
    kind = type(source).__module__.rpartition(".")[2]
    assert bool(source.parts(3)) == (kind in cut)


def test_an_unknown_column_is_refused_by_name(source: Any):
    with pytest.raises(SourceError, match="'cit' is not in") as e:
        list(source.chunks(["cit"]))
    assert "Did you mean 'city'?" in str(e.value)


def test_two_readers_don_t_disturb_each_other(source: Any):
    one, other = source.chunks(["count"], rows=2), source.chunks(["count"], rows=2)
    pairs = zip(one, other, strict=True)
    assert all(a.columns["count"].tolist() == b.columns["count"].tolist() for a, b in pairs)


def test_it_says_what_it_is(source: Any):
    assert source.description


def test_an_unknown_option_is_refused(data: Any):
    with pytest.raises(SourceError, match="no option 'dtyps'"):
        sources.open(data, dtyps={})


def test_what_is_no_table_is_refused():
    for value in (None, 3, "nowhere.csv", "nowhere", [], object(), b"abc", np.float64(2)):
        with pytest.raises(SourceError):
            sources.open(value)


def test_a_source_is_given_back():
    source = sources.open({"a": [1]})
    assert sources.open(source) is source


def test_an_unknown_kind_is_refused():
    with pytest.raises(SourceError, match="Did you mean 'parquet'"):
        sources.load("parquets")
