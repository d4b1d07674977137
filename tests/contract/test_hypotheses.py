"""Every hypothesis recognises the mistake that it makes, and stays silent where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from samescale import mistakes
from samescale.evidence.hypotheses import hypotheses
from tests.unit.evidence._table import fresh, known

ALL = [pytest.param(one, id=one.mistake) for one in hypotheses()]


@pytest.mark.parametrize("hypothesis", ALL)
def test_it_is_in_the_catalogue_under_the_name_of_its_file(hypothesis):
    entry = mistakes.load(hypothesis.mistake)
    assert entry.code.startswith("SG3")
    assert type(hypothesis).__module__.rpartition(".")[2] == entry.name.replace("-", "_")


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("hypothesis", ALL)
def test_what_it_makes_it_names(hypothesis, scaled):
    reference = known(scaled=scaled)
    made = 0
    for seed in range(3):
        right = fresh(48, seed, scaled=scaled)
        for way, arrived in hypothesis.made(right, reference, np.random.default_rng(seed)):
            made += 1
            best = reference.diagnose(arrived).best
            assert best is not None, way
            assert best.mistake == hypothesis.mistake, (way, best)
    assert made or not (scaled or hypothesis.mistake != "not-normalised")


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("hypothesis", ALL)
def test_the_way_back_gives_what_should_have_arrived(hypothesis, scaled):
    reference = known(scaled=scaled)
    right = fresh(48, 7, scaled=scaled)
    for _, arrived in hypothesis.made(right, reference, np.random.default_rng(7)):
        best = reference.diagnose(arrived).best
        assert best is not None
        columns = dict(zip(reference.names, arrived.T, strict=True))
        for name, undo in best.undo.items():
            place = reference.names.index(name)
            found = undo(columns[undo.source])
            # Of values near a thousand, log and log1p differ by one: nothing tells them apart.
            near = 0.2 * reference.deviation[place] if "log" in best.mistake else 1e-6
            near = near / reference.scaling[1][place]
            assert np.allclose(found, right[:, place], rtol=1e-6, atol=near, equal_nan=True), name


@pytest.mark.parametrize("scaled", [False, True])
def test_clean_rows_are_silent(scaled):
    reference = known(scaled=scaled)
    for seed in range(60):
        rows = fresh((1, 4, 32)[seed % 3], seed, scaled=scaled)
        assert reference.diagnose(rows).best is None


def test_evidence_is_an_e_value_on_rows_that_were_never_seen():
    # The mean of what each mistake is credited with on clean rows is at most 1.
    reference, total, count = known(), {}, 150
    for seed in range(count):
        rows = fresh((1, 2, 8)[seed % 3], 1000 + seed)
        verdict = reference.diagnose(rows)
        for weighed in (*([verdict.best] if verdict.best else []), *verdict.alternatives):
            gained = 10.0 ** min(weighed.evidence, 12.0)
            total[weighed.mistake] = total.get(weighed.mistake, 0.0) + gained
    assert all(gained / count <= 1.0 for gained in total.values()), total
