"""The rows of a chunk as a statistic of whole rows sees them."""

from __future__ import annotations

import numpy as np

from samescale.engines._entries import Rows
from samescale.engines.base import Task
from samescale.ir.nodes import Cast, Concat, Input, Reshape
from samescale.ir.types import TensorType
from samescale.sources.base import Chunk
from samescale.statistics.covariance import Covariance
from samescale.statistics.row_sample import RowSample


def joined(*columns):
    each = (Input(name, TensorType(dtype)) for name, dtype in columns)
    return Concat(tuple(Reshape(Cast(x, "float64"), (1,)) for x in each))


NODE = joined(("a", "float32"), ("b", "float64"))


def chunk(rows=50):
    rng = np.random.default_rng(0)
    return Chunk({"a": rng.normal(size=rows).astype(np.float32), "b": np.arange(rows)}, 0, rows)


def test_columns_are_given_where_they_lie_and_as_they_are():
    held = chunk()
    found = Rows.of(held, None).columns_of(NODE)
    assert len(found) == 50
    assert [array.dtype for array in found.arrays] == [np.float32, np.int64]
    for array, name in zip(found.arrays, "ab", strict=True):
        assert np.shares_memory(array, held.columns[name])


def test_rows_of_no_weight_are_left_out():
    held = chunk()
    held = Chunk({**held.columns, "w": np.arange(50) % 2}, 0, 50)
    found = Rows.of(held, "w").columns_of(NODE)
    assert found.arrays[1].tolist() == [*range(1, 50, 2)]


def test_a_sample_of_columns_is_that_of_the_table():
    held = chunk()
    found = Task("a", NODE, (0,), RowSample()).updated(Rows.of(held, None)).statistic
    table = np.column_stack([held.columns["a"], held.columns["b"]]).astype(np.float64)
    assert found == RowSample().update(table)


def test_another_statistic_is_given_the_table():
    held = chunk()
    found = Task("a", NODE, (0,), Covariance()).updated(Rows.of(held, None)).statistic
    table = np.column_stack([held.columns["a"], held.columns["b"]]).astype(np.float64)
    assert found == Covariance().update(table)
