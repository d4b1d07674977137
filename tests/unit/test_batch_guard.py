"""What the guard finds in a table of many chunks, told once."""

import json
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyarrow import parquet

from samescale.batch import unfinished, work
from samescale.batch.written import joined
from samescale.errors import GuardError
from samescale.findings import Finding
from tests.unit import guarding

GROUP = 100
CHUNKS = 8

pytestmark = pytest.mark.usefixtures("counted")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Parts of two chunks."""
    monkeypatch.setattr(unfinished, "PART_ROWS", 2 * GROUP)
    real = work.of

    def of(schema):
        door = real(schema)
        return SimpleNamespace(admit=door.admit, raw=lambda table: door.raw(table, rows=GROUP))

    monkeypatch.setattr(work, "of", of)


@pytest.fixture
def table(tmp_path):
    """Chunks of which the second and the last arrive ×1000, the last being half as long."""
    path, rows = tmp_path / "rows.parquet", guarding.raw(GROUP * CHUNKS)
    writer = None
    for chunk in range(CHUNKS):
        part = {n: c[chunk * GROUP : (chunk + 1) * GROUP] for n, c in rows.items()}
        if chunk in {1, CHUNKS - 1}:
            part["a"] = part["a"] * 1000
        made = pa.table(
            {name: column[: GROUP // (1 + (chunk == CHUNKS - 1))] for name, column in part.items()}
        )
        writer = writer or parquet.ParquetWriter(path, made.schema)
        writer.write_table(made)
    writer.close()
    return path


def only(written):
    (finding,) = [one for one in written.findings if one.code == "SG307"]
    return finding


@pytest.mark.parametrize("resume", [False, True])
def test_a_mistake_is_told_once_and_says_in_how_many_chunks(table, tmp_path, resume):
    out = tmp_path / "out.parquet"
    written = guarding.predictor().predict_file(table, out, resume=resume, threads=2)
    finding = only(written)
    assert finding.chunks == 2
    assert finding.share == pytest.approx(150 / 750)
    assert finding.message.endswith("(In 2 chunks, 20% of the rows.)")
    assert finding.evidence == 200  # of the chunk that has most
    assert [one.code for one in written.findings] == ["SG307"]
    assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


def test_each_chunk_is_repaired_by_itself_and_it_is_told_once(table, tmp_path):
    predictor = guarding.predictor({"other-unit": "repair"})
    written = predictor.predict_file(table, tmp_path / "out.csv", threads=1)
    assert "taken back" in only(written).message
    assert all(columns["a"].max() < 200 for columns in predictor.runtime.asked)


def test_a_refused_chunk_says_where_it_begins(table, tmp_path):
    with pytest.raises(GuardError, match=rf"In the rows from {GROUP} on: SG307"):
        guarding.predictor({"other-unit": "raise"}).predict_file(table, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_last_chunk_of_one_row_is_no_part_of_the_stream(tmp_path):
    predictor, out = guarding.predictor(), tmp_path / "out.csv"
    predictor.predict_file(guarding.raw(1), out)
    assert predictor.watch.counts()["rows_seen"] == 0


def test_shares_of_rules_are_still_those_of_all_rows():
    rule = Finding("SG202", "Out.", "", "warning", column="a", share=0.5)
    (finding,) = joined([(10, (rule,)), (30, ())], 40)
    assert (finding.share, finding.chunks) == (0.125, None)


def test_the_policies_are_part_of_what_makes_a_job_the_same():
    told = guarding.predictor({"other-unit": {"a": "repair", "default": "warn"}}).guard.policies
    assert json.loads(json.dumps(dict(told)))["other-unit"] == {"a": "repair", "default": "warn"}
