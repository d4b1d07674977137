"""A setting is one fit: a data set, what the model expects, how the rows are split, a seed."""

from __future__ import annotations

import dataclasses as dc
import zlib
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from benchmarks.mistakes import faults, store
from benchmarks.mistakes.known import Known
from benchmarks.mistakes.labels import Context
from benchmarks.mistakes.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.mistakes.labels import Array

TRAINED = 0.6  # the share of rows that is trained on
MOST_TRAINED, MOST_LIVE = 20_000, 10_000
MISSING = 0.08  # of the cells of an eighth of the columns, where `nan` is asked for
SIZES = {"tabular": (1, 8, 32, 128, 1024), "image": (1, 8, 32, 128)}


@final
@dc.dataclass(frozen=True)
class Setting:
    """One fit.

    Attributes:
        dataset: The name of the data.
        expects: What the model wants: see `Context`.
        split: `iid`; `nan` where values are made missing; `time` where training comes first.
        seed: Where chance starts from.
        mistakes: The mistakes that are made.
        benign: What else comes.
    """

    dataset: str
    expects: str = "raw"
    split: str = "iid"
    seed: int = 0
    mistakes: Sequence[str] = ()
    benign: Sequence[str] = ()

    @cached_property
    def _raw(self) -> tuple[Array, Array, Known]:
        """Training rows, live rows, and what is known of the former."""
        values = store.load(self.dataset).values.astype(np.float64)
        rng = np.random.default_rng([zlib.crc32(self.dataset.encode()), self.seed, 1])
        size = int(TRAINED * len(values))
        order = np.arange(len(values)) if self.split == "time" else rng.permutation(len(values))
        trained = _thinned(rng, order[:size], MOST_TRAINED)
        live = np.sort(_thinned(rng, order[size:], MOST_LIVE))
        kept = values[trained], values[live]
        if self.split == "nan" and values.ndim == 2:
            _lose(rng, *kept)
        return *kept, Known.of(kept[0])

    @property
    def known(self) -> Known:
        """What is known of the raw training rows."""
        return self._raw[2]

    @cached_property
    def rows(self) -> Rows:
        """The live rows."""
        return Rows(self._raw[1], self.known)

    @property
    def kind(self) -> str:
        """`tabular` or `image`."""
        return "image" if self._raw[0].ndim == 4 else "tabular"

    @cached_property
    def train(self) -> Array:
        """What the model was trained on: what it expects of the raw training rows, float64."""
        return self.known.right(self._raw[0], self.expects)

    @cached_property
    def context(self) -> Context:
        """What a detector is told beside it."""
        known = self.known
        names = store.load(self.dataset).names
        told = known.mean, known.std, known.low, known.high
        return Context(self.kind, self.expects, names, *told, self.dataset)

    @property
    def sizes(self) -> Sequence[int]:
        """The sizes of batches."""
        return SIZES[self.kind]


def _thinned(rng: np.random.Generator, places: Array, most: int) -> Array:
    return places if len(places) <= most else np.sort(rng.choice(places, most, replace=False))


def _lose(rng: np.random.Generator, train: Array, live: Array) -> None:
    """Make values of some columns missing, in both arrays."""
    known = Known.of(train)
    columns = known.continuous if len(known.continuous) else known.varying
    size = min(len(columns), max(1, len(columns) // 8))
    chosen = rng.choice(columns, size, replace=False)
    for rows in (train, live):
        for place in chosen:
            rows[rng.random(len(rows)) < MISSING, place] = np.nan


def settings(dataset: str, seed: int) -> Iterator[Setting]:
    """Every setting of a data set with a seed."""
    if dataset in store.IMAGES:
        for expects in ("uint8", "unit", "pm1"):
            wrong = tuple(faults.IMAGES), tuple(faults.BENIGN_IMAGES)
            yield Setting(dataset, expects, "iid", seed, *wrong)
        return
    data = store.load(dataset)
    sentinels = ("sentinel_999", "sentinel_0")
    left_out = {"raw_input"} if data.natural else {"raw_input", *sentinels}
    raw = tuple(name for name in faults.TABLES if name not in left_out)
    yield Setting(dataset, "raw", "iid", seed, raw, tuple(faults.BENIGN_TABLES))
    if not data.natural:
        yield Setting(dataset, "raw", "nan", seed, sentinels, ("clean",))
    few = ("clean", "drift_shift", "drift_select")
    yield Setting(dataset, "normalised", "iid", seed, faults.NORMALISED, few)
    if data.timed:
        yield Setting(dataset, "raw", "time", seed, (), ("drift_time",))
