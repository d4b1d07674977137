"""Laws of the door: whatever is sent, it is the declared arrays or findings, and nothing else."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from samescale.door import Door, values
from samescale.door.rows import ShortWay
from samescale.errors import SourceError
from samescale.schema import Column, Schema

SCHEMA = Schema(
    (
        Column("age", "float32"),
        Column("income", "float64", nullable=True),
        Column("shop", "int64", kind="integer"),
        Column("level", "uint8", kind="integer"),
        Column("city", "string", kind="string"),
        Column("note", "string", kind="string", nullable=True),
        Column("member", "float32", kind="boolean", nullable=True),
        Column("day", "float64", kind="datetime"),
        Column("place", "float32", (2,)),
    )
)
PLAIN = Schema(tuple(c for c in SCHEMA.columns if c.kind in {"number", "string"} and not c.shape))

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "age": FLOATS | st.integers(-(2**70), 2**70),
    "income": st.none() | st.floats(allow_infinity=False) | st.integers(-(2**70), 2**70),
    "shop": st.integers(-(2**63), 2**63 - 1),
    "level": st.integers(0, 255) | st.integers(0, 255).map(float),
    "city": st.text(max_size=3),
    "note": st.none() | st.text(max_size=3),
    "member": st.none() | st.booleans() | st.sampled_from([0, 1, 0.0, 1.0]),
    "day": st.dates() | st.datetimes() | st.dates().map(dt.date.isoformat) | FLOATS,
    "place": st.lists(FLOATS, min_size=2, max_size=2),
}
HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**399, 10**400),
    st.floats(),
    st.text(max_size=4),
    st.binary(max_size=3),
    st.decimals(),
    st.complex_numbers(),
    st.dates(),
    st.timedeltas(),
    st.just(decimal.Decimal("sNaN")),
    st.sampled_from([np.float32(1), np.int8(3), np.True_, np.str_("a"), np.datetime64("NaT")]),
    st.sampled_from([object(), len, {1}, {"a": 1}, range(3), np.zeros((2, 2)), np.array(3)]),
    st.recursive(st.integers() | st.text(max_size=1), lambda x: st.lists(x, max_size=3)),
)


@st.composite
def rows(draw: Any, schema: Schema = SCHEMA, most: int = 4) -> list[dict[str, Any]]:
    """Rows that keep the contract."""
    fields = {name: GOOD[name] for name in schema.names}
    return draw(st.lists(st.fixed_dictionaries(fields), min_size=1, max_size=most))


def columns_of(table: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in table] for name in table[0]}


def bits(columns: Any) -> dict[str, Any]:
    return {
        name: (str(a.dtype), a.shape, a.tolist() if a.dtype == object else a.tobytes())
        for name, a in columns.items()
    }


def declared(admitted: Any, schema: Schema) -> bool:
    return all(
        array.dtype == schema[name].type.numpy
        and array.shape == (admitted.rows, *schema[name].shape)
        and array.flags.c_contiguous
        for name, array in admitted.columns.items()
    )


@given(rows(), st.randoms())
@settings(deadline=None)
def test_order_and_form_change_no_bit(table, random):
    names = list(SCHEMA.names)
    random.shuffle(names)
    wanted = bits(Door(SCHEMA).admit(table).columns)
    shuffled = [{name: row[name] for name in names} for row in table]
    assert bits(Door(SCHEMA).admit(shuffled).columns) == wanted
    assert bits(Door(SCHEMA).admit(columns_of(shuffled)).columns) == wanted


@given(rows())
@settings(deadline=None)
def test_rows_come_in_alone_as_they_come_in_together(table):
    door = Door(SCHEMA)
    together = door.admit(table).columns
    alone = [door.admit(row).columns for row in table]
    joined = {name: np.concatenate([part[name] for part in alone]) for name in together}
    assert bits(joined) == bits(together)


@given(rows(PLAIN))
@settings(deadline=None)
def test_the_short_way_gives_what_the_long_way_gives(table):
    short = ShortWay(PLAIN).rows(table, more=False)
    long = {
        c.name: values.take(c, [row[c.name] for row in table], len(table))[0] for c in PLAIN.columns
    }
    assert short is None or bits(short) == bits(long)


@given(rows(), st.data())
@settings(deadline=None, max_examples=300)
def test_a_hostile_value_is_taken_or_found(table, data):
    row = data.draw(st.integers(0, len(table) - 1))
    name = data.draw(st.sampled_from(SCHEMA.names))
    table[row] = {**table[row], name: data.draw(HOSTILE)}
    for sent in (table, columns_of(table), table[row]):
        admitted = Door(SCHEMA).admit(sent, on_finding="return")
        assert declared(admitted, SCHEMA)
        found = {finding.column for finding in admitted.findings}
        assert set(SCHEMA.names) - set(admitted.columns) == found
        assert all(finding.remedy and finding.message for finding in admitted.findings)


@given(rows(), st.data())
@settings(deadline=None)
def test_a_renamed_column_is_missing_and_unknown(table, data):
    name = data.draw(st.sampled_from(SCHEMA.names))
    other = data.draw(st.text(max_size=6).filter(lambda text: text not in SCHEMA.names))
    sent = [{other if key == name else key: row[key] for key in row} for row in table]
    found = Door(SCHEMA).admit(sent, on_finding="return").findings
    assert {(f.code, f.column) for f in found} == {("SG101", name), ("SG102", other)}


ANYTHING = st.recursive(
    HOSTILE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*SCHEMA.names, "x"]) | st.integers(), inner, max_size=9)
    ),
    max_leaves=12,
)


@given(ANYTHING)
@settings(deadline=None, max_examples=150)
def test_anything_is_admitted_found_or_no_table(table):
    try:
        admitted = Door(SCHEMA).admit(table, on_finding="return")
    except SourceError:
        return
    assert declared(admitted, SCHEMA)
    assert admitted.findings or set(admitted.columns) == set(SCHEMA.names)


@given(
    st.sampled_from(["f2", "f4", ">f8", "i1", "u8", "?", "U2", "S2", "M8[s]", "m8[s]", "c8", "O"]),
    st.sampled_from([(), (2,), (2, 2), (3,), (2, 1), (0,), (0, 2)]),
)
@settings(deadline=None)
def test_any_array_is_taken_or_found(dtype, shape):
    array = np.zeros(shape, dtype=dtype)
    for column in SCHEMA.columns:
        taken, found = values.take(column, array, 2)
        assert (taken is None) == bool(found)
        assert taken is None or taken.dtype == column.type.numpy
