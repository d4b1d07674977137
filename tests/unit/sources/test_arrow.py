from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from samescale import sources
from samescale.errors import SourceError

INSTANT = dt.datetime(2024, 2, 29, 12, 30, 15, 123_000, tzinfo=dt.UTC)
SECONDS = 1_709_209_815.123


def one(array: Any) -> tuple[Any, np.ndarray]:
    source = sources.open(pa.table({"x": array}))
    (column,) = source.columns
    return column, np.concatenate([chunk.columns["x"] for chunk in source.chunks(["x"])])


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Kyiv"])
def test_an_instant_is_the_same_number_in_every_unit(unit, zone):
    given = INSTANT if zone else INSTANT.replace(tzinfo=None)
    column, values = one(pa.array([given, None], pa.timestamp(unit, zone)))
    assert column.kind == "datetime"
    assert values[0] == SECONDS
    assert np.isnan(values[1])


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_a_date_is_its_midnight(kind):
    _, values = one(pa.array([dt.date(1970, 1, 2), dt.date(1969, 12, 31)], kind))
    assert values.tolist() == [86_400.0, -86_400.0]


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.uint8(), pa.int16(), pa.uint32(), pa.int64(), pa.uint64()]
)
def test_integers_keep_their_width(kind):
    column, values = one(pa.array([1, 2], kind))
    assert (column.dtype, values.dtype.name) == (str(kind), str(kind))


def test_integers_with_gaps_become_float64():
    column, values = one(pa.array([1, None], pa.int32()))
    assert (column.dtype, column.kind, column.nullable) == ("float64", "integer", True)
    assert np.array_equal(values, [1.0, np.nan], equal_nan=True)


def test_a_large_integer_with_gaps_is_refused():
    with pytest.raises(SourceError, match="can't hold 9007199254740993 exactly"):
        one(pa.array([2**53 + 1, None]))


def test_a_large_integer_without_gaps_is_kept():
    assert one(pa.array([2**63 - 1]))[1].tolist() == [2**63 - 1]


def test_decimals_are_float64():
    assert one(pa.array([decimal.Decimal("1.25"), None]))[1][0] == 1.25


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_texts_are_objects(kind):
    assert one(pa.array(["a", None], kind))[1].tolist() == ["a", None]


def test_categories_are_texts():
    column, values = one(pa.array(["a", "b", None, "a"]).dictionary_encode())
    assert column.kind == "string"
    assert values.tolist() == ["a", "b", None, "a"]


def test_categories_of_numbers_are_numbers():
    assert one(pa.array([1.5, 2.5, 1.5]).dictionary_encode())[1].tolist() == [1.5, 2.5, 1.5]


def test_fixed_lists_have_a_shape():
    column, values = one(pa.array([[[1, 2]], [[3, 4]]], pa.list_(pa.list_(pa.int16(), 2), 1)))
    assert (column.shape, column.dtype) == ((1, 2), "int16")
    assert values.tolist() == [[[1, 2]], [[3, 4]]]


def test_a_missing_list_is_missing_numbers():
    _, values = one(pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2))[1:])
    assert np.array_equal(values, [[np.nan, np.nan], [3.0, 4.0]], equal_nan=True)


def test_a_fixed_shape_tensor_has_its_shape():
    given = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    column, values = one(pa.FixedShapeTensorArray.from_numpy_ndarray(given))
    assert column.shape == (2, 3)
    assert values.tolist() == given.tolist()


@pytest.mark.parametrize(
    "array",
    [
        pa.array([{"a": 1}]),
        pa.array([[1], [1, 2]]),
        pa.array([b"x"]),
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([dt.timedelta(1)]),
        pa.array([dt.time(1)]),
    ],
    ids=lambda array: str(array.type),
)
def test_other_types_are_refused_when_asked_for(array, tmp_path):
    table = pa.table({"x": array, "y": pa.array([0] * len(array))})
    parquet.write_table(table, tmp_path / "t.parquet")
    for data in (table, tmp_path / "t.parquet", table.to_reader()):
        source = sources.open(data)
        assert [c.name for c in source.columns] == ["y"]
        with pytest.raises(SourceError, match="Column 'x' is of the Arrow type") as caught:
            list(source.chunks(["x"]))
        assert caught.value.remedy
        source.close()


def test_names_that_stand_twice_are_refused():
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(SourceError, match="'a' stands twice"):
        _ = sources.open(table).columns


def test_a_null_column_has_no_type():
    source = sources.open(pa.table({"x": pa.nulls(2)}))
    assert source.untyped == {"x"}


def test_a_pandas_index_is_no_column(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 3]}).iloc[[2, 0]]
    assert [c.name for c in sources.open(frame).columns] == ["a"]
    assert [c.name for c in sources.open(frame.rename_axis("id")).columns] == ["a"]
    frame.to_parquet(tmp_path / "t.parquet")
    assert [c.name for c in sources.open(tmp_path / "t.parquet").columns] == ["a"]


def test_a_pandas_column_of_mixed_objects_is_refused():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(SourceError, match="can't be read as Arrow data"):
        _ = sources.open(pandas.DataFrame({"a": pandas.Series([1, "x"], dtype=object)})).columns


def test_a_pandas_column_of_mixed_objects_leaves_the_others_as_they_are():
    pandas = pytest.importorskip("pandas")
    mixed = pandas.Series([1, "x"], dtype=object)
    source = sources.open(pandas.DataFrame({"a": mixed, "b": [1, 2], "c": ["u", None]}))
    assert [column.name for column in source.columns] == ["b", "c"]
    (chunk,) = source.chunks(["c", "b"])
    assert chunk.columns["c"].tolist() == ["u", None]
    with pytest.raises(SourceError, match=r"Column 'a' holds values of several kinds: .*'x'"):
        list(source.chunks(["a"]))


def test_a_pandas_name_that_stands_twice_is_named():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(SourceError, match="The name 'a' stands twice"):
        _ = sources.open(pandas.DataFrame([[1, 2]], columns=["a", "a"])).columns


@pytest.mark.parametrize("kind", ["Categorical", "Enum"])
def test_polars_categories_are_texts(kind):
    polars = pytest.importorskip("polars")
    dtype = polars.Categorical if kind == "Categorical" else polars.Enum(["x", "y"])
    source = sources.open(polars.DataFrame({"x": polars.Series(["y", None, "x"], dtype=dtype)}))
    (chunk,) = source.chunks(["x"])
    assert chunk.columns["x"].tolist() == ["y", None, "x"]


def test_a_sparse_pandas_column_is_read():
    pandas = pytest.importorskip("pandas")
    sparse = pandas.arrays.SparseArray([0, 0, 7])
    (chunk,) = sources.open(pandas.DataFrame({"a": sparse})).chunks(["a"])
    assert chunk.columns["a"].tolist() == [0, 0, 7]


@pytest.mark.parametrize("value", [2**70, "x"])
def test_a_pandas_object_that_arrow_can_t_hold_is_refused_by_its_column(value):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": pandas.Series([1, value], dtype=object), "b": [1, 2]})
    assert set(sources.open(frame).refused) == {"a"}


def test_periods_are_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": pandas.period_range("2024", periods=2, freq="M"), "b": [1, 2]})
    assert set(sources.open(frame).refused) == {"a"}


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [("int8", "int64", "int64"), ("uint8", "int8", "int16"), ("int64", "uint64", "float64")],
)
def test_integers_of_parts_widen_to_what_holds_both(one, other, joined):
    parts = [pa.table({"a": pa.array([1], one)}), pa.table({"a": pa.array([2], other)})]
    source = sources.open(parts)
    assert source.columns[0].dtype == joined
    assert [chunk.columns["a"].tolist() for chunk in source.chunks(["a"])] == [[1], [2]]
