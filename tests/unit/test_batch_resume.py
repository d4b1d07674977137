"""A batch job that was broken off goes on where it was, and no row is lost or there twice."""

import csv
import itertools
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

from samescale import batch, sinks
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
@pytest.mark.parametrize("stops", [(1,), (2, 5), (3, 1, 4), (8,)])
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
    assert len(list((tmp_path / ".out.csv.unfinished").glob("*.csv"))) == 4


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


def _begun(fitted, table, out, chunks=4):
    with pytest.raises(KeyboardInterrupt):
        Predictor(fitted, BreaksOff(fitted, chunks)).predict_file(
            table, out, resume=True, threads=1
        )
    return out.with_name(f".{out.name}.unfinished")


@pytest.mark.parametrize("kind", ["dict", "generator"])
def test_a_table_that_may_be_another_next_time_is_refused(fitted, tmp_path, kind):
    columns = {"a": np.arange(9.0), "b": np.arange(9.0)}
    source = columns if kind == "dict" else (columns for _ in range(2))
    with pytest.raises(SourceError, match="Nothing tells whether") as caught:
        Predictor(fitted, LinearRuntime(fitted)).predict_file(
            source, tmp_path / "out.csv", resume=True
        )
    assert "file on this machine" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_file_read_cell_by_cell_tells_when_it_was_written(fitted, tmp_path):
    path, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    rows = [f"{i % 5},{i % 3}" for i in range(2_000)]
    path.write_text("\n".join(["a,b", *rows[:-1], "1,x"]) + "\n")
    predictor = Predictor(fitted, LinearRuntime(fitted), policies="off")
    with pytest.raises(SchemaError, match="'x'"):
        predictor.predict_file(path, out, resume=True)
    path.write_text("\n".join(["a,b", *reversed(rows[:-1]), "1,x"]) + "\n")
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match="its version is another"):
        predictor.predict_file(path, out, resume=True)


@pytest.mark.parametrize("text", ["", '{"mod', "3", "null"])
def test_half_a_job_is_begun_anew(fitted, table, tmp_path, text):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    folder = _begun(fitted, table, out)
    (folder / "job.json").write_text(text)
    (folder / "000000.csv").write_text("prediction\n7\n")
    asked = LinearRuntime(fitted)
    Predictor(fitted, asked).predict_file(table, out, resume=True)
    Predictor(fitted, LinearRuntime(fitted)).predict_file(table, whole)
    assert sum(asked.calls) == ROWS
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    "line", ["3", "{}", "[]", '{"sha256": 1, "rows": 9, "findings": [{"x": 1}]}']
)
def test_a_line_that_says_something_else_doesnt_count(fitted, table, tmp_path, line):
    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    folder = _begun(fitted, table, out)
    (folder / "000000.csv.json").write_text(line)
    predictor = Predictor(fitted, LinearRuntime(fitted))
    predictor.predict_file(table, out, resume=True)
    predictor.predict_file(table, whole)
    assert out.read_bytes() == whole.read_bytes()


def test_what_stands_behind_a_gap_is_gone(fitted, table, tmp_path):
    out = tmp_path / "out.csv"
    folder = _begun(fitted, table, out, 7)
    (folder / ".000009.csv.0a.part").write_text("left by one that was killed")
    (folder / "000000.csv.json").unlink()
    _begun(fitted, table, out, 0)
    assert [file.name for file in folder.iterdir()] == ["job.json"]


def test_a_full_disk_lets_go_of_the_job(fitted, table, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    predictor, out = Predictor(fitted, LinearRuntime(fitted)), tmp_path / "out.csv"
    monkeypatch.setattr(os, "fsync", full)
    for _ in range(2):
        with pytest.raises(SourceError, match="No space left"):
            predictor.predict_file(table, out, resume=True)
    monkeypatch.undo()
    assert predictor.predict_file(table, out, resume=True).rows == ROWS


@pytest.mark.parametrize("when", ["joining", "removing"])
def test_what_breaks_off_at_the_end_ends_at_the_next_try(
    fitted, table, tmp_path, monkeypatch, when
):
    def broken(*_, **__):
        raise KeyboardInterrupt

    out, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    predictor, again = Predictor(fitted, LinearRuntime(fitted)), LinearRuntime(fitted)
    predictor.predict_file(table, whole)
    at = ("samescale.sinks.join", "samescale.batch.unfinished.shutil.rmtree")[when == "removing"]
    with monkeypatch.context() as patch:
        patch.setattr(at, broken)
        with pytest.raises(KeyboardInterrupt):
            predictor.predict_file(table, out, resume=True)
    assert out.exists() == (when == "removing")
    Predictor(fitted, again).predict_file(table, out, resume=True)
    assert out.read_bytes() == whole.read_bytes()
    assert sum(again.calls) == (0 if when == "joining" else ROWS)
    assert list(tmp_path.glob(".*")) == []


def test_one_that_is_killed_while_it_joins_leaves_nothing(fitted, table, tmp_path):
    out = tmp_path / "out.csv"
    _begun(fitted, table, out)
    (tmp_path / ".out.csv.joined.part").write_text("half of it")
    Predictor(fitted, LinearRuntime(fitted)).predict_file(table, out, resume=True)
    assert len(_read(out)) == ROWS
    assert list(tmp_path.glob(".*")) == []


def test_rows_before_an_unreadable_one_are_kept(fitted, tmp_path, monkeypatch):
    rows = np.arange(ROWS, dtype=float)
    path, out = tmp_path / "rows.parquet", tmp_path / "out.csv"
    parquet.write_table(pa.table({"a": rows, "b": rows}), path, row_group_size=GROUP)
    real = batch.work.of

    def of(schema):
        door = real(schema)

        class Breaks:
            admit = door.admit

            def raw(self, source):
                yield from itertools.islice(door.raw(source), 6)
                raise SourceError("The disk is broken.")

        return Breaks()

    monkeypatch.setattr(batch.work, "of", of)
    with pytest.raises(SourceError, match="disk is broken"):
        Predictor(fitted, LinearRuntime(fitted), policies="off").predict_file(
            path, out, resume=True, threads=4
        )
    assert len(list((tmp_path / ".out.csv.unfinished").glob("*.csv"))) == 3


def test_a_header_of_two_lines_is_there_once(tmp_path):
    names, parts = ["prediction", "probability_a\nb", "probability_\r\nc"], []
    for number in range(3):
        parts.append(tmp_path / f"{number}.csv")
        with sinks.create(parts[-1]) as sink:
            sink.write({name: np.array([number, 0.5]) for name in names})
    sinks.join(parts, tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == names
    assert [row[0] for row in rows[1:]] == ["0.0", "0.5", "1.0", "0.5", "2.0", "0.5"]
