"""Every engine gives, to the bit, what one fold over all rows gives."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from samescale import engines, sources
from samescale.engines.base import Engine, Fold, Task
from samescale.errors import DataError
from samescale.ir.build import mul
from samescale.ir.nodes import Input
from samescale.ir.types import TensorType
from samescale.progress import NoProgress
from samescale.statistics.counter import Counter
from samescale.statistics.extent import Extent
from samescale.statistics.moments import Moments

every_engine = pytest.mark.parametrize("name", engines.names())
X = Input("x", TensorType("float64"))


def made(name: str) -> Engine:
    return engines.load(name)()


def fold() -> Fold:
    image = Input("image", TensorType("float32", (2, 3)))
    return Fold(
        (
            Task("x", X, (), Moments()),
            Task("x", mul(X, 0.5), (), Extent()),
            Task("image", image, (1,), Moments()),
            Task("word", Input("word", TensorType("string")), (), Counter()),
        )
    )


def table(rows: int = 150_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "x": rng.lognormal(0, 5, rows),
        "image": rng.normal(0, 1, (rows, 2, 3)).astype(np.float32),
        "word": rng.choice(np.array(["a", "b", None], object), rows),
    }


@every_engine
def test_the_answer_is_that_of_one_fold(name) -> None:
    source = sources.open(table())
    alone = fold()
    for chunk in source.chunks(alone.columns, rows=1_000):
        alone = alone.update(chunk)
    found = made(name).run(fold(), source, NoProgress())
    assert found.rows == 150_000
    assert [task.statistic for task in found.tasks] == [task.statistic for task in alone.tasks]


@every_engine
def test_a_kept_axis_has_its_own_answers(name) -> None:
    found = made(name).run(fold(), sources.open(table(500)), NoProgress())
    means = found.tasks[2].statistic.value()["mean"]
    np.testing.assert_allclose(means, table(500)["image"].mean((0, 1), np.float64), rtol=1e-12)


@every_engine
def test_an_error_names_the_row_and_ends_every_worker(name) -> None:
    before = threading.active_count()
    data = table()
    data["x"][99_999] = np.inf
    with pytest.raises(DataError, match="99999"):
        made(name).run(fold(), sources.open(data), NoProgress())
    assert threading.active_count() == before


@every_engine
def test_the_row_of_a_tensor_is_that_of_the_table(name) -> None:
    data = table()
    data["image"][70_123, 1, 2] = np.inf
    with pytest.raises(DataError, match="70123"):
        made(name).run(fold(), sources.open(data), NoProgress())
