"""Every engine gives, to the bit, what one fold over all rows gives."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import samescale as ss
from samescale import engines, sources
from samescale.engines.base import Engine, Fold, Task
from samescale.errors import DataError, SpecError
from samescale.ir.build import mul
from samescale.ir.nodes import Cast, Concat, Input, Reshape
from samescale.ir.types import TensorType
from samescale.progress import NoProgress, Progress
from samescale.statistics.counter import Counter
from samescale.statistics.extent import Extent
from samescale.statistics.moments import Moments
from samescale.statistics.row_sample import RowSample
from tests import clusters

if TYPE_CHECKING:
    from pathlib import Path

every_engine = pytest.mark.parametrize("name", engines.names())
every_cluster = pytest.mark.parametrize("name", sorted({*engines.names()} - {"threads"}))
X = Input("x", TensorType("float64"))


@pytest.fixture(autouse=True)
def cluster(request: pytest.FixtureRequest) -> Any:
    """What the engine connects to, there before the test begins."""
    if "name" in request.fixturenames:
        return clusters.start(request.getfixturevalue("name"))
    return None


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
            Task("x", Concat((Reshape(Cast(X, "float64"), (1,)),)), (0,), RowSample(most=100)),
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


# What a table of every kind of column learns: in one pass, in two, with gaps, of pixels, of text.
SPEC = ss.Spec(
    {
        "income": ss.Normalization(),
        "age": [ss.Impute("median"), ss.Normalization()],
        "visits": ss.Discretization(num_bins=4),
        "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        "image": ss.Normalization(axis=-1),
    },
    target=ss.Target("price", ss.Log1p(), ss.Normalization()),
)
FLAT = ss.Spec({name: SPEC.columns[name] for name in SPEC.columns if name != "image"}, SPEC.target)
ROWS = 3_000


def customers() -> dict[str, Any]:
    rng = np.random.default_rng(1)
    age = rng.integers(18, 90, ROWS).astype(np.float64)
    age[::7] = np.nan
    return {
        "income": rng.lognormal(10, 2, ROWS),
        "age": age,
        "visits": rng.integers(0, 1_000, ROWS),
        "city": rng.choice(np.array(["Oslo", "Roma", "Łódź", None], object), ROWS),
        "image": rng.integers(0, 256, (ROWS, 4, 4, 3), dtype=np.uint8),
        "price": rng.lognormal(3, 1, ROWS).astype(np.float32),
    }


def flat() -> Any:
    """Whole numbers with gaps, as only Arrow has them, in place of images."""
    columns = {name: array for name, array in customers().items() if name != "image"}
    visits = pa.array(columns.pop("visits"), mask=np.arange(ROWS) % 11 == 0)
    age = pa.array(columns.pop("age"), from_pandas=True)
    return pa.table({**columns, "visits": visits, "age": age})


FLAT_WITH_GAPS = ss.Spec(
    {**FLAT.columns, "visits": [ss.Impute("mean"), ss.Discretization(num_bins=4)]}, FLAT.target
)


@every_cluster
def test_the_digest_is_that_of_threads(name) -> None:
    there = SPEC.adapt(customers(), engine=made(name))
    assert there.digest == SPEC.adapt(customers()).digest
    assert there.profile == SPEC.adapt(customers(), threads=2).profile


def written(folder: Path, kind: str) -> str:
    table = flat()
    for index, start in enumerate(range(0, ROWS, 1_000)):
        if kind == "csv":
            csv.write_csv(table[start : start + 1_000], folder / f"{index}.csv")
        else:
            part = table[start : start + 1_000]
            parquet.write_table(part, folder / f"{index}.parquet", row_group_size=300)
    return str(folder) if kind != "file" else str(folder / "0.parquet")


@every_cluster
@pytest.mark.parametrize("kind", ["csv", "parquet", "file", "uri"])
def test_files_are_read_by_the_workers(name, kind, tmp_path) -> None:
    path = written(tmp_path, kind)
    data = f"file://{path}/" if kind == "uri" else path
    there = FLAT_WITH_GAPS.adapt(data, engine=made(name))
    assert there.digest == FLAT_WITH_GAPS.adapt(path).digest
    assert there.provenance["rows"] == (1_000 if kind == "file" else ROWS)


def collection(name: str) -> Any:
    """The same table as the framework's own collection, in several partitions."""
    cluster = clusters.start(name)
    if name == "dask":
        dataframe = pytest.importorskip("dask.dataframe")
        frame = flat().to_pandas(types_mapper={pa.int64(): _nullable()}.get)
        return dataframe.from_pandas(frame, npartitions=5)
    if name == "ray":
        table = flat()
        return pytest.importorskip("ray.data").from_arrow(
            [table[start : start + 700] for start in range(0, ROWS, 700)]
        )
    return cluster.createDataFrame(flat()).repartition(5)


def _nullable() -> Any:
    return pytest.importorskip("pandas").Int64Dtype()


@every_cluster
def test_a_collection_is_folded_where_it_lies(name) -> None:
    source = sources.open(collection(name))
    engine = engines.suited(source)
    assert type(engine) is engines.load(name)
    wanted = FLAT_WITH_GAPS.adapt(flat())
    assert FLAT_WITH_GAPS.adapt(source, engine=engine).digest == wanted.digest


@every_cluster
def test_threads_stream_a_collection(name) -> None:
    wanted = FLAT_WITH_GAPS.adapt(flat())
    threads = engines.open("threads://2")
    assert FLAT_WITH_GAPS.adapt(collection(name), engine=threads).digest == wanted.digest


@every_cluster
def test_an_engine_folds_what_can_t_be_cut(name) -> None:
    batches = ({"x": np.arange(1_000) + start} for start in range(0, 5_000, 1_000))
    spec = ss.Spec({"x": ss.Normalization()})
    there = spec.adapt(batches, engine=made(name))
    assert there.digest == spec.adapt({"x": np.arange(5_000)}).digest


@final
class Counted(Progress):
    def __init__(self) -> None:
        self.done = 0

    def start(self, what: str, total: int | None) -> None: ...

    def step(self, done: int) -> None:
        self.done += done

    def stop(self) -> None: ...


@every_engine
def test_progress_is_told_of_every_row(name) -> None:
    progress = Counted()
    made(name).run(fold(), sources.open(table(40_000)), progress)
    assert progress.done == 40_000


@every_cluster
def test_progress_is_told_of_every_row_of_a_collection(name) -> None:
    progress = Counted()
    source = sources.open(collection(name))
    task = Task("income", Input("income", TensorType("float64")), (), Moments())
    found = made(name).run(Fold((task,)), source, progress)
    assert progress.done == found.rows == ROWS


@every_engine
def test_an_error_in_a_collection_or_a_file_is_ours(name, tmp_path) -> None:
    data = flat().to_pydict()
    data["income"][2_345] = np.inf
    parquet.write_table(pa.table(data), tmp_path / "t.parquet", row_group_size=100)
    with pytest.raises(DataError, match="'income', row 2345") as caught:
        FLAT_WITH_GAPS.adapt(str(tmp_path / "t.parquet"), engine=made(name))
    assert (caught.value.details["column"], caught.value.details["row"]) == ("income", 2345)


@every_engine
def test_no_row_is_no_row(name) -> None:
    found = made(name).run(fold(), sources.open(table(0)), NoProgress())
    assert found.rows == 0


@every_cluster
def test_a_collection_is_left_as_it_was(name) -> None:
    data = collection(name)
    before = repr(getattr(data, "context", data))
    assert sources.open(data).columns
    ss.Spec({"income": ss.Normalization()}).adapt(data, engine=made(name))
    assert repr(getattr(data, "context", data)) == before


@every_cluster
def test_an_error_in_a_collection_names_the_row(name) -> None:
    cluster, data = clusters.start(name), {"x": np.arange(1_000.0)}
    data["x"][777] = np.inf
    if name == "dask":
        frame = pytest.importorskip("pandas").DataFrame(data)
        held = pytest.importorskip("dask.dataframe").from_pandas(frame, npartitions=4)
    elif name == "ray":
        table = pa.table(data)
        parts = [table[start : start + 100] for start in range(0, 1_000, 100)]
        held = pytest.importorskip("ray.data").from_arrow(parts)
    else:
        held = cluster.createDataFrame(pa.table(data))
    with pytest.raises(DataError, match="'x', row 777"):
        ss.Spec({"x": ss.Normalization()}).adapt(held, engine=made(name))


# As adapt's own argument: a name, and none where the collection says it.
@every_cluster
def test_adapt_takes_a_name_and_knows_a_collection_s_engine(name) -> None:
    wanted = FLAT_WITH_GAPS.adapt(flat()).digest
    assert FLAT_WITH_GAPS.adapt(flat(), engine=name).digest == wanted
    assert FLAT_WITH_GAPS.adapt(collection(name)).digest == wanted
    with pytest.raises(SpecError, match="no engine 'flink'"):
        FLAT_WITH_GAPS.adapt(flat(), engine="flink")
