"""PowerTransform beside scikit-learn's `PowerTransformer`."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType
from samescale.transforms.power_transform import PowerTransform

preprocessing = pytest.importorskip("sklearn.preprocessing")
pytestmark = pytest.mark.sklearn

ROWS = 1500
METHODS = ("yeo-johnson", "box-cox")
EPSILON = 2.0**-52


def columns():
    rng = np.random.default_rng(0)
    return {
        "normal": rng.normal(size=ROWS),
        "shifted": rng.normal(3, 2, ROWS),
        "lognormal": rng.lognormal(size=ROWS),
        "both signs": rng.exponential(1, ROWS) - 1,
        "negative": -rng.lognormal(size=ROWS),
        "large": 1e6 * rng.lognormal(size=ROWS),
        "small": 1e-3 * rng.normal(size=ROWS),
        "heavy tails": rng.standard_cauchy(ROWS),
        "mostly zero": np.where(rng.random(ROWS) < 0.7, 0, rng.lognormal(size=ROWS)),
    }


def column(name, method):
    values = columns()[name]
    return np.abs(values) + 1e-3 if method == "box-cox" else values


def in_float64(fitted, x, *, back=False):
    transform, learned = fitted.spec.columns["x"][0], fitted.learned["x"][0]
    start = nodes.Input("x", TensorType("float64", x.shape[1:]))
    end = (transform.inverse if back else transform.lower)(start, learned)
    return reference.run(nodes.Graph((("x", end),)), {"x": x})["x"]


def adapted(transform, values, **options):
    return ss.Spec({"x": transform}).adapt({"x": values}, **options)


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", columns())
def test_with_its_powers_the_answers_are_scikit_learns(name, method, standardize):
    values = column(name, method)
    oracle = preprocessing.PowerTransformer(method, standardize=standardize).fit(values[:, None])
    given = PowerTransform(method, standardize, lambdas=oracle.lambdas_[0])
    fitted = adapted(given, values)
    meant = oracle.transform(values[:, None])[:, 0]
    # Scikit-learn subtracts a mean of powers as they are, which costs it the mean's last digits.
    plain = preprocessing.PowerTransformer(method, standardize=False)
    plain.lambdas_, plain.n_features_in_ = oracle.lambdas_, 1
    powers = plain.fit(values[:, None]).transform(values[:, None])
    loss = 8 * EPSILON * np.abs(powers).max() / powers.std() if standardize else 0.0
    np.testing.assert_allclose(in_float64(fitted, values), meant, rtol=1e-12, atol=loss + 1e-15)
    back = in_float64(fitted, in_float64(fitted, values), back=True)
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-11 * np.abs(values).max())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("power", [-2.0, -1e-18, 0.0, 1e-8, 0.5, 1.0, 2.0 - 1e-9, 2.0, 3.0])
def test_any_power_there_and_back(power, method):
    values = np.concatenate([np.linspace(0.25, 4, 16), np.linspace(-4, 0, 17)])
    values = values if method == "yeo-johnson" else values[:16]
    fitted = adapted(PowerTransform(method, standardize=False, lambdas=power), values)
    stats = pytest.importorskip("scipy.stats")
    meant = stats.yeojohnson(values, power)
    meant = (
        meant
        if method == "yeo-johnson"
        else pytest.importorskip("scipy.special").boxcox(values, power)
    )
    found = in_float64(fitted, values)
    np.testing.assert_allclose(found, meant, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(in_float64(fitted, found, back=True), values, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_learned_is_as_likely_as_scikit_learns_and_standardised(method):
    stats = pytest.importorskip("scipy.stats")
    find = stats.boxcox_llf if method == "box-cox" else stats.yeojohnson_llf
    for name in columns():
        values = column(name, method)
        fitted = adapted(PowerTransform(method), values)
        (power,) = fitted.learned["x"][0]["powers"]["lambdas"]
        oracle = preprocessing.PowerTransformer(method).fit(values[:, None])
        assert find(power, values) >= find(oracle.lambdas_[0], values) - 1e-9
        assert power == pytest.approx(oracle.lambdas_[0], rel=2e-6, abs=1e-6)
        made = in_float64(fitted, values)
        assert made.mean() == pytest.approx(0, abs=1e-12)
        assert made.var() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_skewed_years_become_normal(method):
    values = 2010 + 5 * np.random.default_rng(0).exponential(size=ROWS)
    fitted = adapted(PowerTransform(method), values)
    made = in_float64(fitted, values)
    assert made.std() == pytest.approx(1, abs=1e-9)
    before = (values - values.mean()) / values.std()
    assert abs((made**3).mean()) < (before**3).mean() / 5
    np.testing.assert_allclose(in_float64(fitted, made, back=True), values, rtol=1e-12)
    assert np.isfinite(fitted.transform({"x": [1.0, 1e4, 1e30]})["x"]).all()


@pytest.mark.parametrize("method", METHODS)
def test_any_order_and_chunks_learn_the_same(method):
    rng = np.random.default_rng(0)
    values = rng.lognormal(size=1000)
    whole = adapted(PowerTransform(method), values)
    shuffled = rng.permutation(values)
    batches = [{"x": shuffled[start : start + 77]} for start in range(0, 1000, 77)]
    assert adapted_batches(PowerTransform(method), batches).learned == whole.learned


def adapted_batches(transform, batches):
    return ss.Spec({"x": transform}).adapt(batches)


def test_negative_numbers_learn_what_positive_ones_do():
    values = np.random.default_rng(0).lognormal(size=ROWS)
    ours, theirs = adapted(PowerTransform(), values), adapted(PowerTransform(), -values)
    one, other = (fitted.learned["x"][0]["powers"]["lambdas"][0] for fitted in (ours, theirs))
    assert one == pytest.approx(2 - other, abs=1e-9)
    np.testing.assert_allclose(in_float64(ours, values), -in_float64(theirs, -values), atol=1e-9)


def test_each_kept_entry_has_its_own_power():
    values = np.random.default_rng(0).lognormal(size=(300, 3)) * [1.0, -1.0, 100.0]
    fitted = adapted(PowerTransform(), values)
    for entry in range(3):
        alone = adapted(PowerTransform(), values[:, entry])
        np.testing.assert_array_equal(
            in_float64(fitted, values)[:, entry], in_float64(alone, values[:, entry])
        )
    given = PowerTransform(lambdas=(0.5, 1.5, 0.0), standardize=False)
    meant = preprocessing.PowerTransformer(standardize=False).fit(values)
    meant.lambdas_ = np.array([0.5, 1.5, 0.0])
    np.testing.assert_allclose(
        in_float64(adapted(given, values), values), meant.transform(values), rtol=1e-12
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("values", [[2.5], [3.0, 3.0, 3.0]])
def test_a_constant_becomes_0(method, values):
    fitted = adapted(PowerTransform(method), values)
    assert fitted.transform({"x": values})["x"].tolist() == [0.0] * len(values)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e-20, 1e20, 1e150])
def test_any_scale_is_transformed(method, scale):
    values = np.random.default_rng(0).lognormal(size=200) * scale
    made = in_float64(adapted(PowerTransform(method), values), values)
    assert made.std() == pytest.approx(1, abs=1e-6)


def test_what_is_learned_from_float32_is_computed_in_float64():
    values = np.random.default_rng(0).lognormal(size=500).astype(np.float32) + np.float32(1000)
    fitted = adapted(PowerTransform(), values)
    meant = in_float64(fitted, values.astype(np.float64))
    np.testing.assert_array_equal(fitted.transform({"x": values})["x"], meant.astype(np.float32))


def test_box_cox_of_0_and_less_later_is_finite():
    fitted = adapted(PowerTransform("box-cox"), np.random.default_rng(0).lognormal(size=100))
    answers = fitted.transform({"x": [0.0, -1.0, 1e-300, 1e300]})["x"]
    assert np.isfinite(answers).all()
    assert answers[0] == answers[1] < answers[3]


def test_a_target_of_almost_only_zeros_comes_back_otherwise_as_the_docstring_says():
    rng = np.random.default_rng(0)
    values = np.where(rng.random(2000) < 0.9, 0, rng.lognormal(0, 1, 2000))
    spec = ss.Spec({"x": ss.Normalization()}, target=ss.Target("y", PowerTransform()))
    fitted = spec.adapt({"x": np.arange(2000.0), "y": values})
    assert fitted.target.learned[0]["powers"]["lambdas"][0] < 0
    found = fitted.inverse(fitted.labels({"y": values})[:, None]).ravel()
    assert np.abs(found - values)[values < 0.1].max() < 1e-6
    assert np.abs(found - values)[values > 12].max() > 1
    assert "no target for it" in (PowerTransform.__doc__ or "")


def test_mistakes_have_names():
    with pytest.raises(DataError, match=r"'x', row 1: holds 0.0 .*Box-Cox"):
        adapted(PowerTransform("box-cox"), [1.0, 0.0])
    with pytest.raises(DataError, match="'x': Every value is missing"):
        adapted(PowerTransform(), [np.nan, np.nan])
    with pytest.raises(DataError, match=r"'x'.*to the power 9"):
        adapted(PowerTransform(lambdas=9.0, standardize=False), [1.0, 1e60])
    with pytest.raises(SpecError, match="2 lambdas for 1 kept"):
        adapted(PowerTransform(lambdas=(1.0, 2.0)), [1.0, 2.0])
    for powers in [(), ((1.0,), (2.0,))]:
        with pytest.raises(SpecError, match=r"lambdas=\(.* is no list of powers"):
            PowerTransform(lambdas=powers)
    with pytest.raises(SpecError, match="method='log'"):
        PowerTransform("log")
    with pytest.raises(SpecError, match="lambdas=nan"):
        PowerTransform(lambdas=np.nan)
