"""The network that `samescale fit` trains where nothing else is asked for."""

from __future__ import annotations

import contextlib
import math
import random
from typing import TYPE_CHECKING, Any, Final, final

import keras
import numpy as np

from samescale.errors import DataError, ModelError
from samescale.models.keras.data import RawDataset, labels
from samescale.models.keras.form import Form
from samescale.models.keras.quiet import quiet
from samescale.targets.keras import build

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source

_IN_MEMORY = 1 << 30  # bytes of features; more than that is streamed
_BATCHES = 64  # at least so many steps in an epoch, where rows allow it


OPTIONS: Final = ("hidden", "epochs", "patience", "batch_size", "learning_rate")
"""What `train` takes of a person's own."""


def train(  # noqa: PLR0913 - the options of a training, each by keyword
    fitted: Fitted,
    data: Source,
    validation: Source,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    hidden: Sequence[int] = (64, 32),
    epochs: int = 200,
    patience: int = 15,
    batch_size: int | None = None,
    learning_rate: float = 3e-3,
) -> tuple[keras.Model, History]:
    """See `KerasKind.train`."""
    if fitted.target is None:
        raise ModelError(
            "There is nothing to learn: the spec has no target.",
            remedy="Declare one: ss.Spec(…, target=ss.Target(…)).",
        )
    with _seeded(seed), quiet():
        network = _network(fitted, hidden, learning_rate)
        rows, seen = _rows_of(fitted, data, batch_size, seed)
        _, unseen = _rows_of(fitted, validation, batch_size, seed)
        watched = "val_loss" if unseen is not None else "loss"
        stop = keras.callbacks.EarlyStopping(watched, patience=patience, restore_best_weights=True)
        found = network.fit(
            **_given(seen, rows, batch_size),
            validation_data=unseen,
            epochs=epochs,
            callbacks=[stop, _Told(progress, epochs)],
            verbose=0,
        )
    history = {name: [float(x) for x in values] for name, values in found.history.items()}
    return _with_preprocessing(fitted, network), history


def _network(fitted: Fitted, hidden: Sequence[int], learning_rate: float) -> keras.Model:
    float32 = {"dtype": "float32"}  # whatever the global policy is
    classes = fitted.classes
    head = keras.layers.Dense(1, **float32)
    if classes is not None:
        head = keras.layers.Dense(len(classes), activation="softmax", **float32)
    network = keras.Sequential(
        [
            keras.Input((len(fitted.feature_names),), dtype="float32"),
            *(keras.layers.Dense(units, activation="relu", **float32) for units in hidden),
            head,
        ],
        name="network",
    )
    loss = "mean_squared_error" if classes is None else "sparse_categorical_crossentropy"
    metrics = [] if classes is None else ["accuracy"]
    network.compile(keras.optimizers.Adam(learning_rate), loss, metrics=metrics)
    return network


def _rows_of(fitted: Fitted, source: Source, batch_size: int | None, seed: int) -> tuple[int, Any]:
    """How many rows there are, and they: arrays while memory allows it, else a stream."""
    names = (*fitted.schema.names, fitted.target.name if fitted.target else "")
    width = 4 * len(fitted.feature_names)
    pieces: list[tuple[Array, Array]] = []
    rows = 0
    for chunk in source.chunks(names):
        rows += chunk.rows
        if rows * width > _IN_MEMORY:
            return _streamed(fitted, source, batch_size, seed)
        pieces.append((features(fitted, chunk.columns, chunk.start), labels(fitted, chunk.columns)))
    if not rows:
        return 0, None
    x, y = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return rows, (x, y)


def _streamed(
    fitted: Fitted, source: Source, batch_size: int | None, seed: int
) -> tuple[int, RawDataset]:
    stream = RawDataset(
        fitted, source, Form("features"), batch_size=batch_size or 1024, shuffle=True, seed=seed
    )
    return len(stream) * (batch_size or 1024), stream


def features(fitted: Fitted, columns: Mapping[str, Array], start: int) -> Array:
    """The features of a chunk, none of them NaN: one NaN would make every weight NaN.

    Raises:
        DataError: Naming the feature, and the row in its source.
    """
    x = fitted.matrix(columns)
    gone = np.argwhere(np.isnan(x))
    if len(gone):
        row, feature = (int(index) for index in gone[0])
        name = fitted.feature_names[feature]
        raise DataError(
            f"Feature '{name}' is missing in row {start + row}: a network can't learn from it.",
            remedy="Put an Impute first in the column's chain.",
            column=name,
            row=start + row,
        )
    return x


def _given(seen: Any, rows: int, batch_size: int | None) -> dict[str, Any]:
    if isinstance(seen, RawDataset):
        return {"x": seen}
    if seen is None:
        raise DataError("There are no rows to train on.", remedy="Give a table with rows.")
    return {"x": seen[0], "y": seen[1], "batch_size": batch_size or _batch_size(rows)}


def _batch_size(rows: int) -> int:
    """A power of two from 16 to 1,024, such that an epoch has many steps.

    >>> _batch_size(100), _batch_size(10_000), _batch_size(10_000_000)
    (16, 128, 1024)
    """
    return int(min(1024, max(16, 2 ** int(math.log2(max(1, rows / _BATCHES))))))


def _with_preprocessing(fitted: Fitted, network: keras.Model) -> keras.Model:
    """Raw columns in: the network behind the graph; a single column may have a shape of its own."""

    def flattened(x: Any) -> Any:
        return network(keras.layers.Flatten(dtype="float32")(x))

    alone = len(fitted.graph.outputs) == 1
    return build(fitted.graph, flattened if alone else network).model


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Everything random fixed, and Python's and NumPy's own generators given back after."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002 - what Keras draws from
    keras.utils.set_random_seed(seed)
    yield
    random.setstate(before[0])
    np.random.set_state(before[1])  # noqa: NPY002 - what Keras draws from


@final
class _Told(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no annotations
    """Tells a progress after every epoch."""

    def __init__(self, progress: Progress | None, epochs: int) -> None:
        super().__init__()
        self._progress = progress
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Tell how far it is, and the scores."""
        if self._progress is not None:
            self._progress(epoch + 1, self._epochs, dict(logs or {}))
