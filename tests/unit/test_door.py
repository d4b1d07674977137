from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from samescale import sources
from samescale.door import Door, door, of
from samescale.errors import SamescaleError, SchemaError, SourceError
from samescale.schema import Column, Schema
from samescale.sources.base import Chunk

SCHEMA = Schema(
    (
        Column("age", "float32"),
        Column("income", "float64", nullable=True),
        Column("shop", "int64", kind="integer"),
        Column("level", "uint8", kind="integer"),
        Column("count", "float32", kind="integer", nullable=True),
        Column("city", "string", kind="string"),
        Column("note", "string", kind="string", nullable=True),
        Column("member", "float32", kind="boolean"),
        Column("flag", "bool", kind="boolean"),
        Column("day", "float64", kind="datetime"),
        Column("place", "float32", (2,)),
    )
)
ROW: dict[str, Any] = {
    "age": 41.5,
    "income": 1e5,
    "shop": 7,
    "level": 3,
    "count": 2,
    "city": "Kyiv",
    "note": "x",
    "member": True,
    "flag": False,
    "day": "1970-01-02",
    "place": [1.5, 2],
}
NUMBERS = Schema((Column("a", "float32"), Column("b", "float64")))


def codes(table: Any, schema: Schema = SCHEMA, **options: Any) -> list[tuple[str, str | None]]:
    admitted = door(schema, table, on_finding="return", **options)
    return [(finding.code, finding.column) for finding in admitted.findings]


def taken(name: str, value: Any) -> Any:
    return door(SCHEMA, {**ROW, name: value}).columns[name][0]


def test_a_row_becomes_the_declared_arrays():
    admitted = door(SCHEMA, ROW)
    assert admitted.rows == 1
    assert tuple(admitted.columns) == SCHEMA.names
    for column in SCHEMA.columns:
        array = admitted.columns[column.name]
        assert (array.dtype, array.shape) == (column.type.numpy, (1, *column.shape))
        assert array.flags.c_contiguous


def tables() -> dict[str, Any]:
    rows = [ROW, {**ROW, "age": 1.0, "note": None, "income": None}]
    columns = {name: [row[name] for row in rows] for name in ROW}
    arrow = pa.table({**columns, "place": pa.array(columns["place"], pa.list_(pa.float64(), 2))})
    typed = {**columns, "age": np.array(columns["age"]), "place": np.array(columns["place"])}
    source = sources.open(arrow)
    (chunk,) = source.chunks(SCHEMA.names)
    return {
        "rows": rows,
        "reordered": [dict(reversed(row.items())) for row in rows],
        "columns": columns,
        "typed": typed,
        "arrow": arrow,
        "chunk": chunk,
        "source": source,
    }


@pytest.mark.parametrize("kind", tables())
def test_every_form_of_a_table_gives_the_same_arrays(kind):
    wanted, got = door(SCHEMA, tables()["rows"]), door(SCHEMA, tables()[kind])
    assert list(got.columns) == list(wanted.columns)
    for name, array in wanted.columns.items():
        assert got.columns[name].dtype == array.dtype
        assert np.array_equal(got.columns[name], array, equal_nan=array.dtype.kind == "f")


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_frames_come_in(package):
    module = pytest.importorskip(package)
    frame = module.DataFrame({"b": [1, 2], "a": [1.5, 2.5]})
    assert door(NUMBERS, frame).columns["b"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("age", "abc", "SG106"),
        ("age", "1.5", "SG106"),
        ("age", True, "SG103"),
        ("age", np.True_, "SG103"),
        ("age", None, "SG105"),
        ("age", float("nan"), "SG105"),
        ("age", float("inf"), "SG107"),
        ("age", 1e39, "SG107"),
        ("age", 10**400, "SG107"),
        ("age", dt.date(2024, 1, 1), "SG103"),
        ("age", {"a": 1}, "SG104"),
        ("age", object(), "SG103"),
        ("age", 1j, "SG103"),
        ("age", b"1", "SG103"),
        ("income", "", "SG106"),
        ("income", float("-inf"), "SG107"),
        ("shop", 1.5, "SG106"),
        ("shop", 2**63, "SG106"),
        ("shop", None, "SG105"),
        ("shop", float("inf"), "SG107"),
        ("level", 256, "SG106"),
        ("level", -1, "SG106"),
        ("count", 1.5, "SG106"),
        ("city", 5, "SG103"),
        ("city", True, "SG103"),
        ("city", None, "SG105"),
        ("city", ["a"], "SG104"),
        ("member", 2, "SG103"),
        ("member", "yes", "SG106"),
        ("member", None, "SG105"),
        ("flag", 0.5, "SG103"),
        ("flag", None, "SG105"),
        ("day", "tomorrow", "SG106"),
        ("day", True, "SG103"),
        ("day", None, "SG105"),
        ("place", [1.0], "SG104"),
        ("place", 1.0, "SG104"),
        ("place", [[1.0, 2.0]], "SG104"),
        ("place", [[1.0], [1.0, 2.0]], "SG104"),
        ("place", [1.0, "x"], "SG106"),
        ("place", [1.0, True], "SG103"),
        ("place", [1.0, None], "SG105"),
        ("place", "ab", "SG104"),
    ],
)
def test_a_wrong_value_is_a_finding(name, value, code):
    assert codes({**ROW, name: value}) == [(code, name)]
    # Among others, it is named by its row and its share.
    (found,) = door(SCHEMA, [ROW, ROW, {**ROW, name: value}, ROW], on_finding="return").findings
    assert (found.code, found.column, found.row) == (code, name, 2)
    assert found.remedy
    assert name in found.message
    assert "row 2" in found.message


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("age", 7, np.float32(7)),
        ("age", np.int64(7), np.float32(7)),
        ("age", 0.1, np.float32(0.1)),
        ("age", decimal.Decimal("1.5"), np.float32(1.5)),
        ("age", -0.0, np.float32(-0.0)),
        ("shop", 3.0, 3),
        ("shop", 2**63 - 1, 2**63 - 1),
        ("shop", -(2**63), -(2**63)),
        ("level", 255, 255),
        ("member", 1, 1.0),
        ("member", 0.0, 0.0),
        ("flag", True, True),
        ("flag", 1, True),
        ("day", dt.date(1970, 1, 2), 86_400.0),
        ("day", dt.datetime(1970, 1, 1, 1, tzinfo=dt.UTC), 3_600.0),
        ("day", np.datetime64("1970-01-02"), 86_400.0),
        ("day", "1970-01-01T01:00:00+01:00", 0.0),
        ("day", 1.5, 1.5),
        ("city", "", ""),
        ("city", np.str_("a"), "a"),
    ],
)
def test_these_values_are_taken(name, value, wanted):
    assert taken(name, value) == wanted


@pytest.mark.parametrize("gap", [None, float("nan"), np.nan])
def test_missing_values_are_taken_where_the_contract_has_them(gap):
    assert np.isnan(taken("income", gap))
    assert np.isnan(taken("count", gap))
    assert taken("note", gap) is None


def test_pandas_own_missing_values_are_missing():
    pandas = pytest.importorskip("pandas")
    assert np.isnan(taken("income", pandas.NA))
    assert taken("note", pandas.NA) is None
    assert codes({**ROW, "day": pandas.NaT}) == [("SG105", "day")]


def test_all_findings_are_raised_together():
    row = {**ROW, "age": "abc", "shop": 1.5, "citty": "x"}
    del row["city"]
    with pytest.raises(SchemaError) as caught:
        door(SCHEMA, row)
    assert sorted(f.code for f in caught.value.findings) == ["SG101", "SG102", "SG106", "SG106"]
    assert "Did you mean 'city'?" in str(caught.value)
    assert "Rename 'citty' to 'city'" in str(caught.value)


def test_a_single_finding_is_the_message():
    with pytest.raises(SchemaError, match=r"^SG106 Column 'age' has 'abc' in row 0, which is text"):
        door(SCHEMA, {**ROW, "age": "abc"})


def test_extra_columns_can_be_ignored():
    rows = [{"a": 1.5, "b": 2.5, "target": 1}] * 2
    assert codes(rows, NUMBERS) == [("SG102", "target")]
    assert door(NUMBERS, rows, extra="ignore").columns["a"].tolist() == [1.5, 1.5]
    columns = {"a": np.ones(2), "b": np.ones(2), "target": ["x", "y"]}
    assert list(door(NUMBERS, columns, extra="ignore").columns) == ["a", "b"]


def test_a_key_that_one_row_lacks_is_named():
    (found,) = door(NUMBERS, [{"a": 1, "b": 2}, {"a": 1}], on_finding="return").findings
    assert (found.code, found.column, found.row) == ("SG101", "b", 1)


def test_what_is_right_is_admitted_beside_findings():
    admitted = door(NUMBERS, {"a": 1.5, "b": "x"}, on_finding="return")
    assert list(admitted.columns) == ["a"]


@pytest.mark.parametrize(
    "table",
    [
        np.array([[1.5, 2.5]]),
        np.array([[1, 2]]),
        np.array([[1.5, 2.5]], dtype=np.float32)[:, :],
        np.asfortranarray([[1.5, 2.5]]),
        np.array([[1.5, 2.5]], dtype=object),
    ],
)
def test_a_plain_array_of_the_schema_s_width_is_taken(table):
    admitted = door(NUMBERS, table)
    assert admitted.columns["b"].tolist() == [table[0, 1]]
    assert all(array.flags.c_contiguous for array in admitted.columns.values())


@pytest.mark.parametrize(
    "table", [np.zeros((2, 3)), np.zeros(2), np.zeros((2, 2, 1)), np.array(3.0)]
)
def test_a_plain_array_of_another_width_is_refused(table):
    assert codes(table, NUMBERS) == [("SG104", None)]


def test_a_plain_array_can_t_hold_shaped_columns():
    assert codes(np.zeros((2, 11))) == [("SG104", None)]


def test_a_boolean_array_is_no_number():
    assert codes({"a": np.array([True]), "b": np.ones(1)}, NUMBERS) == [("SG103", "a")]


@pytest.mark.parametrize(
    "array",
    [np.array(["1"]), np.array(["2024"], dtype="M8[Y]"), np.array([1j]), np.array([b"x"])],
)
def test_an_array_of_another_type_is_a_finding(array):
    ((code, column),) = codes({"a": array, "b": np.ones(1)}, NUMBERS)
    assert (code in {"SG103", "SG106"}, column) == (True, "a")


def test_columns_of_other_lengths_are_named():
    assert codes({"a": [1.0, 2.0], "b": [1.0]}, NUMBERS) == [("SG104", "b")]
    assert codes({"a": np.ones(2), "b": np.ones(3)}, NUMBERS) == [("SG104", "b")]


def test_a_single_value_among_columns_is_named():
    schema = Schema((*NUMBERS.columns, Column("c", "float32")))
    assert codes({"a": [1.0], "b": 1.0, "c": [2.0]}, schema) == [("SG104", "b")]


@pytest.mark.parametrize("table", [[], {"a": [], "b": []}, {"a": np.empty(0), "b": np.empty(0)}])
def test_no_rows_give_empty_arrays(table):
    admitted = door(NUMBERS, table)
    assert admitted.rows == 0
    assert [array.shape for array in admitted.columns.values()] == [(0,), (0,)]


def test_an_empty_dict_misses_every_column():
    assert codes({}, NUMBERS) == [("SG101", "a"), ("SG101", "b")]


@pytest.mark.parametrize("table", [None, 3, "nowhere.csv", object(), [1, 2]])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(SourceError):
        door(NUMBERS, table)


def test_masked_values_are_missing():
    masked = np.ma.masked_array([1.0, 2.0], mask=[False, True])
    assert codes({"a": masked, "b": [1.0, 2.0]}, NUMBERS) == [("SG105", "a")]


def test_a_column_of_a_type_that_none_can_have_is_a_finding():
    table = pa.table({"a": [{"x": 1}], "b": [1.0]})
    assert codes(table, NUMBERS) == [("SG103", "a")]


def test_an_integer_rounds_alone_as_among_floats_and_in_an_array():
    # Twice rounded on the way to float32, this one is not what it is when rounded once.
    large = 2**60 + 2**36 + 1
    schema = Schema((Column("a", "float32"), Column("b", "float32")))
    alone = door(schema, {"a": large, "b": large}).columns["a"]
    among = door(schema, {"a": [large, 0.5], "b": [1, 2]}).columns["a"][:1]
    array = door(schema, {"a": np.array([large]), "b": [1]}).columns["a"]
    assert alone.tobytes() == among.tobytes() == array.tobytes()


def test_a_large_integer_beside_a_float_stays_exact():
    schema = Schema((Column("a", "int64", kind="integer"),))
    assert door(schema, {"a": [2**60 + 1, 3.0]}).columns["a"].tolist() == [2**60 + 1, 3]


def test_a_chunk_s_findings_name_the_row_of_the_table():
    chunk = Chunk({"a": np.array([1.0, np.nan]), "b": np.ones(2)}, start=100, rows=2)
    (found,) = door(NUMBERS, chunk, on_finding="return").findings
    assert found.row == 101


class TestSources:
    def test_a_source_comes_in_chunk_by_chunk(self):
        source = sources.open({"b": np.arange(5), "a": np.arange(5.0), "more": ["x"] * 5})
        admitted = list(Door(NUMBERS).chunks(source, rows=2))
        assert [(chunk.start, chunk.rows) for chunk in admitted] == [(0, 2), (2, 2), (4, 1)]
        assert np.concatenate([c.columns["b"] for c in admitted]).tolist() == [0, 1, 2, 3, 4]

    def test_a_finding_names_the_row_of_the_whole_source(self):
        source = sources.open({"a": [0.0] * 5 + [float("inf")], "b": [1] * 6})
        with pytest.raises(SchemaError, match="row 5"):
            list(Door(NUMBERS).chunks(source, rows=2))

    def test_a_missing_column_is_told_before_anything_is_read(self):
        source = sources.open({"a": [1.0], "bb": [1.0]})
        with pytest.raises(SchemaError, match="'bb' was sent"):
            list(Door(NUMBERS).chunks(source))

    def test_a_column_without_values_suits_text(self, tmp_path):
        (tmp_path / "t.csv").write_text("note,a\n,1\n,2\n")
        schema = Schema((Column("note", "string", kind="string", nullable=True),))
        (admitted,) = Door(schema).chunks(sources.open(tmp_path / "t.csv"))
        assert admitted.columns["note"].tolist() == [None, None]


def test_every_nan_comes_in_as_the_same():
    odd = np.array([np.nan, -np.nan, 0.0])
    odd.view(np.uint64)[1] |= 12345
    row = {"age": 1.0, "income": float(odd[1])}
    schema = Schema(SCHEMA.columns[:2])
    forms = [row, [row], {"age": np.ones(1), "income": odd[1:2]}, {"age": [1], "income": odd[1:2]}]
    arrays = [door(schema, form).columns["income"] for form in forms]
    assert {array.tobytes() for array in arrays} == {np.array([np.nan]).tobytes()}


def test_a_door_is_compiled_once():
    assert of(NUMBERS) is of(NUMBERS)


def test_many_schemas_are_not_all_kept():
    schemas = [Schema((Column(f"c{i}", "float32"),)) for i in range(200)]
    assert [of(schema).schema is schema for schema in schemas] == [True] * 200
    assert of(schemas[0]).schema is schemas[0]


FRAMES = {
    "plain": {"age": [41.0, 30.5], "city": ["Oslo", "Rome"]},
    "gaps": {"age": [41.0, float("nan")], "city": ["Oslo", None]},
    "integers": {"age": [41, 30], "city": ["Oslo", "Rome"]},
    "booleans": {"age": [True, False], "city": ["Oslo", "Rome"]},
    "missing column": {"age": [41.0]},
    "more columns": {"age": [41.0], "city": ["Oslo"], "id": [7.0]},
    "infinite": {"age": [float("inf")], "city": ["Oslo"]},
    "large": {"age": [1e300], "city": ["Oslo"]},
    "no rows": {"age": [], "city": []},
}


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("extra", ["error", "ignore"])
@pytest.mark.parametrize("name", FRAMES)
def test_a_short_frame_is_what_its_arrow_table_is(name, extra, nullable):
    pd = pytest.importorskip("pandas")
    schema = Schema(
        (
            Column("age", "float32", nullable=nullable),
            Column("city", "string", kind="string", nullable=nullable),
        )
    )
    frame = pd.DataFrame(FRAMES[name])

    def outcome(table):
        try:
            admitted = door(schema, table, extra=extra, on_finding="return")
        except SamescaleError as error:
            return str(error)
        columns = {n: (x.dtype, x.tolist()) for n, x in admitted.columns.items()}
        return repr(columns), [str(finding) for finding in admitted.findings]

    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException:
        table = {n: frame[n].tolist() for n in frame}
    assert outcome(frame) == outcome(table)
