from __future__ import annotations

import numpy as np
import pytest

from samescale.errors import DataError, SpecError
from samescale.statistics._order.ordered import keys_of, values_of
from samescale.statistics.quantiles import Quantiles

ROWS = np.random.default_rng(0).normal(10, 3, (5000, 2))


def test_few_distinct_values_are_final_after_one_pass():
    quantiles = Quantiles((0.0, 0.5, 1.0)).update(np.array([[3, 1], [1, 1], [2, 1]]))
    assert quantiles.refine() is None
    assert quantiles.value()["values"] == [[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]]


def test_many_distinct_values_take_a_pass_more():
    first = Quantiles((0.5,), cap=1000).update(ROWS)
    with pytest.raises(DataError, match=r"feature 0 take one more pass.*refine"):
        first.value()
    second = first.refine().update(ROWS)
    assert second.value()["values"] == [[value] for value in np.median(ROWS, axis=0).tolist()]
    assert second.refine() is None


def test_a_refining_pass_over_other_rows_is_refused():
    second = Quantiles((0.5,), cap=1000).update(ROWS).refine()
    for wrong in (second, second.update(ROWS[:100]), second.update(ROWS).update(ROWS)):
        with pytest.raises(DataError, match="exactly the rows"):
            wrong.refine()
        with pytest.raises(DataError, match="one more pass"):
            wrong.value()


def test_passes_do_not_mix():
    first = Quantiles((0.5,), cap=1000).update(ROWS)
    with pytest.raises(DataError, match="different passes"):
        first.merge(first.refine())


def test_settings_do_not_mix():
    with pytest.raises(DataError, match="same probabilities"):
        Quantiles((0.5,)).merge(Quantiles((0.4,)))


def test_a_known_feature_rests_while_another_is_refined():
    batch = np.concatenate([ROWS[:, :1], np.round(ROWS[:, 1:])], axis=1)
    first = Quantiles((0.5,), cap=1000).update(batch)
    second = first.refine().update(batch)
    assert second.value()["values"] == [[value] for value in np.median(batch, axis=0).tolist()]


def test_sketch_is_below_the_quantile_by_a_bucket_at_most():
    probabilities = (0.01, 0.5, 0.99)
    exact = np.quantile(ROWS, probabilities, axis=0, method="lower").T
    sketch = np.array(Quantiles(probabilities, cap=1).update(ROWS).sketch()["values"])
    assert (sketch <= np.quantile(ROWS, probabilities, axis=0, method="higher").T).all()
    assert (sketch >= exact * (1 - 1 / 16)).all()


def test_nothing_counted_gives_none():
    assert Quantiles((0.5,)).value()["values"] == []
    empty = Quantiles((0.5,)).update(np.full((3, 1), np.nan))
    assert empty.refine() is None
    assert empty.value()["values"] == [[None]]


def test_integers_beyond_2_to_the_53_are_the_nearest_float():
    assert Quantiles((0.5,)).update(np.array([[2**53 + 1]])).value()["values"] == [[2.0**53]]


def test_a_quantile_between_extremes_does_not_overflow():
    value = Quantiles((0.5,)).update(np.array([[1.7e308], [-1.7e308]])).value()
    assert value["values"] == [[0.0]]


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_probabilities_lie_between_0_and_1(probability):
    with pytest.raises(SpecError, match="probability"):
        Quantiles((probability,))


def test_infinity_is_refused_with_its_row_and_feature():
    batch = np.array([[1.0, np.nan], [2.0, -np.inf]])
    with pytest.raises(DataError) as caught:
        Quantiles((0.5,)).update(batch)
    assert caught.value.details == {"row": 1, "feature": 1, "value": -np.inf}


def test_keys_are_in_the_order_of_values_and_lead_back():
    values = np.array([-1.7e308, -1.0, -5e-324, 0.0, 5e-324, 1e-300, 1.0, 1.7e308])
    keys = keys_of(values)
    assert (keys[1:] > keys[:-1]).all()
    assert values_of(keys).tolist() == values.tolist()
    assert keys_of(np.array([-0.0])) == keys_of(np.array([0.0]))
