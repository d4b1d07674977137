"""SG305: from 0 to 1 exactly in every column, where training's own extent would hardly be met."""

import numpy as np
import pytest

from samescale.evidence.hypotheses.already_min_max_scaled import AlreadyMinMaxScaled
from samescale.evidence.hypotheses.batch_min_max_scaled import BatchMinMaxScaled
from tests.unit.evidence.hypotheses.tables import learned, rows, weighed

SAMPLE = rows(1500)
RAW = learned(SAMPLE)
SCALED = learned(SAMPLE, scaled=True)
BOTH = pytest.mark.parametrize("reference", [RAW, SCALED], ids=["raw", "scaled"])


def scaled(batch, like):
    """To 0…1 by the extent of some rows; constant columns become 0."""
    low, high = np.nanmin(like, axis=0), np.nanmax(like, axis=0)
    return (batch - low) / np.where(high > low, high - low, 1.0)


@BOTH
@pytest.mark.parametrize("single", [False, True], ids=["float64", "float32"])
@pytest.mark.parametrize("count", [2, 3, 8, 200, 1500])
def test_it_is_named_at_every_size_before_the_extent_of_training(reference, count, single):
    batch = rows(count, seed=4)
    if count > 4:
        batch[::4, 0] = np.nan
    sent = scaled(batch, batch)
    sent = sent.astype(np.float32) if single else sent
    (found,) = weighed(BatchMinMaxScaled(), reference, sent)
    assert found.weight > 12
    assert (found.signature, found.columns, found.undo) == (True, (), {})
    rival = weighed(AlreadyMinMaxScaled(), reference, sent)
    assert all(found.weight > candidate.weight + 3 for candidate in rival)


@BOTH
@pytest.mark.parametrize("count", [1, 2, 8, 200])
def test_the_extent_of_training_is_not_taken_for_it(reference, count):
    for seed in range(10):
        sent = scaled(rows(count, seed=20 + seed), SAMPLE)
        assert weighed(BatchMinMaxScaled(), reference, sent) == []


def test_where_every_batch_has_the_same_extremes_nothing_tells_the_two_apart():
    sample = np.random.default_rng(0).integers(1, 7, (900, 6)).astype(float)
    reference = learned(sample)
    batch = sample[:300]
    assert weighed(BatchMinMaxScaled(), reference, scaled(batch, batch)) == []
    few = batch[:4]
    assert weighed(BatchMinMaxScaled(), reference, scaled(few, few))[0].weight > 6.9


@BOTH
def test_honest_batches_do_not_bear_it(reference):
    mean, deviation = reference.scaling
    for count in (1, 2, 8, 100):
        for seed in range(30):
            sent = (rows(count, seed=50 + seed) - mean) / deviation
            assert weighed(BatchMinMaxScaled(), reference, sent) == []


def test_flags_bear_it_by_nature():
    flags = (np.random.default_rng(1).random((800, 5)) < 0.4).astype(float)
    reference = learned(flags)
    for count in (2, 8, 200):
        found = weighed(BatchMinMaxScaled(), reference, flags[:count])
        assert all(candidate.weight < 6.9 for candidate in found)


@pytest.mark.parametrize("hostile", [np.inf, -np.inf, np.nan, 1e300, -1e300, 5e-324])
def test_no_number_makes_it_fail(hostile):
    batch = scaled(rows(4, seed=3), rows(4, seed=3))
    batch[1, 1] = hostile
    for some in (batch, np.full((2, 8), hostile), np.full((1, 8), hostile)):
        for candidate in weighed(BatchMinMaxScaled(), RAW, some):
            assert np.isfinite(candidate.weight)
