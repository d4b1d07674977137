"""Discretization into learned bins, beside scikit-learn's `KBinsDiscretizer`."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.transforms.discretization import Discretization

preprocessing = pytest.importorskip("sklearn.preprocessing")
pytestmark = pytest.mark.sklearn


def adapted(transform, values):
    return ss.Spec({"x": transform}).adapt({"x": values})


def oracle(count, strategy):
    options = {"quantile_method": "linear"} if strategy == "quantile" else {}
    return preprocessing.KBinsDiscretizer(
        count, encode="ordinal", strategy=strategy, subsample=None, **options
    )


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("count", [2, 3, 10, 97])
def test_the_bins_are_scikit_learns(count, strategy):
    rng = np.random.default_rng(0)
    for values in (rng.normal(size=3001), rng.lognormal(size=2000), 1e9 + rng.random(1000)):
        fitted = adapted(Discretization(num_bins=count, strategy=strategy), values)
        found = oracle(count, strategy).fit(values[:, None])
        asked = np.concatenate([values, [values.min() - 1, values.max() + 1]])
        meant = found.transform(asked[:, None])[:, 0]
        # A value that is next to a boundary, which is rounded twice there.
        edges = found.bin_edges_[0]
        far = np.abs(asked[:, None] - edges).min(axis=1) > 4 * np.spacing(np.abs(edges).max())
        np.testing.assert_array_equal(fitted.transform({"x": asked})["x"][far], meant[far])


def test_equal_bins_are_cut_by_fractions():
    values = [0.1, 0.7]
    fitted = adapted(Discretization(num_bins=3, strategy="uniform"), values)
    (node,) = (node for node in fitted.graph.nodes if type(node).__name__ == "Bucketize")
    low, high = map(Fraction, values)
    meant = [low + (high - low) * k / 3 for k in (1, 2)]
    assert node.edges.tolist() == [edge.numerator / edge.denominator for edge in meant]


def test_whole_numbers_are_cut_as_they_are():
    values = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8])
    fitted = adapted(Discretization(num_bins=4, strategy="uniform"), values)
    assert fitted.transform({"x": values})["x"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 3]


def test_the_widest_and_the_narrowest_range():
    wide = adapted(Discretization(num_bins=2, strategy="uniform"), [-1.7e308, 1.7e308])
    assert wide.transform({"x": [-1e308, 0.0, 1e308]})["x"].tolist() == [0, 1, 1]
    narrow = adapted(Discretization(num_bins=8, strategy="uniform"), [0.0, 5e-324])
    assert narrow.transform({"x": [0.0, 5e-324]})["x"].tolist() == [0, 1]


@pytest.mark.parametrize("mode", ["int", "one_hot"])
def test_a_constant_column_has_one_bin(mode):
    transform = Discretization(num_bins=4, strategy="uniform", output_mode=mode)
    found = adapted(transform, [3.0] * 5).transform({"x": [2.0, 3.0, 4.0]})["x"]
    assert found.tolist() == ([0, 0, 0] if mode == "int" else [[1.0]] * 3)


@pytest.mark.parametrize("transform", [Discretization((1.0, 2.0)), Discretization(num_bins=3)])
def test_text_and_codes_are_refused(transform):
    with pytest.raises(SpecError, match=r"'x': Discretization takes numbers.*text"):
        adapted(transform, ["a", "b"])
    with pytest.raises(SpecError, match=r"'x': Discretization takes numbers.*codes"):
        adapted([ss.StringLookup(), transform], ["a", "b"])


def test_mistakes_have_names():
    with pytest.raises(SpecError, match=r"num_bins=\(5, 6\)\) is not one value"):
        Discretization(num_bins=(5, 6))
    with pytest.raises(SpecError, match="strategy='kmeans'"):
        Discretization(num_bins=3, strategy="kmeans")
    with pytest.raises(DataError, match="'x': Every value is missing"):
        adapted(Discretization(num_bins=3, strategy="uniform"), [np.nan, np.nan])
