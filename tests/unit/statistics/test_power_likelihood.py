"""The likeliest power: scipy's, where scipy finds it, and the same bits in any order."""

from __future__ import annotations

import json

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.statistics._power.powers import Power, Span, logs
from samescale.statistics.power_likelihood import PowerLikelihood


def learned(values, *arguments, weights=None, cuts=1, order=None, **options):
    """The value after as many passes as it takes, and how many."""
    values = values if values.ndim > 1 else values[:, None]
    order = np.arange(len(values)) if order is None else order
    state, passes = PowerLikelihood(*arguments, **options), 0
    while True:
        empty = state
        for part in np.array_split(order, cuts):
            given = () if weights is None else (weights[part],)
            state = state.merge(empty.update(values[part], *given))
        passes += 1
        following = state.refine()
        if following is None:
            return state.value(), passes
        state = following


def draws(rows=3000):
    rng = np.random.default_rng(0)
    return {
        "normal": rng.normal(size=rows),
        "shifted": rng.normal(3, 2, rows),
        "lognormal": rng.lognormal(size=rows),
        "exponential": rng.exponential(3, rows),
        "both signs": rng.exponential(1, rows) - 1,
        "negative": -rng.lognormal(size=rows),
        "large": 1e6 * rng.lognormal(size=rows),
        "small": 1e-3 * rng.normal(size=rows),
        "cauchy": rng.standard_cauchy(rows),
        "mostly zero": np.where(rng.random(rows) < 0.7, 0, rng.lognormal(size=rows)),
        "three": np.array([1.0, 2.0, 10.0]),
    }


def likelihood(values, power, method):
    stats = pytest.importorskip("scipy.stats")
    find = stats.boxcox_llf if method == "box-cox" else stats.yeojohnson_llf
    return find(power, values) / len(values)


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
@pytest.mark.parametrize("name", draws())
def test_the_power_is_the_likeliest(method, name):
    stats = pytest.importorskip("scipy.stats")
    values = draws()[name]
    if method == "box-cox":
        if name == "cauchy":
            return
        values = np.abs(values) + 1e-3
    found, passes = learned(values, method)
    (power,) = found["lambdas"]
    find = stats.boxcox_normmax if method == "box-cox" else stats.yeojohnson_normmax
    other = find(values) if method == "yeo-johnson" else find(values, method="mle")
    # Where Brent's search ends is known to the root of what the likelihood is known to.
    assert power == pytest.approx(other, rel=2e-6, abs=1e-6)
    assert likelihood(values, power, method) >= likelihood(values, other, method) - 1e-13
    assert passes <= 5


def test_the_power_is_exact_where_it_is_known():
    # Symmetric logarithms have their likeliest power at 0, by symmetry.
    values = np.exp(np.linspace(-2, 2, 101))
    assert abs(learned(values, "box-cox")[0]["lambdas"][0]) < 1e-10
    # And symmetric values at 1.
    assert learned(np.linspace(-2, 2, 101))[0]["lambdas"][0] == pytest.approx(1, abs=1e-10)


def test_a_skewed_column_of_years_has_its_power():
    values = 2010 + 5 * np.random.default_rng(0).exponential(size=3000)
    (power,) = learned(values)[0]["lambdas"]
    (near,) = learned(values, "box-cox")[0]["lambdas"]
    assert -400 < power < -100
    assert power == pytest.approx(near, rel=2e-3)


def test_the_moments_are_those_of_the_values_to_the_power():
    values = draws()["both signs"]
    found, _ = learned(values)
    power = Power("yeo-johnson", found["lambdas"][0], found["pivots"][0])
    made = power.of(logs(values, "yeo-johnson"))
    assert found["mean"][0] == pytest.approx(made.mean(), abs=1e-14)
    assert found["deviation"][0] == pytest.approx(made.std(), rel=1e-12)
    assert (found["min"][0], found["max"][0]) == (values.min(), values.max())


@pytest.mark.parametrize("pivot", [-2.0, -1e-3, 0.0, 1e-3, 2.0])
@pytest.mark.parametrize("power", [-3.0, -1e-20, 0.0, 1e-9, 0.5, 1.0, 2.0, 2.0 + 1e-9, 4.0])
def test_about_any_pivot_it_is_the_same_power(power, pivot):
    special = pytest.importorskip("scipy.stats")
    values = np.linspace(-5, 5, 41)
    plain = special.yeojohnson(values, power)
    made = Power("yeo-johnson", power, pivot)
    found = made.of(logs(values, "yeo-johnson")) * (-1.0 if made.flipped else 1.0)
    factor = (found[-1] - found[0]) / (plain[-1] - plain[0])
    np.testing.assert_allclose(
        found - found[0], (plain - plain[0]) * factor, rtol=1e-9, atol=1e-11 * np.ptp(found)
    )


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_any_order_cut_and_tree_gives_the_same_bits(method):
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=(500, 2)) * [1.0, 1e4]
    values[rng.random(500) < 0.1, 0] = np.nan
    whole = learned(values, method)
    for cuts in (2, 7, 50):
        assert learned(values, method, cuts=cuts, order=rng.permutation(500)) == whole


def test_every_state_survives_json():
    values = np.random.default_rng(2).normal(size=(60, 2))
    state: PowerLikelihood | None = PowerLikelihood()
    while state is not None:
        for stage in (state, state.update(values)):
            again = PowerLikelihood.from_json(json.loads(json.dumps(stage.to_json())))
            assert again == stage
            assert again.update(values) == stage.update(values)
        state = state.update(values).refine()


def test_whole_weights_are_repeated_rows():
    rng = np.random.default_rng(3)
    values, weights = rng.lognormal(size=200), rng.integers(1, 4, 200).astype(float)
    weighted, _ = learned(values, weights=weights)
    repeated, _ = learned(np.repeat(values, weights.astype(int)))
    for name in ("lambdas", "pivots", "mean", "deviation"):
        assert weighted[name] == pytest.approx(repeated[name], rel=1e-9, abs=1e-12)
    other = learned(values, weights=weights, cuts=9, order=rng.permutation(200))[0]
    assert other == weighted


def test_a_constant_and_a_single_row_have_a_power_of_1():
    for values in (np.full(9, 3.5), np.array([-2.0]), np.zeros(4)):
        found, _ = learned(values)
        assert (found["lambdas"], found["deviation"], found["mean"]) == ([1.0], [0.0], [0.0])


def test_nothing_but_missing_values_has_no_power():
    found, _ = learned(np.full(3, np.nan))
    assert found["lambdas"] == [None]


def test_given_powers_take_two_passes_and_one_without_moments():
    values = np.random.default_rng(4).lognormal(size=(50, 2))
    found, passes = learned(values, lambdas=(0.5, 2.0))
    assert (found["lambdas"], passes) == ([0.5, 2.0], 2)
    assert learned(values, lambdas=(0.5,), moments=False)[1] == 1


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_box_cox_names_what_is_not_above_0(value):
    batch = np.array([[1.0], [2.0], [value]])
    with pytest.raises(DataError, match=f"Row 2 holds {value} .*yeo-johnson") as caught:
        PowerLikelihood("box-cox").update(batch)
    assert caught.value.details["row"] == 2


def test_an_infinity_is_named():
    with pytest.raises(DataError, match="Row 1 holds inf"):
        PowerLikelihood().update(np.array([[1.0], [np.inf]]))


def test_a_pass_over_other_rows_is_refused():
    values = np.random.default_rng(5).normal(size=(30, 1))
    second = PowerLikelihood().update(values).refine()
    assert second is not None
    with pytest.raises(DataError, match="those of the first"):
        second.update(values[:10]).refine()
    with pytest.raises(DataError, match="different passes"):
        second.merge(PowerLikelihood().update(values))
    with pytest.raises(DataError, match="different methods"):
        PowerLikelihood().merge(PowerLikelihood("box-cox"))
    with pytest.raises(DataError, match="one more pass"):
        second.update(values).value()


def test_no_likelier_power_is_outside_the_bracket():
    rng = np.random.default_rng(6)
    for _ in range(20):
        values = rng.standard_t(2, 40) * 10.0 ** rng.integers(-2, 3)
        g = logs(values, "yeo-johnson")
        span = Span(float(g.min()), float(g.max()), float(g.mean()), 1 / len(g))
        low, high = span.bracket("yeo-johnson")

        def found(place, span=span, g=g):
            power = span.power(place)
            made = Power("yeo-johnson", power, span.mean).of(g)
            return -0.5 * np.log(made.var())

        inside = max(found(place) for place in np.linspace(low, high, 200))
        beyond = [low - step for step in (0.01, 0.5, 1.0)] + [high + 0.01, high + 0.5, high + 1.0]
        assert max(map(found, beyond)) <= inside
