"""SG304: mean 0 and deviation 1 to the last digits, as no honest batch has them."""

import numpy as np
import pytest

from samescale.evidence.hypotheses.batch_standardised import BatchStandardised
from tests.unit.evidence.hypotheses.tables import learned, rows, weighed

RAW = learned(rows(1500))
SCALED = learned(rows(1500), scaled=True)
BOTH = pytest.mark.parametrize("reference", [RAW, SCALED], ids=["raw", "scaled"])


def standardised(batch, ddof=0, epsilon=0.0):
    """What a caller sends who fits a scaler to each batch; constant columns become 0."""
    deviation = np.nanstd(batch, axis=0, ddof=ddof)
    deviation = np.where(deviation > 0, deviation, 1.0) + epsilon
    return (batch - np.nanmean(batch, axis=0)) / deviation


@BOTH
@pytest.mark.parametrize("single", [False, True], ids=["float64", "float32"])
@pytest.mark.parametrize(("ddof", "epsilon"), [(0, 0.0), (1, 0.0), (0, 1e-7), (1, 1e-5)])
@pytest.mark.parametrize("count", [2, 3, 8, 200, 1500])
def test_it_is_named_at_every_size(reference, count, ddof, epsilon, single):
    batch = rows(count, seed=4)
    if count > 4:
        batch[::4, 0] = np.nan
    sent = standardised(batch, ddof, epsilon)
    sent = sent.astype(np.float32) if single else sent
    (found,) = weighed(BatchStandardised(), reference, sent)
    assert found.weight > 12
    assert (found.signature, found.columns, found.undo) == (True, (), {})
    if count > 3:
        assert found.detail == f"ddof {ddof}"


@BOTH
def test_a_batch_of_one_is_zeros(reference):
    (found,) = weighed(BatchStandardised(), reference, np.zeros((1, 8)))
    assert found.weight > 12
    assert "batch of one" in found.detail
    with_missing = np.zeros((1, 8))
    with_missing[0, 3] = np.nan
    assert weighed(BatchStandardised(), reference, with_missing)
    assert weighed(BatchStandardised(), reference, np.full((1, 8), np.nan)) == []


def test_flags_that_are_left_alone_do_not_hide_it():
    batch = rows(50, seed=4)
    sent = standardised(batch)
    sent[:, 4] = batch[:, 4]
    assert weighed(BatchStandardised(), RAW, sent)[0].weight > 12


@BOTH
def test_honest_batches_do_not_bear_it(reference):
    mean, deviation = reference.scaling
    for count in (1, 2, 3, 8, 100):
        for seed in range(30):
            sent = (rows(count, seed=50 + seed) - mean) / deviation
            assert weighed(BatchStandardised(), reference, sent) == []


def test_rows_of_zeros_are_no_mistake_where_training_has_them():
    sample = np.where(np.random.default_rng(0).random((500, 1)) < 0.3, 0.0, 1.0) * rows(500)
    found = weighed(BatchStandardised(), learned(sample), np.zeros((1, 8)))
    assert all(candidate.weight < 6.9 for candidate in found)


@pytest.mark.parametrize("hostile", [np.inf, -np.inf, np.nan, 1e300, -1e300, 5e-324])
def test_no_number_makes_it_fail(hostile):
    batch = standardised(rows(4, seed=3))
    batch[1, 1] = hostile
    for some in (batch, np.full((2, 8), hostile), np.full((1, 8), hostile)):
        for candidate in weighed(BatchStandardised(), RAW, some):
            assert np.isfinite(candidate.weight)
