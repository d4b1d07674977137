"""SG306: the order of columns, found and named with the columns that moved."""

import numpy as np
import pytest

from samescale.evidence.arrived import Arrived
from samescale.evidence.hypotheses._permuted.cells import Cells, Lens
from samescale.evidence.hypotheses._permuted.exchanges import exchanges
from samescale.evidence.hypotheses._permuted.trust import SLACK, trust
from samescale.evidence.hypotheses.columns_permuted import ColumnsPermuted
from tests.unit.evidence.hypotheses.tables import learned, rows, weighed

RAW = learned(rows(1500))
SCALED = learned(rows(1500), scaled=True)
BOTH = pytest.mark.parametrize("reference", [RAW, SCALED], ids=["raw", "scaled"])
ORDERS = {
    "swap": [1, 0, 2, 3, 4, 5, 6, 7],
    "shift": list(np.roll(np.arange(8), 1)),
    "back": list(np.roll(np.arange(8), -1)),
    "reversed": list(range(8))[::-1],
    "moved": [0, 2, 3, 1, 4, 5, 6, 7],
    "any": [3, 6, 0, 7, 4, 2, 1, 5],
}


def right(count, reference, seed):
    """What a caller without a mistake sends, from rows that the reference never saw."""
    mean, deviation = reference.scaling
    return (rows(count, seed) - mean) / deviation


@BOTH
@pytest.mark.parametrize("count", [8, 40])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_an_order_is_found_with_its_columns_and_the_way_back(reference, order, count):
    sent = right(count, reference, seed=7)
    arrived = sent[:, order]
    best = weighed(ColumnsPermuted(), reference, arrived)[0]
    assert best.mistake == "columns-permuted"
    assert best.weight > 12
    assert best.columns == tuple(np.flatnonzero(np.array(order) != np.arange(8)))
    assert set(best.undo) == set(best.columns)
    restored = arrived.copy()
    for place, undo in best.undo.items():
        restored[:, place] = undo(arrived[:, int(undo.source)])
    np.testing.assert_array_equal(restored, sent)


@BOTH
def test_a_single_row_in_any_order_is_mostly_enough(reference):
    order = ORDERS["any"]
    found = 0
    for seed in range(40):
        candidates = weighed(
            ColumnsPermuted(), reference, right(1, reference, 100 + seed)[:, order]
        )
        found += bool(candidates) and candidates[0].weight > 12
    assert found >= 34


@BOTH
@pytest.mark.parametrize("count", [1, 8, 32])
def test_honest_rows_speak_for_no_other_order(reference, count):
    weights = []
    for seed in range(60):
        candidates = weighed(ColumnsPermuted(), reference, right(count, reference, 1000 + seed))
        weights.append(max((one.weight for one in candidates), default=0.0))
    assert np.mean(np.array(weights) > 3) <= np.exp(-3)
    assert max(weights) < 6.9


def test_columns_that_are_the_same_are_not_told_as_moved():
    sample = rows(1000)
    sample = np.column_stack([sample, np.zeros(1000), np.zeros(1000)])
    reference = learned(sample)
    batch = sample[:16][:, [1, 0, 2, 3, 4, 5, 6, 7, 9, 8]]
    assert weighed(ColumnsPermuted(), reference, batch)[0].columns == (0, 1)


def test_missing_values_and_narrow_tables_are_no_hindrance():
    sample = rows(800)
    sample[::5, 2] = np.nan
    reference = learned(sample)
    batch = sample[:30][:, [2, 1, 0, 3, 4, 5, 6, 7]]
    assert weighed(ColumnsPermuted(), reference, batch)[0].columns == (0, 2)
    one, two = learned(sample[:, :1]), learned(sample[:, :2])
    assert weighed(ColumnsPermuted(), one, sample[:5, :1]) == []
    best = weighed(ColumnsPermuted(), two, sample[:5, [1, 0]])[0]
    assert (best.columns, best.detail) == ((0, 1), "two exchanged")


@pytest.mark.parametrize("hostile", [np.inf, -np.inf, np.nan, 1e300, -1e300, 0.0, 5e-324])
def test_no_number_makes_it_fail(hostile):
    batch = rows(4, seed=3)
    batch[:, 1] = hostile
    for reference in (RAW, SCALED):
        for some in (batch, np.full((2, 8), hostile)):
            for candidate in weighed(ColumnsPermuted(), reference, some):
                assert np.isfinite(candidate.weight)


@BOTH
def test_the_closed_form_of_an_exchange_is_the_gain_of_that_order(reference):
    arrived = Arrived.of(right(6, reference, seed=5), reference)
    lens = Lens(arrived.densities, *arrived.scaled, arrived.exact)
    cells = Cells.of(lens, arrived.copula, arrived.values)
    one, two, gained = exchanges(cells)
    sources = np.tile(np.arange(8), (len(one), 1))
    sources[np.arange(len(one)), one], sources[np.arange(len(one)), two] = two, one
    np.testing.assert_allclose(gained.sum(axis=0), cells.gains(sources), rtol=1e-9, atol=1e-6)


@BOTH
def test_trust_makes_every_exchange_an_e_value_on_training(reference):
    sent = right(200, reference, seed=0)
    found, _ = trust(reference.densities, reference.copula, reference.scaling, sent)
    assert found.shape == (8, 8)
    np.testing.assert_array_equal(found, found.T)
    lens = Lens(reference.densities, *reference.scaling, 3e-7)
    one, two, gained = exchanges(Cells.of(lens, reference.copula, sent))
    mean = np.exp(np.minimum(found[one, two] * gained, 300)).mean(axis=0)
    assert (mean <= 1 + SLACK + 1e-5).all()
