"""samescale: the exact statistics alone, and `Spec.adapt` whole, with its profile and its graph."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import TYPE_CHECKING, Any

import data
import numpy as np

import samescale as ss
from peers.base import Offer, Prepared
from samescale import sources
from samescale.engines.base import Fold, Task
from samescale.engines.threads import Threads
from samescale.ir.nodes import Input
from samescale.ir.types import TensorType
from samescale.progress import default
from samescale.statistics.batch import Batch
from samescale.statistics.counter import Counter
from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments
from samescale.statistics.quantiles import Quantiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peers.base import Work

CHUNK = 2**16  # rows: what the sources cut arrays to


def _three(parts: Iterable[np.ndarray]) -> tuple[Any, ...]:
    """Moments, extent and missing of chunks, one after another."""
    found: tuple[Any, ...] = (Moments(), Extent(), Missing())
    for part in parts:
        batch = Batch(part)
        found = tuple(statistic.update(batch) for statistic in found)
    return found


def _merged(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(ours.merge(theirs) for ours, theirs in zip(one, other, strict=True))


def _value(found: tuple[Any, ...]) -> tuple[np.ndarray, np.ndarray]:
    return _pair(found[0].value())


def _pair(moments: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(moments["mean"]), np.asarray(moments["variance"])


def _statistics(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)
    return Prepared(lambda: _three(data.batches(table, CHUNK)), _value)


def _statistics_by_two(work: Work) -> Prepared:
    parts = list(data.batches(data.matrix(work.rows, work.draw, work.columns), CHUNK))
    pool = ThreadPoolExecutor(2)

    def once() -> tuple[Any, ...]:
        return reduce(_merged, pool.map(_three, (parts[0::2], parts[1::2])))

    return Prepared(once, _value)


def _one(fitted: ss.Fitted) -> tuple[np.ndarray, np.ndarray]:
    return _pair(fitted.learned["x"][0]["moments"])


def _many(fitted: ss.Fitted) -> tuple[np.ndarray, np.ndarray]:
    pairs = [_pair(chain[0]["moments"]) for chain in fitted.learned.values()]
    return np.ravel([mean for mean, _ in pairs]), np.ravel([variance for _, variance in pairs])


WHOLE = ss.Spec({"x": ss.Normalization()})


def _each(columns: int) -> ss.Spec:
    return ss.Spec({name: ss.Normalization() for name in data.names(columns)})


def _array(work: Work) -> Prepared:
    table = {"x": data.matrix(work.rows, work.draw, work.columns)}
    return Prepared(lambda: WHOLE.adapt(table), _one)


def _array_by_two(work: Work) -> Prepared:
    table = {"x": data.matrix(work.rows, work.draw, work.columns)}
    return Prepared(lambda: WHOLE.adapt(table, threads=2), _one)


def _columns(work: Work) -> Prepared:
    table = data.columnar(work)
    spec = _each(work.columns)
    return Prepared(lambda: spec.adapt(table), _many)


def _batches(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)
    return Prepared(
        lambda: WHOLE.adapt({"x": part} for part in data.batches(table, work.batch)), _one
    )


def _streamed_statistics(work: Work) -> Prepared:
    """The three statistics of each column and no more, by the engine, of a generator."""
    table = data.matrix(work.rows, work.draw, work.columns)
    x = Input("x", TensorType("float32", (work.columns,)))
    asked = tuple(Task("x", x, (0,), statistic) for statistic in (Moments(), Extent(), Missing()))

    def once() -> Fold:
        source = sources.open({"x": part} for part in data.batches(table, work.batch))
        return Threads().run(Fold(asked), source, default())

    return Prepared(once, lambda fold: _pair(fold.tasks[0].statistic.value()))


def _listed(work: Work) -> Prepared:
    parts = list(data.batches(data.matrix(work.rows, work.draw, work.columns), work.batch))
    return Prepared(lambda: WHOLE.adapt([{"x": part} for part in parts]), _one)


def _chunks(work: Work) -> Prepared:
    data.cycled(work.rows, work.batch, work.draw, work.columns)  # so that its block is there

    def once() -> ss.Fitted:
        parts = data.cycled(work.rows, work.batch, work.draw, work.columns)
        return WHOLE.adapt([{"x": part} for part in parts])

    return Prepared(once, _one)


def _chunked_statistics(work: Work) -> Prepared:
    data.cycled(work.rows, work.batch, work.draw, work.columns)
    return Prepared(
        lambda: _three(data.cycled(work.rows, work.batch, work.draw, work.columns)), _value
    )


def _parquet(work: Work) -> Prepared:
    spec = _each(work.columns)
    sources.open(work.path).columns  # noqa: B018 - imports pyarrow, which isn't learning
    return Prepared(lambda: spec.adapt(work.path), _many)


def _parquet_statistics(work: Work) -> Prepared:
    """Three statistics of each column and no more, by the engine."""
    chosen = data.names(work.columns)
    source = sources.open(work.path)
    source.columns  # noqa: B018 - imports pyarrow, which isn't learning
    asked = tuple(
        Task(name, Input(name, TensorType("float32")), (), statistic)
        for name in chosen
        for statistic in (Moments(), Extent(), Missing())
    )

    def learned(fold: Fold) -> tuple[np.ndarray, np.ndarray]:
        pairs = [_pair(task.statistic.value()) for task in fold.tasks[::3]]
        return np.ravel([mean for mean, _ in pairs]), np.ravel([var for _, var in pairs])

    return Prepared(lambda: Threads().run(Fold(asked), source, default()), learned)


def _quantiles(work: Work) -> Prepared:
    """As many passes as it takes to the exact ones."""
    parts = list(data.batches(data.matrix(work.rows, work.draw, work.columns), CHUNK))

    def once() -> Any:
        found: Any = None
        asked: Any = Quantiles(data.PROBABILITIES)
        while asked is not None:
            found = reduce(lambda known, part: known.update(part), parts, asked)
            asked = found.refine()
        return found.value()

    return Prepared(once, lambda value: value["values"])


def _words(work: Work) -> Prepared:
    import pyarrow as pa

    words, places = data.vocabulary(work.rows)
    column = pa.DictionaryArray.from_arrays(places, words).dictionary_decode()
    parts = [column.slice(start, CHUNK) for start in range(0, len(column), CHUNK)]

    def once() -> Any:
        return reduce(lambda known, part: known.update(part), parts, Counter()).value()

    return Prepared(once, lambda value: data.summed_up(value["counts"][0]))


def _words_by_engine(work: Work) -> Prepared:
    import pyarrow as pa

    words, places = data.vocabulary(work.rows)
    column = pa.DictionaryArray.from_arrays(places, words).dictionary_decode()
    return _counted(sources.open(pa.table({"word": column})))


def _counted(source: Any) -> Prepared:
    task = Task("word", Input("word", TensorType("string")), (), Counter())

    def once() -> Any:
        fold = Threads().run(Fold((task,)), source, default())
        return fold.tasks[0].statistic.value()

    return Prepared(once, lambda value: data.summed_up(value["counts"][0]))


def _coded(work: Work) -> Prepared:
    return _counted(sources.open(work.path))


def _coded_whole(work: Work) -> Prepared:
    spec = ss.Spec({"word": ss.StringLookup()})

    def learned(fitted: ss.Fitted) -> list[list[float]]:
        return data.summed_up(fitted.learned["word"][0]["counts"]["counts"][0])

    return Prepared(lambda: spec.adapt(work.path), learned)


EXACT = 0.0  # the nearest float64 to what mathematics gives

OFFERS = (
    Offer("samescale: moments + extent + missing", "array", _statistics, tolerance=EXACT),
    Offer(
        "samescale: moments + extent + missing, two threads",
        "array",
        _statistics_by_two,
        tolerance=EXACT,
    ),
    Offer("samescale Spec.adapt, one matrix", "array", _array, tolerance=EXACT),
    Offer("samescale Spec.adapt, one matrix, threads=2", "array", _array_by_two, tolerance=EXACT),
    Offer("samescale Spec.adapt, a column each", "array", _columns, tolerance=EXACT),
    Offer("samescale Spec.adapt(generator)", "batches", _batches, tolerance=EXACT),
    Offer(
        "samescale: moments + extent + missing, a generator",
        "batches",
        _streamed_statistics,
        tolerance=EXACT,
    ),
    Offer("samescale Spec.adapt(list)", "batches", _listed, tolerance=EXACT),
    Offer("samescale Spec.adapt, chunks", "chunks", _chunks, tolerance=EXACT),
    Offer(
        "samescale: moments + extent + missing, chunks",
        "chunks",
        _chunked_statistics,
        tolerance=EXACT,
    ),
    Offer("samescale Spec.adapt(path)", "parquet", _parquet, tolerance=EXACT),
    Offer(
        "samescale: moments + extent + missing, the engine",
        "parquet",
        _parquet_statistics,
        tolerance=EXACT,
    ),
    Offer("samescale: 20 quantiles of each column, exact", "quantiles", _quantiles),
    Offer("samescale: Counter", "words", _words, tolerance=EXACT),
    Offer("samescale: Counter, two threads", "words", _words_by_engine, tolerance=EXACT),
    Offer("samescale: Counter, the engine", "coded", _coded, tolerance=EXACT),
    Offer("samescale Spec.adapt, a vocabulary", "coded", _coded_whole, tolerance=EXACT),
)
