"""Parts of a table: cut, folded, told and merged, without a cluster."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescale import sources
from samescale.engines._cut import Carried, cut
from samescale.engines._drive import drive
from samescale.engines._outcome import Outcome, folded, merged, refuse
from samescale.engines.base import Fold, Task
from samescale.errors import DataError
from samescale.ir.nodes import Input
from samescale.ir.types import TensorType
from samescale.progress import NoProgress
from samescale.sources.columns.spans import grouped, spans
from samescale.statistics.moments import Moments

FOLD = Fold((Task("x", Input("x", TensorType("float64")), (), Moments()),))


class Here:
    """A cluster that answers at once, in an order of its own."""

    def __init__(self, order: Any) -> None:
        self.order = order
        self.most = 0

    def fold(self, index, part):
        outcome = pickle.loads(pickle.dumps(folded(FOLD, index, part.chunks(("x",)))))
        return outcome, (index, outcome)  # a promise that can be hashed by its number

    def merge(self, answers):
        return merged(*answers)

    def first(self, waiting):
        self.most = max(self.most, len(waiting))
        return [waiting[self.order(len(waiting))]]

    def get(self, answer):
        if isinstance(answer, Outcome):
            return answer
        index, outcome = answer
        return outcome.told[index]


class Promise(tuple):
    __slots__ = ()

    def __hash__(self):
        return self[0]


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(Here, "fold", _promised(Here.fold))
    return Here


def _promised(fold):
    def promised(self, index, part):
        answer, promise = fold(self, index, part)
        return answer, Promise(promise)

    return promised


def source(rows: int, bad: int | None = None) -> Any:
    x = np.random.default_rng(0).normal(0, 1, rows)
    if bad is not None:
        x[bad] = np.inf
    return sources.open({"x": x})


@pytest.mark.parametrize("order", [lambda _: 0, lambda n: n - 1, lambda n: n // 2])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 70])
def test_any_order_of_answers_gives_the_same_fold(here, order, count) -> None:
    cluster = here(order)
    found = drive(cluster, FOLD, source(1_000).parts(count), 6, NoProgress())
    wanted = folded(FOLD, 0, source(1_000).chunks(("x",))).fold
    assert found.rows == 1_000
    assert found.tasks[0].statistic == wanted.tasks[0].statistic
    assert cluster.most <= 6


@pytest.mark.parametrize("order", [lambda _: 0, lambda n: n - 1])
def test_the_error_is_the_first_and_its_row_the_table_s(here, order) -> None:
    data = source(1_000, bad=500)
    with pytest.raises(DataError, match="'x', row 500") as caught:
        drive(here(order), FOLD, data.parts(9), 20, NoProgress())
    assert caught.value.details["row"] == 500


def test_a_part_counts_once() -> None:
    outcome = folded(FOLD, 3, source(10).chunks(("x",)))
    with pytest.raises(RuntimeError, match="Part 3 was folded twice"):
        merged(outcome, outcome)


def test_an_error_of_reading_keeps_its_own_row(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "1\n" * 10 + "two\n")
    data = sources.open(path, dtypes={"x": "number"})
    outcome = Outcome.unpacked(folded(FOLD, 1, data.chunks(("x",))).packed())
    (told,) = outcome.told.values()
    assert "row 10" in str(told.error)
    assert not told.counted
    with pytest.raises(DataError, match="row 10"):
        refuse({0: folded(FOLD, 0, source(100).chunks(("x",))).told[0], 1: told})


def test_parts_sent_by_value_are_small() -> None:
    wide = sources.open({"x": np.zeros((3_000, 3_000))})
    parts = list(cut(wide, ("x",), 1))
    assert max(len(pickle.dumps(part)) for part in parts) < 9 << 20


def test_what_can_t_be_cut_is_carried() -> None:
    stream = sources.open({"x": np.arange(10)} for _ in range(3))
    parts = list(cut(stream, ("x",), 4))
    assert all(isinstance(part, Carried) for part in parts)
    assert sum(chunk.rows for part in parts for chunk in part.chunks(("x",))) == 30


@given(st.integers(0, 200), st.integers(1, 50))
def test_spans_cover_every_row_once(rows, count) -> None:
    found = [row for start, stop in spans(rows, count) for row in range(start, stop)]
    assert found == list(range(rows))
    assert all(stop > start for start, stop in spans(rows, count))


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 50))
def test_groups_are_neighbours_and_cover_all(sizes, count) -> None:
    found = list(grouped(sizes, count))
    assert [place for start, stop in found for place in range(start, stop)] == [*range(len(sizes))]
    assert len(found) <= count
    assert all(stop > start for start, stop in found)
