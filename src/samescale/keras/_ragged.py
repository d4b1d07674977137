"""Batches of tokens, of rows of different lengths too."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.keras._adapt import batches

if TYPE_CHECKING:
    from samescale.ir.types import Array

_SCALAR = (str, bytes, int, np.generic)


def token_batches(data: Any, steps: int | None) -> Iterator[Any]:
    """The batches of `_adapt.batches`; ragged ones as lists of rows, lists of tokens as arrays.

    A tuple of tokens is a batch, as in Keras, and so is the list of strings that a `DataLoader`
    makes of rows of text; of numbers either would be `(x, y)`.
    """
    if is_ragged(data):
        return iter([rows_of_ragged(data)])
    if is_ragged(_first(getattr(data, "element_spec", None))):
        return map(rows_of_ragged, itertools.islice(map(_first, data), steps))
    if isinstance(data, tuple) and _is_tokens(data):
        return batches(_array(data))
    if _is_loader(data):
        return batches((_array(batch) for batch in data), steps=steps)
    if isinstance(data, Iterator):
        return batches(map(_tokens, data), steps=steps)
    return batches(data, steps=steps)


def is_ragged(value: Any) -> bool:
    """Whether a value is a ragged tensor or describes one."""
    return type(value).__name__ in {"RaggedTensor", "RaggedTensorSpec"}


def rows_of_ragged(value: Any) -> list[Array]:
    """The rows of a ragged tensor, their inner dimensions flat."""
    return [np.asarray(row.flat_values if is_ragged(row) else row).reshape(-1) for row in value]


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and value else value


def _is_tokens(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, _SCALAR) for one in value)


def _is_loader(data: Any) -> bool:
    return type(data).__module__.startswith("torch.") and not hasattr(data, "detach")


def _tokens(batch: Any) -> Any:
    return _array(batch) if isinstance(batch, tuple) and _is_tokens(batch) else batch


def _array(batch: Any) -> Any:
    """A loader's batch: the `x` of it, and text as an array."""
    if isinstance(batch, list | tuple) and batch and not _is_tokens(batch):
        return _array(batch[0])
    if not isinstance(batch, list | tuple):
        return batch
    text = isinstance(batch[0], str | bytes) if batch else False
    return np.array(batch, object) if text else np.array(batch)
