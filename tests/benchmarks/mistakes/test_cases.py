"""The cases: which mistake is made of which rows, and what is right to say of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.mistakes import faults, labels, store
from benchmarks.mistakes.cases import case
from benchmarks.mistakes.known import Known
from benchmarks.mistakes.setting import Setting, settings

# Sums over batches of the benchmark that this one continues, on the data of `made.py`.
GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))


def found(key):
    dataset, expects, split, seed, mistake, n = key.split("|")
    setting = next(
        one for one in settings(dataset, int(seed)) if (one.expects, one.split) == (expects, split)
    )
    return case(setting, mistake, int(n), 1)


def test_every_mistake_and_every_drift_is_among_the_golden_cases():
    kinds = {key.split("|")[4] for key in GOLDEN}
    assert kinds == {
        *faults.TABLES,
        *faults.IMAGES,
        *faults.BENIGN_TABLES,
        *faults.BENIGN_IMAGES,
    } | {"drift_time"}


@pytest.mark.parametrize("dataset", ["wine", "smarket", "skimage_patches", "mnist"])
def test_the_cases_are_those_that_others_judge_with(dataset):
    for key, (weighed, size, label, accept, columns, detail, noop, effect) in GOLDEN.items():
        if not key.startswith(f"{dataset}|"):
            continue
        one = found(key)
        batch = np.nan_to_num(one.batch, nan=-7.0)
        weights = np.sin(np.arange(batch.size)).reshape(batch.shape)
        assert float((batch * weights).sum()) == pytest.approx(weighed, rel=1e-8, abs=1e-6), key
        assert float(np.abs(batch).sum()) == pytest.approx(size, rel=1e-9), key
        assert (one.label, sorted(one.accept)) == (label, accept), key
        assert ([*map(int, one.columns)], one.detail, bool(one.noop)) == (columns, detail, noop), (
            key
        )
        assert one.effect == pytest.approx(effect, rel=1e-6), key


def test_the_same_arguments_give_the_same_batch():
    one, other = (case(Setting("wine", seed=3), "unit_linear", 8, 2) for _ in range(2))
    np.testing.assert_array_equal(one.batch, other.batch)
    another = case(Setting("wine", seed=4), "unit_linear", 8, 2)
    assert not np.array_equal(one.batch, another.batch)


def test_training_and_traffic_share_no_row():
    setting = Setting("wine", seed=1)
    train = {row.tobytes() for row in setting.train}
    assert len(train) == len(setting.train) == 180
    assert not train & {row.tobytes() for row in setting.rows.live}


def test_right_rows_of_training_fit_what_is_known():
    known = Known.of(np.array([[0.0, 1.0, np.nan], [10.0, 1.0, 4.0]]))
    np.testing.assert_array_equal(
        known.right(np.array([[5.0, 1.0, 4.0]]), "normalised"), [[0, 0, 0]]
    )
    assert known.missing.tolist() == [0, 0, 0.5]
    assert known.span.tolist() == [10, 1, 1]


def test_a_batch_of_one_row_may_be_named_after_either_scaler():
    setting = Setting("wine")
    for mistake in faults.ONE_ROW:
        one = case(setting, mistake, 1)
        assert one.accept == faults.ONE_ROW
        np.testing.assert_array_equal(one.batch, np.zeros((1, 7)))


def test_every_label_is_explained():
    kinds = [*faults.TABLES.values(), *faults.IMAGES.values()]
    assert {label for kind in kinds for label in kind.accept} == labels.MISTAKES


def test_data_that_nobody_made_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv(store.FOLDER, str(tmp_path / "nothing"))
    with pytest.raises(SystemExit, match="--parts data"):
        store.load("wine")
