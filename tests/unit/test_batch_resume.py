"""A batch job that was broken off goes on where it was, and no row is lost or there twice."""

import csv
import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from samescale import batch
from samescale.batch import unfinished
from samescale.errors import SchemaError, SourceError, SpecError
from samescale.predictor import Predictor
from samescale.spec import Spec
from samescale.transforms import load
from tests.unit.predictors import LinearRuntime

ROWS = 5_000
GROUP = 500


class BreaksOff(LinearRuntime):
    """Answers so many chunks, and then no more."""

    def __init__(self, fitted, most):
        super().__init__(fitted)
        self.most = most

    def predict(self, columns):
        if len(self.calls) >= self.most:
            raise KeyboardInterrupt
        return super().predict(columns)


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    spec = Spec({name: load("Normalization")() for name in ("a", "b")})
    return spec.adapt({"a": rng.normal(3, 2, 1_000), "b": rng.normal(size=1_000)})


@pytest.fixture
def table(tmp_path):
    path, rng = tmp_path / "rows.parquet", np.random.default_rng(1)
    columns = {"a": rng.normal(3, 2, ROWS), "b": rng.normal(size=ROWS)}
    parquet.write_table(pa.table(columns), path, row_group_size=GROUP)
    return path


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Parts of two chunks, chunks of a row group."""
    monkeypatch.setattr(unfinished, "PART_ROWS", 2 * GROUP)
    real = batch.work.of

    def of(schema):
        door = real(schema)

        class Small:
            admit = door.admit

            def raw(self, source):
                return door.raw(source, rows=GROUP)

        return Small()

    monkeypatch.setattr(batch.work, "of", of)


def _read(path):
    if path.suffix == ".parquet":
        return parquet.read_table(path)["prediction"].to_numpy()
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return np.array([float(row["prediction"]) for row in csv.DictReader(file)], np.float32)
    lines = path.read_text().splitlines()
    return np.array([json.loads(line)["prediction"] for line in lines], np.float32)


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("stops", [(1,), (2, 5), (3, 1, 4), (9,)])
def test_what_was_broken_off_goes_on(fitted, table, tmp_path, ending, stops):
    out, whole = tmp_path / f"out.{ending}", tmp_path / f"whole.{ending}"
    predictor = Predictor(fitted, LinearRuntime(fitted))
    predictor.predict_file(table, whole)
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            Predictor(fitted, BreaksOff(fitted, stop)).predict_file(
                table, out, resume=True, threads=2
            )
        assert not out.exists()
    asked = LinearRuntime(fitted)
    written = Predictor(fitted, asked).predict_file(table, out, resume=True)
    assert written.rows == ROWS
    assert _read(out).tobytes() == _read(whole).tobytes()
    assert sum(asked.calls) <= ROWS
    assert list(tmp_path.glob(".*")) == []


def test_parts_that_are_done_arent_answered_again(fitted, table, tmp_path):
    out = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        Predictor(fitted, BreaksOff(fitted, 9)).predict_file(table, out, resume=True, threads=1)
    asked = LinearRuntime(fitted)
    Predictor(fitted, asked).predict_file(table, out, resume=True)
    assert sum(asked.calls) <= ROWS - 3 * 2 * GROUP


@pytest.mark.parametrize("harm", ["cut", "no line", "changed line"])
def test_a_part_that_isnt_whole_is_made_again(fitted, table, tmp_path, harm):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    predictor = Predictor(fitted, LinearRuntime(fitted))
    predictor.predict_file(table, whole)
    with pytest.raises(KeyboardInterrupt):
        Predictor(fitted, BreaksOff(fitted, 9)).predict_file(table, out, resume=True, threads=1)
    folder = tmp_path / ".out.csv.unfinished"
    part, line = folder / "000001.csv", folder / "000001.csv.json"
    match harm:
        case "cut":
            part.write_bytes(part.read_bytes()[:-7])
        case "no line":
            line.unlink()
        case _:
            line.write_text(line.read_text()[:-9])
    predictor.predict_file(table, out, resume=True)
    assert out.read_bytes() == whole.read_bytes()


def test_the_beginning_of_another_job_is_refused(fitted, table, tmp_path):
    out = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        Predictor(fitted, BreaksOff(fitted, 4)).predict_file(table, out, resume=True)
    before = sorted(path.name for path in (tmp_path / ".out.csv.unfinished").iterdir())
    os.utime(table, ns=(1, 1))
    with pytest.raises(SourceError, match="its version is another") as caught:
        Predictor(fitted, LinearRuntime(fitted)).predict_file(table, out, resume=True)
    assert "Remove that folder" in caught.value.remedy
    assert sorted(path.name for path in (tmp_path / ".out.csv.unfinished").iterdir()) == before


def test_two_processes_dont_write_one_file(fitted, table, tmp_path):
    out = tmp_path / "out.csv"
    runtime = LinearRuntime(fitted)
    other = Predictor(fitted, LinearRuntime(fitted))

    class Nosy(LinearRuntime):
        def predict(self, columns):
            other.predict_file(table, out, resume=True)
            return super().predict(columns)

    del runtime
    with pytest.raises(SourceError, match="Another process is writing"):
        Predictor(fitted, Nosy(fitted)).predict_file(table, out, resume=True)


def test_a_bad_row_leaves_what_was_done(fitted, tmp_path):
    rows = np.arange(ROWS, dtype=float)
    columns = {"a": np.where(rows == 4_200, np.nan, rows), "b": rows}
    path, out = tmp_path / "bad.parquet", tmp_path / "out.csv"
    parquet.write_table(pa.table(columns), path, row_group_size=GROUP)
    with pytest.raises(SchemaError, match="4200"):
        Predictor(fitted, LinearRuntime(fitted), policies="off").predict_file(
            path, out, resume=True, threads=1
        )
    assert len(list((tmp_path / ".out.csv.unfinished").glob("*.csv"))) == 3


@pytest.mark.parametrize("threads", [0, -1, 1.5, True])
def test_threads_are_a_whole_number(fitted, table, tmp_path, threads):
    with pytest.raises(SpecError, match="threads"):
        Predictor(fitted, LinearRuntime(fitted)).predict_file(
            table, tmp_path / "o.csv", threads=threads
        )


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_order_is_the_tables(fitted, table, tmp_path, threads):
    predictor = Predictor(fitted, LinearRuntime(fitted))
    predictor.predict_file(table, tmp_path / "o.parquet", threads=threads)
    wanted = predictor.predict(table)
    assert np.array_equal(_read(tmp_path / "o.parquet"), wanted)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_process_that_was_killed_is_gone_on_with(fitted, table, tmp_path):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    predictor = Predictor(fitted, LinearRuntime(fitted))
    predictor.predict_file(table, whole)
    fitted.save(tmp_path / "a.fitted")
    code = f"""
        import os, signal
        import samescale as ss
        from samescale.batch import unfinished, work
        from tests.unit.predictors import LinearRuntime
        unfinished.PART_ROWS = {2 * GROUP}
        fitted = ss.Fitted.load({str(tmp_path / "a.fitted")!r})
        class Dies(LinearRuntime):
            def predict(self, columns):
                if len(self.calls) == 5:
                    os.kill(os.getpid(), signal.SIGKILL)
                return super().predict(columns)
        real = work.of
        def of(schema):
            door = real(schema)
            class Small:
                admit = door.admit
                def raw(self, source):
                    return door.raw(source, rows={GROUP})
            return Small()
        work.of = of
        ss.Predictor(fitted, Dies(fitted)).predict_file(
            {str(table)!r}, {str(out)!r}, resume=True, threads=1
        )
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    asked = LinearRuntime(fitted)
    Predictor(fitted, asked).predict_file(str(table), out, resume=True)
    assert out.read_bytes() == whole.read_bytes()
    assert sum(asked.calls) < ROWS
