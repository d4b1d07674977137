"""Raw rows as a Keras dataset, streamed from a source: exact epochs, shuffled in a buffer."""

from __future__ import annotations

import difflib
import math
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, final

import keras
import numpy as np

from samescale.door.tables import opened
from samescale.errors import SpecError
from samescale.models.keras.form import Form
from samescale.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.fitted import Fitted
    from samescale.ir.types import Answers, Array
    from samescale.sources.base import Source

    Labels: TypeAlias = Answers | None

_BUFFER = 65_536
_LOOKED_AT = 2


def raw_dataset(
    fitted: Fitted,
    data: object,
    *,
    batch_size: int = 256,
    shuffle: bool = True,
    seed: int = 0,
    columns: Sequence[str] | None = None,
) -> RawDataset:
    """The rows of `data` as batches for `fitted.to_keras(network).fit`.

    Args:
        fitted: The preprocessing and the target.
        data: Raw rows: a path, a frame, arrays by name, a source.
        batch_size: Rows a batch; the last of an epoch has what is left.
        shuffle: Whether rows are shuffled, anew in each epoch, among each 65,536 that follow each
            other in `data`. `fit`'s own `shuffle` changes nothing.
        seed: Fixes the order.
        columns: The columns that the network takes one by one, if it does.

    Returns:
        Batches of `({input name: array}, labels)`: what the model's inputs take, float32 labels
        or int32 class codes, of several targets a dict of them by name; without labels if `fitted`
        has no target.

    Raises:
        SpecError: If one of `columns` is none of the spec's.
        SourceError: If `data` can't be read.
        DataError: While it is iterated, if a row can't be taken.
    """
    form = Form("raw", None if columns is None else _known(columns, fitted))
    own = (target.column for target in fitted.targets)
    source = opened(Schema((*fitted.schema.columns, *own)), data)
    return RawDataset(fitted, source, form, batch_size=batch_size, shuffle=shuffle, seed=seed)


def _known(columns: Sequence[str], fitted: Fitted) -> tuple[str, ...]:
    there = [name for name, _ in fitted.graph.outputs]
    for name in columns:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1)
            raise SpecError(
                f"Column '{name}' is none of the spec's.",
                remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(there)}.",
                column=name,
            )
    return tuple(columns)


def raw_inputs(
    fitted: Fitted, table: object, *, columns: Sequence[str] | None = None
) -> dict[str, Array]:
    """What `fitted.to_keras(network)` takes for raw rows, by the names of its inputs.

    Args:
        fitted: The preprocessing.
        table: Raw rows.
        columns: The columns that the network takes one by one, if it does.

    Raises:
        SchemaError: If the rows break the input contract.
    """
    form = Form("raw", None if columns is None else tuple(columns))
    return dict(form.sends(fitted)(fitted.admit(table)))


@final
class RawDataset(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no annotations
    """Batches of a source. Made by `raw_dataset`.

    A source is read forward, so batches come in its order, whatever index is asked for; every
    epoch gives each row once. With `steps_per_epoch`, rows at the end are never reached.
    """

    def __init__(
        self,
        fitted: Fitted,
        source: Source,
        form: Form,
        *,
        batch_size: int,
        shuffle: bool,
        seed: int,
    ) -> None:
        super().__init__()
        self._fitted = fitted
        self._source = source
        self._sends = form.sends(fitted)
        self._batch_size = batch_size
        self._shuffle = shuffle
        self._seed = seed
        self._rows = _count(source, fitted)
        self._lock = threading.Lock()
        self._batches: list[Iterator[Any]] = []  # the epoch that runs, if one does
        self._count = {"served": 0, "epochs": 0}

    def __len__(self) -> int:
        return math.ceil(self._rows / self._batch_size)

    def __getitem__(self, index: int) -> Any:
        del index
        with self._lock:
            if not self._batches or self._count["served"] >= len(self):
                self._open()
            self._count["served"] += 1
            return next(self._batches[0])

    def on_epoch_begin(self) -> None:
        """Begin at the first row: what Keras looked at before it trains isn't lost."""
        with self._lock:
            self._open()

    def _open(self) -> None:
        # An epoch of which only a look was taken (TensorFlow's adapter takes two) is given again.
        self._count["epochs"] += self._count["served"] > _LOOKED_AT
        self._count["served"] = 0
        self._batches[:] = [self._epoch(self._count["epochs"])]

    def _epoch(self, number: int) -> Iterator[Any]:
        """Every row once, in batches that are full but for the last."""
        rest: list[tuple[Any, Labels]] = []
        missing = self._batch_size
        for taken, order in self._blocks(number):
            while len(order):
                part, order = order[:missing], order[missing:]  # noqa: PLW2901 - what is left of it
                rest.append(_pick(taken, part))
                missing -= len(part)
                if not missing:
                    yield _batch(rest)
                    rest, missing = [], self._batch_size
        if rest:
            yield _batch(rest)

    def _blocks(self, number: int) -> Iterator[tuple[tuple[Any, Labels], Array]]:
        """The rows in blocks, each with the order in which to take them."""
        chunks = self._source.chunks(_names(self._fitted), rows=_BUFFER)
        for block, chunk in enumerate(chunks):
            taken = self._taken(chunk.columns)
            order = np.arange(_rows(taken))
            if self._shuffle:
                order = np.random.default_rng([self._seed, number, block]).permutation(order)
            yield taken, order

    def _taken(self, columns: Mapping[str, Array]) -> tuple[Any, Labels]:
        sent = self._sends(self._fitted.admit(columns))
        return sent, labels(self._fitted, columns) if self._fitted.targets else None


def labels(fitted: Fitted, columns: Mapping[str, Array]) -> Answers:
    """What the model learns: float32, or int32 class codes; of several targets, by name."""
    found = fitted.labels(columns)
    if isinstance(found, dict):
        return {name: _label(codes) for name, codes in found.items()}
    return _label(found)


def _label(found: Array) -> Array:
    return found.astype(np.int32, copy=False) if found.dtype == np.int64 else found


def _names(fitted: Fitted) -> tuple[str, ...]:
    return (*fitted.schema.names, *(target.name for target in fitted.targets))


def _count(source: Source, fitted: Fitted) -> int:
    if source.rows is not None:
        return source.rows
    return sum(chunk.rows for chunk in source.chunks(_names(fitted)[:1], rows=_BUFFER))


def _rows(taken: tuple[Any, Labels]) -> int:
    sent = taken[0]
    return len(next(iter(sent.values())) if isinstance(sent, dict) else sent)


def _pick(taken: tuple[Any, Labels], rows: Array) -> tuple[Any, Labels]:
    sent, y = taken
    return _at(sent, rows), None if y is None else _at(y, rows)


def _at(x: Any, rows: Array) -> Any:
    return {name: own[rows] for name, own in x.items()} if isinstance(x, dict) else x[rows]


def _batch(parts: list[tuple[Any, Labels]]) -> Any:
    """Parts of a batch, joined: `(inputs, labels)`, or `(inputs,)`."""
    sent = _joined([part for part, _ in parts])
    return (sent,) if parts[0][1] is None else (sent, _joined([y for _, y in parts]))


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], dict):
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return np.concatenate(parts)
