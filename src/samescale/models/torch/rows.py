"""The rows of a source as shuffled batches of features and labels; streamed where they are many."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, TypeAlias, final

import numpy as np
import torch

from samescale.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.sources.base import Source

Batch: TypeAlias = "tuple[torch.Tensor, torch.Tensor]"

_BUFFER: Final = 65_536
_IN_MEMORY: Final = 1 << 30  # bytes of features; more than that is streamed


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Features and labels of a source.

    Attributes:
        fitted: The preprocessing and the target.
        source: The rows, raw.
        count: How many there are.
        held: All of them, while memory allows it.
    """

    fitted: Fitted
    source: Source
    count: int
    held: tuple[Array, Array] | None

    def batches(self, size: int, order: np.random.Generator | None) -> Iterator[Batch]:
        """Every row once, `size` a batch, the last with what is left of its block.

        Args:
            size: Rows a batch.
            order: Shuffles the rows, among 65,536 that follow each other where they are streamed.
        """
        for x, y in [self.held] if self.held else _blocks(self.fitted, self.source):
            places = np.arange(len(x)) if order is None else order.permutation(len(x))
            for start in range(0, len(x), size):
                taken = places[start : start + size]
                yield torch.from_numpy(x[taken]), torch.from_numpy(y[taken])


def read(fitted: Fitted, source: Source) -> Rows:
    """The rows of a source, held in memory if their features are at most 1 GiB.

    Raises:
        DataError: If a feature is NaN; names it and the row.
    """
    pieces: list[tuple[Array, Array]] | None = []
    count = size = 0
    for x, y in _blocks(fitted, source):
        count, size = count + len(x), size + x.nbytes
        if size > _IN_MEMORY:
            pieces = None
        if pieces is not None:
            pieces.append((x, y))
    if not pieces:
        return Rows(fitted, source, count, None)
    x, y = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return Rows(fitted, source, count, (x, y))


def _blocks(fitted: Fitted, source: Source) -> Iterator[tuple[Array, Array]]:
    names = (*fitted.schema.names, *(() if fitted.target is None else (fitted.target.name,)))
    for chunk in source.chunks(names, rows=_BUFFER):
        dtype = np.float32 if fitted.classes is None else np.int64
        labels = fitted.labels(chunk.columns).astype(dtype, copy=False)
        yield features(fitted, chunk.columns, chunk.start), labels


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
