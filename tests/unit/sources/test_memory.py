from __future__ import annotations

import datetime as dt
import decimal
import subprocess
import sys

import numpy as np
import pytest

from samescale import sources
from samescale.errors import SourceError
from samescale.sources.columns import times, values


@pytest.mark.parametrize(
    ("given", "kind", "dtype"),
    [
        ([1, 2], "integer", "int64"),
        ([1, None], "integer", "float64"),
        ([1, 2.5], "number", "float64"),
        ([True, False], "boolean", "bool"),
        ([True, None], "boolean", "float64"),
        (["a", None], "string", "string"),
        (["a", float("nan")], "string", "string"),
        ([dt.date(2024, 1, 1), None], "datetime", "float64"),
        ([decimal.Decimal("1.5")], "number", "float64"),
        ([np.float32(1), 2], "number", "float64"),
        (np.array(["a", "b"]), "string", "string"),
        (np.array([1.5], dtype=">f8"), "number", "float64"),
        (np.array([1], dtype=np.uint8), "integer", "uint8"),
        (np.array([True]), "boolean", "bool"),
        (np.array([[1, 2]], dtype=np.float16), "number", "float16"),
        (np.array(["2024-01-01"], dtype="datetime64[W]"), "datetime", "float64"),
        (np.ma.masked_array([1, 2], mask=[False, True]), "integer", "float64"),
        ([], "number", "float64"),
    ],
)
def test_kinds_of_values_in_memory(given, kind, dtype):
    column, array = values.read("x", given)
    assert (column.kind, column.dtype) == (kind, dtype)
    assert len(array) == len(given)


@pytest.mark.parametrize(
    "given",
    [
        [1, "x"],
        [True, 2],
        [b"x"],
        [{"a": 1}],
        [2**70],
        [[1], [1, 2]],
        [2**53 + 1, None],
        np.array([1j]),
        np.array([b"x"]),
        np.array([1], dtype="m8[s]"),
    ],
    ids=str,
)
def test_other_values_are_refused_by_column(given):
    with pytest.raises(SourceError, match="Column 'x'"):
        values.read("x", given)


def test_a_single_value_is_no_column():
    with pytest.raises(SourceError, match="single value 3"):
        sources.open({"a": 3})
    with pytest.raises(SourceError, match="single value array"):
        sources.open({"a": np.array(3.0)})


def test_what_no_array_can_be_made_of_is_named():
    class Far:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("on another device")

    with pytest.raises(SourceError, match="'x' can't be read as an array: on another device"):
        values.read("x", Far())


def test_a_decimal_nan_is_missing():
    given = [decimal.Decimal("sNaN"), decimal.Decimal("1.5")]
    column, array = values.read("x", given)
    assert column.nullable
    assert np.isnan(array).tolist() == [True, False]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (np.zeros((2, 3)), {}, "no column names"),
        (np.zeros((2, 3)), {"names": ["a"]}, "1 names for the 3 columns"),
        (np.zeros((2, 2)), {"names": ["a", "a"]}, "'a' stands twice"),
        (np.zeros(3), {"names": ["a"]}, "rows and columns"),
        (np.zeros((2, 2, 2)), {"names": ["a", "b"]}, "rows and columns"),
        ({"a": [1], "b": [1, 2]}, {}, "'a' has 1 rows and 'b' has 2"),
        ({}, {}, "no column"),
        ({1: [2]}, {}, "named 1, which is no text"),
        ([{"a": 1}, 3], {}, "Row 1 is int, not a dict"),
    ],
)
def test_tables_that_are_none_are_refused(data, options, message):
    with pytest.raises(SourceError, match=message):
        sources.open(data, **options)


def test_arrays_are_not_copied():
    given = np.arange(5.0)
    (chunk,) = sources.open({"a": given}).chunks(["a"])
    assert np.shares_memory(chunk.columns["a"], given)


def test_an_instant_is_one_number_in_every_form():
    instant = dt.datetime(2024, 2, 29, 12, 30, 15, 123_456, tzinfo=dt.UTC)
    forms = [
        instant,
        instant.replace(tzinfo=None),
        instant.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))),
        instant.isoformat(),
        "2024-02-29 12:30:15.123456",
        np.datetime64("2024-02-29T12:30:15.123456"),
        np.datetime64("2024-02-29T12:30:15.123456000", "ns"),
    ]
    assert len({times.from_object(form) for form in forms}) == 1


def test_an_instant_before_1970_is_negative():
    assert times.from_object("1969-12-31T23:59:59.5") == -0.5


def test_arrays_and_rows_are_read_without_arrow():
    code = (
        "import sys, numpy, samescale.sources as s;"
        "[list(s.open(d).chunks(['a'])) for d in ({'a': [1]}, [{'a': 1}])];"
        "sys.exit('pyarrow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_lazy_frame_is_to_be_collected():
    polars = pytest.importorskip("polars")
    with pytest.raises(SourceError, match=r"LazyFrame can't be read.*collect\(\)"):
        sources.open(polars.DataFrame({"a": [1]}).lazy())
