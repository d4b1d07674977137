"""The learned distribution of a table."""

from __future__ import annotations

import numpy as np
import pytest

from samescale.evidence.reference import Reference
from tests.unit.evidence._table import NAMES, fresh, known, rows

HOSTILE = (np.nan, np.inf, -np.inf, 1e300, -1e300, 5e-324, 0.0, -0.0, 2.0**63, -1.0)


def test_it_gives_the_same_verdicts_after_storage():
    reference = known()
    again = Reference.from_arrays(reference.names, reference.to_arrays())
    for name, array in again.to_arrays().items():
        assert np.array_equal(array, reference.to_arrays()[name], equal_nan=True)
    for seed in range(10):
        arrived = fresh(8, seed) * np.where(np.arange(9) == seed % 9, 2.54, 1.0)
        assert again.diagnose(arrived) == reference.diagnose(arrived)


def test_it_takes_a_kilobyte_a_column_at_most():
    arrays = dict(known().to_arrays())
    arrays.pop("correlation")
    assert sum(array.nbytes for array in arrays.values()) <= 1024 * len(NAMES)


def test_it_holds_no_value_that_was_met_once():
    arrays, table = known().to_arrays(), rows()[:4000]
    for place in (3, 7, 8):
        values, counts = np.unique(table[:, place], return_counts=True)
        alone = set(values[counts == 1].tolist()) - {values[0], values[-1]}
        for name in ("atoms", "scalars", "exact"):
            assert not alone & set(arrays[name].ravel().tolist()), name


@pytest.mark.parametrize("scaled", [False, True])
def test_nothing_that_arrives_makes_it_raise(scaled):
    reference, random = known(scaled=scaled), np.random.default_rng(0)
    for count in (1, 2, 9, 300):
        for share in (0.05, 0.5, 1.0):
            arrived = random.normal(size=(count, len(NAMES))) * 10.0 ** random.integers(-9, 9)
            hit = random.random(arrived.shape) < share
            arrived[hit] = random.choice(HOSTILE, hit.sum())
            assert reference.diagnose(arrived).rows == count
            assert reference.screen(arrived) in {True, False}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_table_of_one_value_makes_nothing_raise(value):
    for count in (1, 3):
        known().diagnose(np.full((count, len(NAMES)), value))


def test_no_rows_say_nothing():
    assert known().diagnose(np.zeros((0, len(NAMES)))).best is None


def test_constant_and_empty_columns_are_no_obstacle():
    table = np.column_stack([np.zeros(50), np.full(50, np.nan), np.arange(50.0), np.ones(50)])
    with np.errstate(all="ignore"):
        ends = {"low": [0.0, np.nan, 0.0, 1.0], "high": [0.0, np.nan, 49.0, 1.0]}
        spread = {"mean": [0.0, np.nan, 24.5, 1.0], "deviation": [0.0, np.nan, 14.4, 0.0]}
        given = {name: np.array(values) for name, values in (ends | spread).items()}
        reference = Reference.learn("abcd", table, rows=50, **given)
    assert reference.diagnose(table[:20]).best is None
    verdict = reference.diagnose(table[10:30] * [1, 1, 1000, 1])
    assert verdict.best is not None
    assert (verdict.best.mistake, verdict.best.columns) == ("other-unit", ("c",))


def test_a_thousandfold_is_named_with_its_column_from_one_row():
    arrived = fresh(1, 3) * np.where(np.array(NAMES) == "height", 1000.0, 1.0)
    best = known().diagnose(arrived).best
    assert best is not None
    assert (best.mistake, best.columns, best.detail) == ("other-unit", ("height",), "×1000")


def test_drift_is_told_and_not_named_a_mistake():
    arrived = fresh(400, 5)
    arrived[:, 7] = np.round(arrived[:, 7] + 5.0, 2)
    verdict = known().diagnose(arrived)
    assert verdict.best is not None
    assert not verdict.named
    assert verdict.best.columns == ("pressure",)


def test_repeated_rows_prove_nothing_twice():
    one = fresh(1, 11) * np.where(np.array(NAMES) == "weight", 1.15, 1.0)
    many = known().diagnose(np.repeat(one, 1000, axis=0))
    assert many.best is None


def test_the_screen_lets_clean_rows_pass_and_catches_mistakes():
    reference = known()
    fired = np.mean([reference.screen(fresh(1, seed)) for seed in range(400)])
    assert fired < 0.06
    shift, factor = reference.mean, reference.deviation
    caught = [reference.screen((fresh(1, s) - shift) / factor) for s in range(100)]
    assert all(caught)


def test_it_says_how_many_rows_each_mistake_needs():
    needed = known().needed()
    assert needed["already-normalised"] == 1
    assert needed["other-unit: ×1000"] <= 4
    assert all(rows >= 1 for rows in needed.values())


@pytest.mark.parametrize("count", [1, 8, 200])
def test_a_scaler_of_other_rows_is_recognised_as_well(count):
    # The caller's scaler had its own split, and ddof 1: what is taken back is only near.
    other = rows()[:500]
    mean, deviation = np.nanmean(other, axis=0), np.nanstd(other, axis=0, ddof=1)
    best = known().diagnose((fresh(count, 21) - mean) / deviation).best
    assert best is not None
    assert best.mistake == "already-normalised"


def test_a_rounded_factor_is_recognised_as_well():
    arrived = fresh(16, 22) * np.where(np.array(NAMES) == "weight", 2.2, 1.0)
    best = known().diagnose(arrived).best
    assert best is not None
    assert (best.mistake, best.columns) == ("other-unit", ("weight",))


def test_what_was_converted_and_then_rounded_is_recognised_as_well():
    arrived = fresh(32, 23)
    arrived[:, 2] = np.round(arrived[:, 2] / 0.45359237, 1)
    best = known().diagnose(arrived).best
    assert best is not None
    assert (best.mistake, best.columns) == ("other-unit", ("weight",))
