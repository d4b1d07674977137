"""The benchmarks of answering and of batch jobs: they run, and find what is wrong."""

import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ONE, MIXED = ["≤ 2 ×", "≤ 2 ×", "≥ 10 ×", "≥ 25 ×"], ["≥ 20 ×", "≥ 3 ×"]
NATIVE = {"loaded": 3.0, "loaded cpu": 2.0, "answered": 9.0, "answered cpu": 6.0, "peak": 900.0}
BARS = [*ONE, "≤ 1.15 ×", *MIXED, *MIXED]


def test_a_round_is_its_median_call(bench):
    pauses = iter([0.0] * 40 + [0.05] + [0.0] * 10_000)
    case = bench.measure.Case("", 1, {"now and then": lambda: time.sleep(next(pauses))})
    found = bench.measure.singly(case, 1)
    assert 0 < found.seconds["now and then"] < 0.01
    assert found.least == found.seconds


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.sklearn
@pytest.mark.onnx
def test_every_bar_of_answering_is_measured(bench, monkeypatch):
    child = bench.loading._child

    def onnx(path, runtime):  # starting Keras takes longer than all the rest
        return {**child(path, "onnx"), "loaded": 1.0} if runtime == "onnx" else NATIVE

    monkeypatch.setattr(bench.loading, "_child", onnx)
    found = list(bench.answering.measure(bench.how.How(quick=True, rounds=1), None))
    assert not [one for one in found if "missing" in one]
    assert all(ratio > 0 for one in found for ratio in one["ratios"])
    assert [one["bar"] for one in found if one["bar"]] == BARS
    loaded, answered = found[-2:]
    assert loaded["ratios"][0] == pytest.approx(3)
    assert "peak of memory 900 MB : " in answered["note"]
    shown = bench.answering.show(found)
    assert all(f"| {one['what']} | {one['against']} |" in shown for one in found)


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.onnx
def test_a_batch_job_is_measured_and_resumed(bench):
    busy, flat, resumed = bench.batch.measure(bench.how.How(quick=True), None, texts=1)
    assert "rows a second" in busy["told"]
    assert flat["met"]
    assert resumed["told"] == "none"
    assert resumed["met"]
    assert resumed["told"] in bench.batch.show([busy, flat, resumed])


def test_another_row_is_found(bench, tmp_path):
    values = np.array([1.0, np.nan, -0.0, 3.0])
    paths = []
    for place, column in enumerate(
        (values, values.copy(), np.abs(values), values[[0, 1, 3, 2]], values[[0, 1, 2, 3, 3]])
    ):
        paths.append(tmp_path / f"{place}.parquet")
        pq.write_table(pa.table({"prediction": column}), paths[-1])
    first, *others = paths
    assert [bench.batch._same(first, other) for other in others] == [True, False, False, False]


def test_without_room_nothing_is_written(bench, tmp_path):
    (told,) = bench.batch.measure(bench.how.How(), None, gigabytes=1e9, folder=str(tmp_path))
    assert "GB free" in told["told"]
    assert not told["met"]
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_job_that_fails_is_no_figure(bench, tmp_path):
    with pytest.raises(RuntimeError, match=r"none\.samescale"):
        bench.jobs.predict(tmp_path / "none.samescale", tmp_path / "t.csv", tmp_path / "o.csv")


def test_a_job_spends_what_its_process_does(bench, monkeypatch, tmp_path):
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 20\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    spent = bench.jobs.predict(tmp_path, tmp_path, tmp_path, within=0.3)
    assert spent.killed
    assert 0.3 <= spent.seconds < 10
    assert spent.cpu < 0.2
