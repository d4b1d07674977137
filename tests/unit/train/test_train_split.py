"""Rows are split by their number and the seed: alike everywhere, in every chunking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescale import sources
from samescale.errors import DataError, SpecError
from samescale.progress import NoProgress
from samescale.train.parts import parts
from samescale.train.split import NAMES, Split


def taken_apart(table, target="y", **options):
    settings = {"seed": 0, "validation": 0.2, **options}
    return parts(sources.open(table), target, NoProgress(), **settings)


def rows_of(part, name="x", rows=65_536):
    chunks = [chunk.columns[name] for chunk in part.chunks((name,), rows=rows)]
    return np.concatenate(chunks).tolist() if chunks else []


def table(rows):
    return {"x": np.arange(rows), "y": np.arange(rows) * 2.0}


@given(
    st.integers(1, 3000), st.integers(0, 2**70), st.floats(0.01, 0.99), st.sampled_from([0.0, 0.1])
)
def test_every_row_is_in_exactly_one_part(rows, seed, validation, stopping):
    split = Split.of(rows, seed=seed, validation=validation, stopping=stopping)
    held = sum(split.holds(name, 0, rows).astype(int) for name in NAMES)
    assert (held == 1).all()


@given(st.integers(2, 3000), st.integers(-5, 5), st.floats(0.01, 0.99))
def test_a_table_of_known_size_is_split_to_the_row(rows, seed, validation):
    split = Split.of(rows, seed=seed, validation=validation)
    assert split.holds("validation", 0, rows).sum() == round(rows * validation)


def test_a_long_table_is_split_nearly_so():
    rows = 2**20 + 1
    split = Split.of(rows, seed=3, validation=0.2, stopping=0.1)
    shares = [split.holds(name, 0, rows).mean() for name in NAMES]
    assert np.allclose(shares, [0.72, 0.08, 0.2], atol=0.002)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_place_of_a_row_does_not_depend_on_where_a_chunk_begins(start, rows):
    split = Split.of(1000, seed=1, validation=0.3, stopping=0.1)
    for name in NAMES:
        whole = split.holds(name, 0, 1000)
        assert (split.holds(name, start, rows) == whole[start : start + rows]).all()


def test_another_seed_is_another_split():
    first, second = (rows_of(taken_apart(table(1000), seed=seed).validation) for seed in (0, 1))
    # Two independent fifths of 1,000 rows share 40 of 200.
    assert 15 < len(set(first) & set(second)) < 80


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_chunking_changes_nothing(rows):
    part = taken_apart(table(200)).training
    assert rows_of(part, rows=rows) == rows_of(part)


def test_the_rows_of_a_part_are_counted_from_zero():
    part = taken_apart(table(500)).training
    starts = [(chunk.start, chunk.rows) for chunk in part.chunks(("x",), rows=50)]
    ends = np.cumsum([rows for _, rows in starts])
    assert [start for start, _ in starts] == [0, *ends[:-1]]
    assert ends[-1] == part.rows


def test_a_row_of_a_part_is_found_in_the_table():
    part = taken_apart(table(500)).training
    numbers = rows_of(part)
    assert [part.original(row) for row in (0, 17, part.count - 1)] == [
        numbers[0],
        numbers[17],
        numbers[-1],
    ]
    with pytest.raises(IndexError):
        part.original(part.count)


@pytest.mark.parametrize(
    "target", [[1.0, None] * 50, ["a", None] * 50, np.array([1.5, np.nan] * 50)]
)
def test_rows_without_a_target_are_in_no_part(target):
    made = taken_apart({"x": np.arange(100), "y": target})
    assert made.dropped == 50
    assert made.training.count + made.validation.count == 50
    assert {x % 2 for x in rows_of(made.training) + rows_of(made.validation)} == {0}


def test_the_target_of_a_part_has_no_gaps():
    part = taken_apart({"x": np.arange(100), "y": [1, None] * 50}).training
    nullable = {column.name: column.nullable for column in part.columns}
    assert nullable["y"] is False


def test_a_stream_is_split_as_an_array_is():
    whole = table(1000)
    batches = ({name: x[i : i + 100] for name, x in whole.items()} for i in range(0, 1000, 100))
    assert rows_of(taken_apart(batches).validation) == rows_of(taken_apart(whole).validation)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 20])
def test_a_share_is_between_zero_and_one(share):
    with pytest.raises(SpecError, match="share"):
        taken_apart(table(10), validation=share)


@pytest.mark.parametrize(
    ("rows", "part"), [(1, "validation"), (2, "validation")], ids=["one row", "two rows"]
)
def test_too_few_rows_are_refused(rows, part):
    said = "1 row with 'y' leaves" if rows == 1 else "2 rows with 'y' leave"
    with pytest.raises(DataError, match=f"table's {said} none for {part}\\."):
        taken_apart(table(rows))
