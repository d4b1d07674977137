"""Keras: `Normalization.adapt` on its three backends, each in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
import numpy as np

from peers.base import Offer, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from peers.base import Work

BACKENDS = {
    "JAX": ("keras", "jax"),
    "TensorFlow": ("keras", "tensorflow-cpu"),
    "PyTorch": ("keras", "torch"),
}
# It asks whether data is a tf.data.Dataset before it takes any iterable, on every backend.
STREAM = ("tensorflow-cpu",)


def _moments(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    import keras

    mean, variance = (keras.ops.convert_to_numpy(x) for x in (layer.mean, layer.variance))
    return (
        mean.reshape(-1).astype(np.float64),
        variance.reshape(-1).astype(np.float64),
    )


def _array(work: Work) -> Prepared:
    import keras

    table = data.matrix(work.rows, work.draw, work.columns)

    def once() -> Any:
        layer = keras.layers.Normalization()
        layer.adapt(table)
        return layer

    return Prepared(once, _moments)


def _stream(parts: Callable[[], Iterable[np.ndarray]]) -> Prepared:
    import keras

    def once() -> Any:
        layer = keras.layers.Normalization()
        layer.adapt(iter(parts()))
        return layer

    # The first iterable makes it import TensorFlow, on every backend: that isn't learning.
    keras.layers.Normalization().adapt(iter([np.zeros((2, 2), np.float32)]))
    return Prepared(once, _moments)


def _batches(work: Work) -> Prepared:
    table = data.matrix(work.rows, work.draw, work.columns)
    return _stream(lambda: data.batches(table, work.batch))


def _chunks(work: Work) -> Prepared:
    data.cycled(work.rows, work.batch, work.draw, work.columns)  # so that its block is there
    return _stream(lambda: data.cycled(work.rows, work.batch, work.draw, work.columns))


def _parquet(work: Work) -> Prepared:
    from pyarrow import parquet

    def parts() -> Iterator[np.ndarray]:
        with parquet.ParquetFile(work.path) as file:
            for batch in file.iter_batches(2**16):
                yield np.column_stack([column.to_numpy() for column in batch.columns])

    return _stream(parts)


def _offers(backend: str) -> tuple[Offer, ...]:
    name, packages = f"Keras on {backend}", BACKENDS[backend]
    chosen = {"KERAS_BACKEND": {"PyTorch": "torch"}.get(backend, backend.lower())}
    streams = tuple(dict.fromkeys((*packages, *STREAM)))
    # It sums in float32, and says so nowhere: what that costs is shown in a table of its own.
    loose = 1.0
    return (
        Offer(f"{name}, adapt(array)", "array", _array, packages, chosen, tolerance=loose),
        Offer(f"{name}, adapt(generator)", "batches", _batches, streams, chosen, tolerance=loose),
        Offer(
            f"{name}, adapt(generator of chunks)",
            "chunks",
            _chunks,
            streams,
            chosen,
            tolerance=loose,
        ),
        Offer(
            f"{name}, adapt(generator of row groups)",
            "parquet",
            _parquet,
            streams,
            chosen,
            tolerance=loose,
        ),
    )


OFFERS = tuple(offer for backend in BACKENDS for offer in _offers(backend))
