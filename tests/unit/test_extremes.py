"""Columns at the ends of what a float can hold, and columns that hold nothing."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SourceError, SpecError


@pytest.mark.parametrize("scale", [1e-150, 1e-40, 1e39, 1e150])
def test_what_float32_can_t_hold_is_computed_in_float64(scale) -> None:
    values = np.array([1.0, 2.0, 3.0]) * scale
    fitted = ss.Spec({"x": ss.Normalization()}).adapt({"x": values})
    assert fitted.float64_columns == ("x",)
    got = fitted.transform({"x": values})["x"]
    np.testing.assert_allclose(got, [-1.2247449, 0, 1.2247449], atol=1e-6)


def test_a_range_that_overflows_float32_is_computed_in_float64() -> None:
    values = np.array([-3e38, 3e38], dtype=np.float32)
    fitted = ss.Spec({"x": ss.MinMax()}).adapt({"x": values})
    assert fitted.transform({"x": values})["x"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("values", [[-1.7e308, 1.7e308], [0.0, 1e-310]])
def test_a_range_that_can_t_be_scaled_is_refused(values) -> None:
    with pytest.raises(DataError, match="'x': MinMax can't scale"):
        ss.Spec({"x": ss.MinMax()}).adapt({"x": values})


@pytest.mark.parametrize(
    ("transform", "values"),
    [
        (ss.MaxAbs(), [0.0, 1e-310]),
        (ss.Robust(), [0.0, 1e-310]),
        (ss.Robust(quantile_range=(0.0, 100.0)), [-1.7e308, 1.7e308]),
    ],
)
def test_a_factor_beyond_float64_is_refused(transform, values) -> None:
    with pytest.raises(DataError, match=f"'x': {type(transform).__name__} can't scale"):
        ss.Spec({"x": transform}).adapt({"x": values})


@pytest.mark.parametrize("scale", [1e-150, 1e-40, 1e39, 1e150])
@pytest.mark.parametrize("transform", [ss.MaxAbs(), ss.Robust()])
def test_what_float32_can_t_hold_is_scaled_in_float64(transform, scale) -> None:
    values = np.array([1.0, 2.0, 4.0]) * scale
    fitted = ss.Spec({"x": transform}).adapt({"x": values})
    assert fitted.float64_columns == ("x",)
    plain = ss.Spec({"x": transform}).adapt({"x": values / scale})
    got, meant = fitted.transform({"x": values})["x"], plain.transform({"x": values / scale})["x"]
    np.testing.assert_allclose(got, meant, atol=1e-6)


def test_a_variance_below_float64_makes_no_constant_of_a_column() -> None:
    values = [1e-200, 2e-200]
    with pytest.raises(DataError, match=r"'x' goes from 1e-200 to 2e-200.*Rescaling"):
        ss.Spec({"x": ss.Normalization()}).adapt({"x": values})
    scaled = ss.Spec({"x": [ss.Rescaling(1e200), ss.Normalization()]}).adapt({"x": values})
    assert scaled.transform({"x": values})["x"].tolist() == [-1.0, 1.0]


def test_a_variance_beyond_float64_is_refused_only_where_it_is_needed() -> None:
    values = [1.0, 1.5, 3e200]
    with pytest.raises(DataError, match="'x': The variance"):
        ss.Spec({"x": ss.Normalization()}).adapt({"x": values})
    fitted = ss.Spec({"x": ss.Discretization((1.2,))}).adapt({"x": values})
    assert fitted.transform({"x": values})["x"].tolist() == [0, 1, 1]
    assert fitted.profile.columns["x"].deviation is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.array([1j]), "complex128"),
        ([1, 10**30], "beyond 64 bits"),
        ([1.5, 10**400], "beyond the range of float64"),
    ],
)
def test_a_column_that_can_t_be_read_is_named(values, said) -> None:
    with pytest.raises(SourceError, match=f"'x'.*{said}"):
        ss.Spec({"x": ss.Normalization()}).adapt({"x": values})


def test_an_infinity_is_named_by_the_row_of_the_table() -> None:
    values = np.arange(200_000.0)
    values[150_000] = np.inf
    with pytest.raises(DataError, match="'x', row 150000: holds inf") as caught:
        ss.Spec({"x": ss.Normalization()}).adapt({"x": values})
    assert caught.value.details["row"] == 150_000


def test_a_text_column_without_a_value_is_text() -> None:
    with pytest.raises(DataError, match="'x': Every value is missing"):
        ss.Spec({"x": ss.StringLookup()}).adapt({"x": [None, None]})
    fitted = ss.Spec({"x": ss.StringLookup(vocabulary=("a",))}).adapt({"x": [None, None]})
    assert fitted.transform({"x": ["a", None]})["x"].tolist() == [1, 0]


def test_a_code_beyond_64_bits_is_refused_when_it_is_learned() -> None:
    codes = np.array([2**64 - 1, 2**63], dtype=np.uint64)
    with pytest.raises(DataError, match=r"'x': 9223372036854775808 is beyond.*text"):
        ss.Spec({"x": ss.IntegerLookup()}).adapt({"x": codes})


@pytest.mark.parametrize("threads", [0, -1, "2"])
def test_a_number_of_threads_is_one_at_least(threads) -> None:
    with pytest.raises(SpecError, match="no number of threads"):
        ss.Spec({"x": ss.Normalization()}).adapt({"x": [1.0]}, threads=threads)


def test_infer_says_that_there_is_no_row() -> None:
    with pytest.raises(DataError, match="no row"):
        ss.infer({"x": []})


def test_a_value_that_is_a_boundary_is_in_the_bin_above_it() -> None:
    values = np.round(np.random.default_rng(0).normal(size=5000), 1)
    for chain in ([], [ss.Impute()], [ss.Normalization()], [ss.Log1p()]):
        column = np.abs(values)
        fitted = ss.Spec({"x": [*chain, ss.Discretization(num_bins=10)]}).adapt({"x": column})
        edges = np.unique(np.quantile(column, np.arange(1, 10) / 10))
        got = fitted.transform({"x": column})["x"]
        np.testing.assert_array_equal(got, np.searchsorted(edges, column, side="right"))


@pytest.mark.parametrize("dtype", ["int64", "float32"])
def test_bins_behind_another_transform_are_those_of_training(dtype) -> None:
    values = np.random.default_rng(0).integers(0, 50, 5000).astype(dtype)
    spec = ss.Spec({"x": [ss.Normalization(), ss.Discretization(num_bins=10)]})
    got = spec.adapt({"x": values}).transform({"x": values})["x"]
    edges = np.unique(np.quantile(values, np.arange(1, 10) / 10, method="lower"))
    assert len(edges) == 9
    np.testing.assert_array_equal(got, np.searchsorted(edges, values, side="right"))
