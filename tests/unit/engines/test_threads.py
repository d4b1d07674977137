"""Threads over shares of a table, and behind one that reads."""

from __future__ import annotations

import threading
from typing import Any, final

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import samescale as ss
from samescale import sources
from samescale.engines import _lane
from samescale.engines import threads as engine
from samescale.engines.base import Fold, Task
from samescale.engines.threads import Threads
from samescale.errors import DataError
from samescale.ir.nodes import Input
from samescale.ir.types import TensorType
from samescale.progress import NoProgress, Progress
from samescale.statistics.moments import Moments

SPEC = ss.Spec({"x": ss.Normalization(), "n": [ss.Impute("median"), ss.Normalization()]})
FOLD = Fold((Task("x", Input("x", TensorType("float64")), (), Moments()),))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of some thousand rows is worth several threads."""
    monkeypatch.setattr(engine, "_BYTES", 10_000)
    monkeypatch.setattr(engine, "_ROWS", 1_000)


def table(rows: int = 20_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {"x": rng.lognormal(0, 4, rows), "n": rng.integers(0, 999, rows)}


def written(folder: Any, group: int) -> str:
    path = folder / "t.parquet"
    parquet.write_table(pa.table(table()), path, row_group_size=group)
    return str(path)


@pytest.mark.parametrize("group", [20_000, 7_000, 300])
def test_parquet_in_one_and_in_many_row_groups(tmp_path, group) -> None:
    wanted = SPEC.adapt(table(), threads=1).digest
    path = written(tmp_path, group)
    assert [SPEC.adapt(path, threads=count).digest for count in (None, 1, 2, 4)] == [wanted] * 4


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_any_number_of_threads_gives_the_same(count) -> None:
    wanted = SPEC.adapt(table(), threads=1)
    for data in (table(), pa.table(table())):
        found = SPEC.adapt(data, threads=count)
        assert found.digest == wanted.digest
        assert found.profile == wanted.profile


@final
class Told(Progress):
    def __init__(self) -> None:
        self.rows: list[int] = []
        self.threads: set[int] = set()

    def start(self, what: str, total: int | None) -> None: ...

    def step(self, done: int) -> None:
        self.rows.append(done)
        self.threads.add(threading.get_ident())

    def stop(self) -> None: ...


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_thread_that_asked_tells_of_every_row(count) -> None:
    told = Told()
    Threads(count).run(FOLD, sources.open(table()), told)
    assert sum(told.rows) == 20_000
    assert len(told.rows) > 1
    assert told.threads == {threading.get_ident()}


def test_the_first_error_of_the_table_is_raised_whichever_thread_is_faster() -> None:
    data = table()
    data["x"][[1_999, 2_000, 5_003, 19_999]] = np.inf
    for _ in range(20):
        with pytest.raises(DataError, match="row 1999:"):
            Threads(4).run(FOLD, sources.open(data), NoProgress())


@pytest.mark.parametrize("group", [20_000, 700])
def test_an_error_in_a_row_group_names_the_row_of_the_table(tmp_path, group) -> None:
    data = table()
    data["x"][13_371] = np.inf
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table(data), path, row_group_size=group)
    for count in (1, 2, 4):
        with pytest.raises(DataError, match="'x', row 13371"):
            SPEC.adapt(str(path), threads=count)


def test_an_interrupted_progress_ends_every_thread() -> None:
    @final
    class Impatient(Progress):
        def start(self, what: str, total: int | None) -> None: ...

        def step(self, done: int) -> None:
            raise KeyboardInterrupt(done)

        def stop(self) -> None: ...

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        Threads(4).run(FOLD, sources.open(table()), Impatient())
    assert threading.active_count() == before


def test_an_interrupt_while_the_last_rows_are_folded_leaves_no_thread(monkeypatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_lane._Lane, "close", interrupted)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        _lane.behind(FOLD, sources.open(table()).chunks(FOLD.columns), 2, NoProgress())
    assert threading.active_count() == before


def test_one_thread_starts_none(monkeypatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", None)
    assert Threads(1).run(FOLD, sources.open(table()), NoProgress()).rows == 20_000
    # Nor is one worth it for a few rows.
    assert Threads(8).run(FOLD, sources.open(table(100)), NoProgress()).rows == 100


def test_statistics_of_the_same_values_look_once(monkeypatch) -> None:
    from samescale.statistics import batch

    looked: list[Any] = []
    scan = batch.scan
    monkeypatch.setattr(batch, "scan", lambda array: looked.append(array.shape) or scan(array))
    SPEC.adapt({"x": np.arange(10.0), "n": np.arange(10)}, threads=1)
    assert len(looked) <= 3  # x, n, and n imputed in the second pass
    looked.clear()
    ss.Spec({"x": ss.Normalization()}).adapt({"x": np.ones((10, 3))}, threads=1)
    assert looked == [(10, 3)]  # the profile's pooled entries are of the same look


def test_text_goes_as_arrow_to_what_takes_it() -> None:
    words = pa.table({"w": pa.array(["b", None, "a", "b"] * 5_000)})
    spec = ss.Spec(
        {"w": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]},
    )
    held = {"w": np.array(["b", None, "a", "b"] * 5_000, object)}
    wanted = spec.adapt(held)
    assert {spec.adapt(words, threads=n).digest for n in (1, 2, 3)} == {wanted.digest}
    tokens = ss.Spec({"w": ss.TextVectorization()})
    assert tokens.adapt(words).digest == tokens.adapt(held).digest
