"""Clip between learned quantiles."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.transforms.clip import Clip


def adapted(transform, values):
    return ss.Spec({"x": transform}).adapt({"x": values})


@pytest.mark.parametrize("bounds", [(1.0, 99.0), (0, 100), (25.0, 25.0), (0.1, 50)])
def test_the_bounds_are_the_exact_quantiles(bounds):
    values = np.random.default_rng(0).standard_cauchy(5000)
    got = adapted(Clip(quantile_range=bounds), values).transform({"x": values})["x"]
    low, high = np.quantile(values, np.array(bounds) / 100)
    meant = np.clip(values, low, high).astype(np.float32)
    np.testing.assert_allclose(got, meant, rtol=2e-7)


def test_one_side_may_be_open():
    values = np.arange(101.0)
    got = adapted(Clip(quantile_range=(None, 90.0)), values).transform({"x": [-1e9, 95.0]})["x"]
    assert got.tolist() == [-1e9, 90.0]
    got = adapted(Clip(quantile_range=(10.0, None)), values).transform({"x": [-1e9, 95.0]})["x"]
    assert got.tolist() == [10.0, 95.0]


def test_each_kept_entry_has_its_own_bounds():
    values = np.random.default_rng(0).normal(size=(500, 3)) * [1.0, 10.0, 100.0]
    got = adapted(Clip(quantile_range=(5.0, 95.0)), values).transform({"x": values})["x"]
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    np.testing.assert_allclose(got, np.clip(values, low, high), rtol=2e-7)
    one = adapted(Clip(quantile_range=(5.0, 95.0), axis=None), values).transform({"x": values})
    low, high = np.quantile(values, [0.05, 0.95])
    np.testing.assert_allclose(one["x"], np.clip(values, low, high), rtol=2e-7)


def test_what_an_outlier_hides_from_float32_is_kept():
    values = 1e6 + np.linspace(-0.01, 0.01, 1001)
    values[0] = 1e12
    spec = ss.Spec({"x": [Clip(quantile_range=(1.0, 99.0)), ss.Normalization()]})
    got = spec.adapt({"x": values}).transform({"x": values})["x"]
    assert len(np.unique(got)) > 900


def test_what_is_no_range_is_refused():
    beyond = [(99.0, 1.0), (-1.0, 50.0), (50.0, 101.0)]
    for given in [*beyond, (None, None), (1.0,), 5.0, ("a", 1.0), (True, 9)]:
        with pytest.raises(SpecError, match="is no range"):
            Clip(quantile_range=given)
    with pytest.raises(SpecError, match="or both kinds"):
        Clip(0.0, quantile_range=(1.0, 99.0))
    with pytest.raises(SpecError, match="no bounds"):
        Clip()
    with pytest.raises(SpecError, match=r"min_value=\(1, 2\)\) is not one value"):
        Clip((1, 2), 3)
    with pytest.raises(DataError, match="'x': Every value is missing"):
        adapted(Clip(quantile_range=(1.0, 99.0)), [np.nan, np.nan])


def test_a_constant_is_itself():
    fitted = adapted(Clip(quantile_range=(1.0, 99.0)), [7.0] * 5)
    assert fitted.transform({"x": [6.0, 7.0, 8.0]})["x"].tolist() == [7.0] * 3


def test_weighted_bounds_are_numpys_inverted_cdf():
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=200), rng.uniform(0.1, 3.0, 200)
    spec = ss.Spec({"x": Clip(quantile_range=(5.0, 95.0))})
    got = spec.adapt({"x": values, "w": weights}, weights="w").transform({"x": [-99.0, 99.0]})["x"]
    meant = np.quantile(values, [0.05, 0.95], weights=weights, method="inverted_cdf")
    assert got.tolist() == meant.astype(np.float32).tolist()
