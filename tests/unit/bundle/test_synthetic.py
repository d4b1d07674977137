"""Probe rows: of the contract, at and beyond what training met, and nobody's."""

from __future__ import annotations

import numpy as np
import pytest

from samescale.bundle import synthetic
from samescale.profile import ColumnProfile, Profile
from samescale.schema import Column, Schema

NUMBERS = ColumnProfile(100, 0, -5.0, 25.0, 10.0, 5.0, (0.25, 0.5, 0.75), (3.5, 10.25, 16.5))


def rows(*columns, profile=NUMBERS):
    known = {column.name: profile for column in columns}
    return synthetic.rows(Schema(columns), Profile(known))


@pytest.mark.parametrize(
    "dtype",
    [
        *("bool", "int8", "int64", "uint8", "uint64"),
        *("float16", "float32", "float64"),
    ],
)
@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_rows_are_of_the_contract(dtype, shape):
    found = rows(Column("x", dtype, shape))["x"]
    assert found.dtype == np.dtype(dtype)
    assert found.shape[1:] == shape
    assert 16 <= len(found) <= 32


def test_a_number_meets_quantiles_extremes_and_beyond():
    found = set(rows(Column("x", "float64"))["x"])
    assert found == {3.5, 10.25, 16.5, -5.0, 25.0, -35.0, 55.0, 0.0}


@pytest.mark.parametrize(("nullable", "missing"), [(True, True), (False, False)])
@pytest.mark.parametrize("dtype", ["float32", "string"])
def test_missing_values_are_sent_where_they_are_allowed(dtype, nullable, missing):
    found = rows(Column("x", dtype, nullable=nullable))["x"]
    assert any(value is None or value != value for value in found) == missing


def test_known_and_unknown_categories_are_sent():
    found = set(rows(Column("x", "string", categories=("a", "unseen")))["x"])
    assert {"a", "unseen"} < found
    assert len(found - {"a", "unseen"}) >= 2


def test_codes_beyond_the_known_ones_are_sent():
    found = set(rows(Column("x", "int64", kind="integer", categories=(3, 7)))["x"])
    assert found == {3, 7, 8, 2}


def test_many_categories_are_capped():
    column = Column("x", "string", categories=tuple(f"c{number}" for number in range(1000)))
    assert len(rows(column)["x"]) <= synthetic.ROWS


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "uint8"])
def test_the_widest_extremes_stay_finite(dtype):
    profile = ColumnProfile(9, 0, -1.7e308, 1.7e308, 0.0, 1e308, (0.5,), (1e300,))
    found = rows(Column("x", dtype), profile=profile)["x"]
    assert np.isfinite(found.astype(np.float64)).all()


def test_a_column_of_which_nothing_is_known_gets_values_of_several_sizes():
    found = set(rows(Column("x", "float32"), profile=ColumnProfile(0, 0))["x"].tolist())
    assert {0.0, 1.0, -1.0, 1e3, -1e3} <= found


def test_a_column_of_which_the_middle_is_known_gets_values_about_it():
    profile = ColumnProfile(0, 0, mean=50.0, deviation=2.0)
    found = rows(Column("x", "float32"), profile=profile)["x"]
    assert {44.0, 48.0, 50.0, 52.0, 56.0} <= set(found.tolist())


def test_tensors_are_constants_and_ramps():
    found = rows(Column("x", "uint8", (2, 2)))["x"]
    spread = [len(np.unique(row)) for row in found]
    assert set(spread) == {1, 4}


def test_large_rows_are_few():
    found = rows(Column("x", "float32", (512, 512, 3)))["x"]
    assert len(found) == 4


def test_columns_start_apart():
    found = rows(Column("a", "float64"), Column("b", "float64"))
    assert not (found["a"] == found["b"]).any()


def test_the_same_profile_gives_the_same_rows():
    columns = (Column("x", "float32", nullable=True), Column("s", "string"))
    one, two = rows(*columns), rows(*columns)
    np.testing.assert_array_equal(one["x"], two["x"])
    assert one["s"].tolist() == two["s"].tolist()
