"""That a clean stream is quiet: each bet wins nothing on average, and nothing ever too much."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from samescale.evidence.stream import _bets
from samescale.evidence.stream._process import Plan, Process
from samescale.evidence.stream._scale import Scale
from samescale.evidence.stream._tables import Tables
from samescale.evidence.stream.simulation import first_alarms
from samescale.evidence.stream.stream import Stream
from tests.unit.evidence.stream.known import reference, rows, sent


def planned(known):
    tables = Tables.of(known.densities, Scale.of(known))
    return tables, Plan.of(tables, known.calibration.reached())


def test_no_bet_on_an_even_p_value_wins_on_average():
    """∫f ≤ 1: for each hypothesis and age, over all ranks that a bag of n rows has."""
    _, plan = planned(reference())
    for bag in (40, 1000, 30_001):
        rank = np.arange(1, bag + 1)
        exponent = np.minimum(np.floor(np.log2(bag / rank)).astype(int), _bets.EXPONENTS - 1)
        plain = plan.heights[:, exponent].mean(axis=1)
        for age, most in enumerate(_bets.RANKS):
            near, far = _bets.NEAR_BET[age], _bets.FAR_BET[age]
            extra = np.where(rank <= most, near, np.where(rank <= 4 * most, far, 0.0)).sum()
            assert (plan.rare * (plain + extra)).max() <= 1 + 1e-9


@pytest.mark.parametrize("scaled", [False, True])
def test_no_row_that_training_never_saw_is_evidence_on_average(scaled):
    """E[e] ≤ 1 under the null, for each hypothesis, over rows and trainings."""
    means = []
    for seed in range(5):
        known = reference(1000, scaled=scaled, seed=100 + seed)
        tables, plan = planned(known)
        levels = tables.rows(tables.found(sent(rows(2000, 200 + seed), known)))
        process = Process.fresh(plan)
        said = np.stack([process._said(plan, row, False) for row in levels])
        means.append(said.mean(axis=0))
    means = np.array(means)
    # A bet on the rarest ranks wins seldom and much: its own scatter says how sure a mean is.
    error = means.std(axis=0) / np.sqrt(len(means))
    assert (means.mean(axis=0) - 4 * error).max() <= 1.05
    assert np.median(means) <= 1


@pytest.mark.parametrize(("count", "streams"), [(1000, 40), (4000, 40)])
def test_clean_streams_are_quiet(count, streams):
    """Of rows drawn with replacement from a pool that training never saw."""
    alarms = 0
    for seed in range(2):
        pool = rows(600, 300 + seed)
        order = np.random.default_rng(seed).integers(0, len(pool), (streams, 3000))
        alarms += (
            first_alarms(reference(count, seed=400 + seed), pool, order, alpha=0.01) > 0
        ).sum()
    assert alarms <= 3  # 80 streams at 1 %: four or more have a chance of 1 %


def test_streams_of_weights_that_are_sure_to_end_are_none():
    weights = [_bets.start_weight(row) for row in range(200_000)]
    assert sum(weights) < 1
    assert all(one >= other for one, other in itertools.pairwise(weights))


def test_priors_are_one_together():
    for scaled in (False, True):
        _, plan = planned(reference(scaled=scaled))
        assert plan.prior.sum() == pytest.approx(1)
        assert (plan.prior >= 0).all()


@pytest.mark.parametrize("native", ["0", "1"])
def test_a_simulation_says_what_a_stream_does(monkeypatch, native):
    monkeypatch.setenv("SAMESCALE_NATIVE", native)
    known = reference(1000)
    pool = np.concatenate((rows(60, 9), rows(6, 10) * 1000))
    order = np.random.default_rng(2).integers(0, 60, (12, 60))
    order[::2, 40:44] = [61, 62, 63, 64]
    found = first_alarms(known, pool, order, alpha=0.05)
    for which, at in zip(order, found, strict=True):
        stream = Stream(known, alpha=0.05)
        began = 0
        for index, row in enumerate(pool[which]):
            stream.see(row[None])
            began = began or (index + 1) * stream.alarmed
        assert began == at
    assert (found[::2] > 40).all()
    assert not found[1::2].any()


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("scaled", [False, True])
def test_the_kernel_has_the_bits_of_numpy(monkeypatch, apart, scaled):
    known = reference(1000, scaled=scaled)
    wrong = rows(40, 10)
    wrong[:, 0] *= 0.45359237
    sequence = sent(np.concatenate((rows(150, 9), wrong, rows(40, 11))), known)
    sequence[5:9] = sequence[4]
    told = []
    for native in ("0", "1"):
        monkeypatch.setenv("SAMESCALE_NATIVE", native)
        stream = Stream(known)
        evidence = []
        for first in range(0, len(sequence), 5):
            stream.see(sequence[first : first + 5], apart=apart)
            evidence.append(stream.evidence)
        told.append((evidence, stream._watch.process))
    assert told[0][0] == told[1][0]
    assert np.array_equal(told[0][1].wealth, told[1][1].wealth)
    assert np.array_equal(told[0][1].reached, told[1][1].reached)
