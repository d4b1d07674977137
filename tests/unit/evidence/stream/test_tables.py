from __future__ import annotations

import numpy as np
import pytest

from samescale.evidence.stream._claims import CLAIMS
from samescale.evidence.stream._points import points_of
from samescale.evidence.stream._recent import SIZE, Recent
from samescale.evidence.stream._scale import Scale
from samescale.evidence.stream._tables import Tables
from samescale.evidence.stream.calibration import Calibration
from tests.unit.evidence.stream.known import reference, rows


def tables():
    known = reference()
    return Tables.of(known.densities, Scale.of(known))


@pytest.mark.parametrize("native", ["0", "1"])
def test_float32_has_the_cells_of_float64(monkeypatch, native):
    monkeypatch.setenv("SAMESCALE_NATIVE", native)
    cells, clean = tables().cells, rows(2000, 5)
    exact, rounded = cells.find(clean), cells.find(clean.astype(np.float32).astype(np.float64))
    assert (exact == rounded).mean() > 0.999  # a bin's edge may fall between them


def test_missing_values_have_the_last_cell_and_values_beside_the_lattice_their_own():
    cells = tables().cells
    found = cells.find(np.array([[np.nan, 60.5, 40.0, 1.0, 0.0, 170.0]]))
    beside = cells.find(np.array([[np.nan, 60.5321, 40.5, 1.0, 0.0, 170.0]]))
    assert found[0, 0] == cells.missing
    width = cells.bins.shape[1]
    assert (found[0, 1:] < width).all()
    assert (beside[0, 1:3] >= width).all()


def test_points_are_a_distribution():
    densities = reference().densities
    for j in range(6):
        points = points_of(densities, j)
        assert points.weights.sum() == pytest.approx(1)
        assert np.isnan(points.values).sum() == 1


def test_scores_speak_for_what_happened():
    found, wrong = tables(), rows(500, 5)
    wrong[:, 0] *= 1000
    levels = found.rows(found.found(wrong))
    clean = found.rows(found.found(rows(500, 5)))
    thousand = next(index for index, claim in enumerate(CLAIMS) if claim.what == "×1000")
    assert np.median(levels[:, thousand]) > 7
    assert np.median(clean[:, thousand]) == 0


def test_a_calibration_is_small_and_comes_back():
    found = reference().calibration
    again = Calibration.from_arrays(found.to_arrays())
    assert np.array_equal(again.reached(), found.reached())
    assert sum(array.nbytes for array in found.to_arrays().values()) < 300 * 6


def test_counts_are_never_rounded_down():
    found = reference().calibration
    reached = found.reached()
    assert (np.diff(reached, axis=1) <= 0).all()
    assert (reached[:, 0] == found.rows).all()


def test_a_training_of_one_row_calibrates_nothing():
    known = reference()
    found = Calibration.learn(known.densities, rows(1), Scale.of(known))
    assert found.rows == 0
    assert found.codes.shape == known.calibration.codes.shape


@pytest.mark.parametrize("native", ["0", "1"])
def test_recent_rows_are_known_again_for_a_while(monkeypatch, native):
    monkeypatch.setenv("SAMESCALE_NATIVE", native)
    recent, many = Recent.empty(6), rows(SIZE, 5)
    assert not recent.see(many[:10]).any()
    assert recent.see(many[3:5] * 1.004).tolist() == [1, 1]
    recent.see(rows(SIZE, 6))
    assert not recent.see(many[:1]).any()
    values, repeats = recent.last(behind=4)
    assert len(values) == len(repeats) == SIZE - 4
