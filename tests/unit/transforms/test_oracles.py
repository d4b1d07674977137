"""scikit-learn's transformers of the same name, in float64 and behind one rounding to float32."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType

pytest.importorskip("sklearn")
from sklearn.impute import MissingIndicator
from sklearn.preprocessing import MaxAbsScaler, RobustScaler

pytestmark = pytest.mark.sklearn

ROWS = 997
FLOAT64 = {"rtol": 1e-12, "atol": 0.0}
# One rounding of a float64 answer to float32.
FLOAT32 = {"rtol": 2.0**-24, "atol": 2.0**-149}


def table(seed: int = 0) -> np.ndarray:
    """Columns at several scales, with outliers, zeros of both signs and ties."""
    rng = np.random.default_rng(seed)
    made = rng.standard_cauchy((ROWS, 5)) * [1.0, 1e-6, 1e6, 1.0, 3.0] + [0.0, 0.0, 1e7, -5.0, 0.0]
    made[:, 4] = np.round(made[:, 4])
    made[:3, 0] = [0.0, -0.0, 1e9]
    return made


def gappy() -> np.ndarray:
    made = table()
    made[np.random.default_rng(1).random(made.shape) < 0.1] = np.nan
    return made


def in_float64(fitted: ss.Fitted, x: np.ndarray, *, back: bool = False) -> np.ndarray:
    """What the first transform computes, or undoes, before anything is rounded to float32."""
    transform, learned = fitted.spec.columns["x"][0], fitted.learned["x"][0]
    start = nodes.Input("x", TensorType("float64", x.shape[1:]))
    end = (transform.inverse if back else transform.lower)(start, learned)
    return reference.run(nodes.Graph((("x", end),)), {"x": x})["x"]


def agrees(transform, oracle, train: np.ndarray) -> ss.Fitted:
    fitted = ss.Spec({"x": transform}).adapt({"x": train})
    other = table(seed=2)
    oracle.fit(train)
    forward = oracle.transform(other)
    np.testing.assert_allclose(in_float64(fitted, other), forward, **FLOAT64)
    back = oracle.inverse_transform(forward)
    np.testing.assert_allclose(in_float64(fitted, forward, back=True), back, rtol=1e-12, atol=1e-9)
    return fitted


def test_max_abs() -> None:
    agrees(ss.MaxAbs(), MaxAbsScaler(), table())


def test_max_abs_in_float32_is_three_roundings_away() -> None:
    train, other = table(), table(seed=2)
    fitted = ss.Spec({"x": ss.MaxAbs()}).adapt({"x": train})
    assert fitted.float64_columns == ()
    meant = MaxAbsScaler().fit(train).transform(other)
    # The value is rounded, the factor and the product.
    np.testing.assert_allclose(fitted.transform({"x": other})["x"], meant, rtol=3 * 2.0**-24)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_abs_of_zeros_is_the_identity(dtype) -> None:
    zeros = np.zeros((3, 1), dtype)
    fitted = ss.Spec({"x": ss.MaxAbs()}).adapt({"x": zeros[:, 0]})
    assert MaxAbsScaler().fit(zeros).scale_ == [1.0]
    assert fitted.transform({"x": [2.0]})["x"] == [2.0]


def test_max_abs_scales_what_scikit_learn_takes_for_zero() -> None:
    tiny = np.array([[1e-16], [-2e-16]])
    fitted = ss.Spec({"x": ss.MaxAbs()}).adapt({"x": tiny})
    assert MaxAbsScaler().fit(tiny).scale_ == [1.0]
    np.testing.assert_allclose(in_float64(fitted, tiny), [[0.5], [-1.0]], **FLOAT64)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"with_centering": False},
        {"with_scaling": False},
        {"quantile_range": (5.0, 90.0)},
        {"quantile_range": (0.0, 100.0)},
        {"unit_variance": True},
        {"quantile_range": (1.0, 99.5), "unit_variance": True},
    ],
    ids=str,
)
def test_robust(options) -> None:
    fitted, other = agrees(ss.Robust(**options), RobustScaler(**options), table()), table(seed=2)
    assert fitted.float64_columns == ("x",)
    meant = in_float64(fitted, other)
    np.testing.assert_allclose(fitted.transform({"x": other})["x"], meant, **FLOAT32)


def test_robust_passes_over_what_is_missing() -> None:
    train = gappy()
    spec = ss.Spec({"x": [ss.Robust(), ss.Impute("constant", fill_value=0.0)]})
    meant = np.nan_to_num(RobustScaler().fit_transform(train), nan=0.0)
    np.testing.assert_allclose(spec.adapt({"x": train}).transform({"x": train})["x"], meant, 1e-7)


def test_robust_of_a_constant_is_a_shift() -> None:
    constant = np.full((5, 1), 7.0)
    agrees_at = RobustScaler().fit(constant).transform([[9.0]])
    fitted = ss.Spec({"x": ss.Robust()}).adapt({"x": constant})
    np.testing.assert_array_equal(fitted.transform({"x": np.array([[9.0]])})["x"], agrees_at)


def test_an_outlier_costs_the_others_no_digit() -> None:
    values = 1e6 + np.linspace(-0.01, 0.01, 1001)
    values[0] = 1e9
    meant = RobustScaler().fit_transform(values[:, None])[:, 0]
    fitted = ss.Spec({"x": ss.Robust()}).adapt({"x": values})
    np.testing.assert_allclose(fitted.transform({"x": values})["x"], meant, **FLOAT32)


def test_missing_indicator() -> None:
    values = gappy()
    fitted = ss.Spec({"x": ss.MissingIndicator()}).adapt({"x": values})
    meant = MissingIndicator(features="all").fit_transform(values)
    got = fitted.transform({"x": values})["x"]
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, meant)


def test_missing_indicator_of_strings() -> None:
    values = np.array([["a", None], [None, "b"], ["", "nan"]], object)
    meant = MissingIndicator(missing_values=None, features="all").fit_transform(values)
    fitted = ss.Spec({"x": ss.MissingIndicator()}).adapt({"x": values})
    np.testing.assert_array_equal(fitted.transform({"x": values})["x"], meant)


def test_missing_indicator_keeps_columns_that_missed_nothing_in_training() -> None:
    fitted = ss.Spec({"x": ss.MissingIndicator()}).adapt({"x": [1.0, 2.0]})
    assert fitted.transform({"x": [np.nan, 1.0]})["x"].tolist() == [1.0, 0.0]
    assert MissingIndicator().fit_transform([[1.0], [2.0]]).shape == (2, 0)
