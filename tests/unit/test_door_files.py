"""Files through the door: which cell, which column."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.door import door, of
from samescale.door.tables import opened
from samescale.errors import SchemaError
from samescale.schema import Column, Schema

SCHEMA = Schema(
    (
        Column("wind", "float32", nullable=True),
        Column("shop", "int64", kind="integer"),
        Column("rain", "bool", kind="boolean"),
        Column("day", "float64", kind="datetime"),
    )
)
HEADER = "wind,shop,rain,day\n"
GOOD = "12,1,true,2020-01-01\n"


def found(path) -> list[tuple[str, str | None, int | None, str | None]]:
    with pytest.raises(SchemaError) as chunked:
        list(of(SCHEMA).chunks(opened(SCHEMA, path)))
    findings = door(SCHEMA, path, on_finding="return").findings
    assert findings == chunked.value.findings
    return [(f.code, f.column, f.row, f.value) for f in findings]


def test_the_bad_cell_is_named_and_no_other(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(HEADER + GOOD + "500,2,maybe,never\n,x3,1,2020-01-01\n12C,007,0,2020-01-01\n")
    assert found(path) == [
        ("SG106", "wind", 3, "'12C'"),
        ("SG106", "shop", 2, "'x3'"),
        ("SG106", "rain", 1, "'maybe'"),
        ("SG106", "day", 1, "'never'"),
    ]


def test_a_date_is_no_number(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(HEADER + "2020-01-01,1,true,2020-01-01\n")
    assert found(path) == [("SG106", "wind", 0, "'2020-01-01'")]


def test_cells_that_can_be_read_are(tmp_path) -> None:
    (tmp_path / "rows.csv").write_text("shop,rain\n7,true\n8,1\n9,0\n")
    schema = Schema(SCHEMA.columns[1:3])
    (admitted,) = of(schema).chunks(opened(schema, tmp_path / "rows.csv"))
    assert admitted.columns["rain"].tolist() == [True, True, False]


def test_a_folder_of_csv_files_is_read_alike(tmp_path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(HEADER + GOOD + "12C,1,true,2020-01-01\n")
    assert found(tmp_path) == [("SG106", "wind", 1, "'12C'")]


def test_text_in_json_stays_text(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"wind": "12", "shop": 1, "rain": true, "day": "2020-01-01"}\n')
    assert found(path) == [("SG106", "wind", 0, "'12'")]


MIXED = '{"wind": 1.5, "shop": 1, "rain": true, "day": "2020-01-01"}\n' * 2 + (
    '{"wind": 1.5, "shop": true, "rain": true, "day": "2020-01-01"}\n'
)


def test_a_mixed_column_isn_t_called_missing(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(MIXED)
    assert [one[:2] for one in found(path)] == [("SG103", "shop")]
    with pytest.raises(SchemaError, match="SG103 Column 'shop' holds bool, int, such as True"):
        list(of(SCHEMA).chunks(opened(SCHEMA, path)))


def test_a_mixed_target_isn_t_called_missing(tmp_path) -> None:
    (tmp_path / "rows.jsonl").write_text(MIXED)
    with pytest.raises(ss.errors.SourceError, match="Column 'shop' holds bool, int"):
        ss.infer(tmp_path / "rows.jsonl", target="shop")


def test_a_predictor_s_file_names_the_cell(tmp_path) -> None:
    spec = ss.Spec({"x": ss.Normalization()})
    fitted = spec.adapt({"x": np.arange(4.0)})
    (tmp_path / "rows.csv").write_text("x\n12\n12C\n")
    with pytest.raises(SchemaError, match=r"SG106 Column 'x' has '12C' in row 1"):
        fitted.matrix(tmp_path / "rows.csv")


def test_a_finding_says_what_was_sent_in_one_wording() -> None:
    schema = Schema(SCHEMA.columns[:1])
    sent = [{"wind": True}, {"wind": [True, 1.5]}, {"wind": np.array([True, False])}]
    for table in sent:
        (finding,) = door(schema, table, on_finding="return").findings
        assert finding.code == "SG103"
        assert "has True in row 0, a boolean where a number is due." in finding.message


def test_a_date_with_the_year_first_may_have_slashes(tmp_path) -> None:
    rows = "2012/01/31,a\n,b\n2012-02-01,c\n2012/02/01 10:30,d\n"
    (tmp_path / "rows.csv").write_text("day,x\n" + rows)
    source = ss.sources.open(tmp_path / "rows.csv")
    assert source.columns[0].kind == "datetime"
    (chunk,) = source.chunks(["day"])
    read = chunk.columns["day"]
    schema = Schema((Column("day", "float64", kind="datetime"),))
    assert door(schema, {"day": "2012/02/01 10:30"}).columns["day"][0] == read[3]
    assert door(schema, {"day": "2012-01-31"}).columns["day"][0] == read[0]


def test_a_date_with_the_day_first_stays_text(tmp_path) -> None:
    (tmp_path / "rows.csv").write_text("day,x\n31/01/2012,1\n01/02/2012,2\n")
    assert ss.sources.open(tmp_path / "rows.csv").columns[0].kind == "string"
