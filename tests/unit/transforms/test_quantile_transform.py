"""QuantileTransform beside scikit-learn's `QuantileTransformer` on all rows."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType
from samescale.transforms import _normal
from samescale.transforms._grid import Grid
from samescale.transforms._pieces import floats
from samescale.transforms.quantile_transform import QuantileTransform

preprocessing = pytest.importorskip("sklearn.preprocessing")
pytestmark = pytest.mark.sklearn

ROWS = 2000
EPSILON = 2.0**-52


def columns():
    rng = np.random.default_rng(0)
    return {
        "normal": rng.normal(3, 2, ROWS + 1),
        "mostly zero": np.where(rng.random(ROWS) < 0.6, 0, rng.lognormal(size=ROWS)),
        "rounded": np.round(rng.normal(0, 3, ROWS)),
        "few rows": rng.normal(size=300),
        "time": 1.7e9 + rng.uniform(0, 100, ROWS),
        "heavy tails": rng.standard_cauchy(ROWS),
        "many binades": rng.choice([-1, 1], ROWS) * np.exp2(rng.uniform(-300, 300, ROWS)),
        "constant": np.full(10, 7.0),
    }


def run(node, x):
    return reference.run(nodes.Graph((("x", node),)), {"x": x})["x"]


def in_float64(fitted, x, *, back=False):
    transform, learned = fitted.spec.columns["x"][0], fitted.learned["x"][0]
    start = nodes.Input("x", TensorType("float64", x.shape[1:]))
    return run((transform.inverse if back else transform.lower)(start, learned), x)


def adapted(transform, values, **options):
    return ss.Spec({"x": transform}).adapt({"x": values}, **options)


def asked(values):
    rng = np.random.default_rng(1)
    inside = rng.uniform(values.min() / 2, values.max() / 2, 300)
    beyond = [values.min() * 2 - 1, values.max() * 2 + 1]
    return np.concatenate([values, values * (1 + 1e-6), inside, beyond])[:, None]


def slack(meant):
    """What an error of a few ulps in the share makes of a normal quantile."""
    return 1e-12 * np.abs(meant) + 8 * EPSILON * np.sqrt(2 * np.pi) * np.exp(meant**2 / 2)


@pytest.mark.parametrize("count", [1000, 100, 7, 2])
@pytest.mark.parametrize("name", columns())
def test_the_shares_are_scikit_learns(name, count):
    values = columns()[name]
    fitted = adapted(QuantileTransform(count), values)
    oracle = preprocessing.QuantileTransformer(n_quantiles=min(count, len(values)), subsample=None)
    oracle.fit(values[:, None])
    meant = oracle.transform(asked(values))
    found = in_float64(fitted, asked(values)[:, 0])
    np.testing.assert_allclose(found, meant[:, 0], rtol=1e-12, atol=1e-15)
    back = oracle.inverse_transform(meant)[:, 0]
    # Where the line is steep, a share's last digit is a part of the column's width.
    width = np.abs(values).max()
    np.testing.assert_allclose(
        in_float64(fitted, meant[:, 0], back=True), back, rtol=1e-12, atol=1e-14 * width
    )


@pytest.mark.parametrize("count", [1000, 7])
@pytest.mark.parametrize("name", [name for name in columns() if name != "many binades"])
def test_the_normal_answers_are_scikit_learns(name, count):
    values = columns()[name]
    fitted = adapted(QuantileTransform(count, "normal"), values)
    oracle = preprocessing.QuantileTransformer(
        n_quantiles=min(count, len(values)), subsample=None, output_distribution="normal"
    ).fit(values[:, None])
    meant = oracle.transform(asked(values))[:, 0]
    found = in_float64(fitted, asked(values)[:, 0])
    assert (np.abs(found - meant) <= slack(meant)).all()
    assert np.abs(found).max() == pytest.approx(5.199337582605575)
    back = oracle.inverse_transform(meant[:, None])[:, 0]
    np.testing.assert_allclose(
        in_float64(fitted, meant, back=True), back, rtol=1e-12, atol=1e-12 * np.abs(values).max()
    )


def test_a_step_is_a_fraction_so_that_ties_are_whole():
    # With 50 rows of 5 values, NumPy's percentiles miss some of the values by an ulp.
    values = np.random.default_rng(0).integers(0, 5, 50).astype(float)
    fitted = adapted(QuantileTransform(), values)
    found = in_float64(fitted, np.arange(5.0))
    order = np.sort(values)
    shares = [np.flatnonzero(order == value)[[0, -1]].mean() / 49 for value in range(5)]
    np.testing.assert_allclose(found, [0.0, *shares[1:4], 1.0], rtol=1e-14)


def test_values_of_1e_minus_9_are_not_all_at_an_end():
    values = 1e-9 * np.random.default_rng(0).normal(size=500)
    meant = in_float64(adapted(QuantileTransform(100, "normal"), 1e9 * values), 1e9 * values)
    found = in_float64(adapted(QuantileTransform(100, "normal"), values), values)
    np.testing.assert_allclose(found, meant, atol=1e-9)
    assert np.std(found) > 0.9


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_the_way_back_is_the_way_back(distribution):
    values = np.random.default_rng(0).normal(100, 5, 5000)
    fitted = adapted(QuantileTransform(200, distribution), values)
    again = in_float64(fitted, in_float64(fitted, values), back=True)
    np.testing.assert_allclose(again, values, rtol=1e-9)


def test_it_can_be_a_target_and_says_its_answers_in_the_column_s_unit():
    values = np.random.default_rng(0).lognormal(3, 1, 500)
    spec = ss.Spec(
        {"x": ss.Normalization()}, target=ss.Target("y", QuantileTransform(100, "normal"))
    )
    fitted = spec.adapt({"x": values, "y": values})
    labels = fitted.labels({"y": values})
    assert abs(labels.mean()) < 0.05
    np.testing.assert_allclose(fitted.inverse(labels), values, rtol=1e-4)


def test_each_kept_entry_has_its_own_quantiles():
    values = np.random.default_rng(0).normal(size=(400, 3)) * [1.0, 10.0, 1e4]
    fitted = adapted(QuantileTransform(50), values)
    meant = preprocessing.QuantileTransformer(n_quantiles=50, subsample=None).fit_transform(values)
    np.testing.assert_allclose(in_float64(fitted, values), meant, rtol=1e-12, atol=1e-15)
    images = np.random.default_rng(1).integers(0, 255, (50, 2, 4, 3)).astype(np.uint8)
    one = adapted(QuantileTransform(20), images).transform({"x": images})["x"]
    for channel in range(3):
        alone = adapted(QuantileTransform(20), images[..., channel].reshape(-1))
        given = images[..., channel].reshape(-1).astype(float)
        np.testing.assert_allclose(
            one[..., channel].reshape(-1), alone.transform({"x": given})["x"], rtol=2e-7
        )


@pytest.mark.parametrize("values", [[3.0], [7.0, 7.0, 7.0]])
def test_one_value_is_the_least_of_all_and_more_is_the_greatest(values):
    fitted = adapted(QuantileTransform(), values)
    below, at, above = values[0] - 1, values[0], np.nextafter(values[0], np.inf)
    assert fitted.transform({"x": [below, at, above]})["x"].tolist() == [0.0, 0.0, 1.0]


def test_neighbouring_floats_and_subnormals_have_places():
    values = [0.0, 5e-324, 1e-323, 1.0, np.nextafter(1.0, 2.0)]
    found = in_float64(adapted(QuantileTransform(), values), np.array(values))
    np.testing.assert_allclose(found, [0.0, 0.25, 0.5, 0.75, 1.0], rtol=1e-15)
    back = in_float64(adapted(QuantileTransform(), values), found, back=True)
    np.testing.assert_allclose(back, values, rtol=1e-15, atol=1e-322)


def test_what_has_no_slope_is_refused_by_name():
    with pytest.raises(
        DataError, match=r"'x': QuantileTransform can't place values from -1.7e\+308"
    ):
        adapted(QuantileTransform(), [-1.7e308, 1.7e308])
    with pytest.raises(DataError, match="'x': Every value is missing"):
        adapted(QuantileTransform(), [np.nan, np.nan])
    with pytest.raises(DataError, match=r"'x'.*inf"):
        adapted(QuantileTransform(), [1.0, np.inf])


@pytest.mark.parametrize(
    "arguments",
    [{"n_quantiles": 1}, {"n_quantiles": None}, {"n_quantiles": 2.5}, {"output_distribution": "x"}],
)
def test_what_is_no_configuration_is_refused(arguments):
    with pytest.raises(SpecError, match="QuantileTransform"):
        QuantileTransform(**arguments)


def test_the_graph_does_not_grow_with_the_quantiles():
    values = np.random.default_rng(0).normal(size=5000)
    sizes = {
        len(adapted(QuantileTransform(count), values).graph.nodes) for count in (30, 300, 3000)
    }
    assert max(sizes) < 50


def test_many_entries_share_the_normal_distribution():
    values = np.random.default_rng(0).normal(size=(200, 40))
    sizes = {
        distribution: len(adapted(QuantileTransform(20, distribution), values).graph.nodes)
        for distribution in ("uniform", "normal")
    }
    assert sizes["normal"] < sizes["uniform"] + 200


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.0, 4.0],
        [0.1, -0.2, 0.3, 0.0],
        [0.0, -1.5, 5e-324, 1.7e308, -1e-300, np.pi, 2.2e-308, -1.7976931348623157e308],
        [7.25],
        [-0.0, 0.0],
    ],
)
def test_a_table_of_floats_gives_them_to_the_bit(values):
    code = nodes.Input("x", TensorType("int64"))
    table = nodes.Sub(nodes.Cast(code, "float64"), floats(code, values))
    zero = nodes.Mul(nodes.Cast(code, "float64"), nodes.Const(np.zeros(())))
    codes = np.arange(len(values))
    assert run(nodes.Sub(zero, floats(code, values)), codes).tolist() == [-v for v in values]
    assert run(table, codes).shape == (len(values),)


def test_the_normal_distribution_is_scipys():
    special = pytest.importorskip("scipy.special")
    rng = np.random.default_rng(0)
    x = nodes.Input("x", TensorType("float64"))
    tails = 10 ** rng.uniform(-9.9, 0, 50_000)
    shares = np.concatenate([rng.random(50_000), tails, 1 - tails])
    shares = shares[(shares > 0) & (shares < 1)]
    np.testing.assert_allclose(run(_normal.quantile(x), shares), special.ndtri(shares), rtol=4e-15)
    values = rng.uniform(-5.6, 5.6, 100_000)
    np.testing.assert_allclose(run(_normal.share(x), values), special.ndtr(values), rtol=2e-14)


def test_a_grid_keeps_the_laws_of_a_statistic():
    rng = np.random.default_rng(0)
    batch = np.round(rng.normal(size=(300, 2)), 1)
    whole = Grid(20).update(batch)
    parts = np.split(batch[rng.permutation(300)], [10, 150])
    merged = Grid(20)
    for part in reversed(parts):
        merged = Grid(20).update(part).merge(merged)
    assert merged.to_json() == whole.to_json()
    assert Grid.from_json(whole.to_json()).value() == whole.value()
    assert Grid(20).merge(whole).to_json() == whole.to_json()
    few = Grid(20).update(batch[:5]).value()["values"]
    np.testing.assert_array_equal(few, np.sort(batch[:5], axis=0).T)


def test_whole_weights_are_repeated_rows():
    rng = np.random.default_rng(1)
    batch, weights = rng.normal(size=(40, 1)), rng.integers(1, 4, 40).astype(float)
    weighted = Grid(5).weighted().update(batch, weights).value()["values"]
    repeated = np.repeat(batch[:, 0], weights.astype(int))
    meant = np.quantile(repeated, [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf")
    np.testing.assert_array_equal(weighted[0], meant)
