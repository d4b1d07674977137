"""What `adapt` takes: all that Keras takes, tables beside, as one stream of NumPy arrays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import keras
import numpy as np

from samescale.errors import DataError
from samescale.keras._tables import is_table, pieces

if TYPE_CHECKING:
    from samescale.ir.types import Array

Take: TypeAlias = "Callable[[Any], Array]"

# (x, y) and (x, y, sample_weight).
_LABELLED = (2, 3)
# Rows of a dataset that isn't batched, which are put together.
_ROWS = 1024


def batches(data: Any, *, steps: int | None = None) -> Iterator[Array]:
    """The values of `data`, batch by batch, labels left out.

    Args:
        data: An array, a tensor of any framework, a number or text, or nested lists of them: one
            batch. A tuple of two or three is `(x, y)` or `(x, y, sample_weight)`: `x` alone is
            read. A mapping of columns, or a pandas, polars or Arrow table: arrays of rows ×
            columns. A list of arrays, a `tf.data.Dataset`, a `keras.utils.PyDataset`, a torch
            `DataLoader`, a Grain dataset, a generator or another iterable: its batches, each
            anything of the above.
        steps: How many batches at most are taken of what gives batches.

    Yields:
        Arrays of the values' own dtype: nothing is narrowed. Text is of dtype object or `str`.

    Raises:
        DataError: If there is no batch.
        TypeError: If a batch isn't an array (Keras' own class of error).
    """
    if (whole := _one_batch(data)) is not None:
        yield from pieces(whole) if is_table(whole) else (array_of(whole),)
        return
    count = 0
    for count, batch in enumerate(itertools.islice(_given(data), steps), 1):  # noqa: B007 - the count is asked for after the loop
        x = _inputs(batch, listed=_is_loader(data))
        yield from pieces(x) if is_table(x) else (_batch(x),)
    if not count:
        raise DataError(
            "adapt() was given an empty iterable: there is no batch to learn from.",
            remedy="Give at least one array; a generator that was read before is empty.",
        )


def array_of(values: Any) -> Array:
    """An array or a tensor of any framework as a NumPy array, its dtype kept.

    bfloat16, which NumPy hasn't, becomes float32, which holds it exactly. Of a ragged or a sparse
    tensor it is the values.
    """
    for inner in ("flat_values", "values"):
        if _of(values, "tensorflow") and hasattr(values, inner):
            return array_of(getattr(values, inner))
    if isinstance(values, np.ndarray):
        array = values
    elif keras.ops.is_tensor(values) or isinstance(values, keras.Variable):
        array = np.asarray(keras.ops.convert_to_numpy(values))
    elif _of(values, "torch"):
        array = np.asarray(values.detach().cpu())
    else:
        array = np.asarray(values)
    return array.astype(np.float32) if array.dtype.kind == "V" else array


def _one_batch(data: Any) -> Any:
    """What is one batch by itself; `None` if it is many."""
    if isinstance(data, tuple):
        return _inputs(data, listed=False)
    if is_table(data) or _is_array(data):
        return data
    if isinstance(data, list) and data and _is_plain(data):
        return np.asarray(data)
    if isinstance(data, str | bytes | int | float):
        return np.asarray(data)
    return None


def _is_plain(values: list[Any]) -> bool:
    """Whether a list holds numbers, text or lists of them: it is one array, not many."""
    first = values[0]
    if isinstance(first, list):
        return not first or _is_plain(first)
    return first is None or isinstance(first, str | bytes | int | float | np.generic)


def _is_array(values: Any) -> bool:
    if hasattr(values, "__array__") or keras.ops.is_tensor(values):
        return True
    return _of(values, "tensorflow") and hasattr(values, "dtype") and hasattr(values, "shape")


def _of(values: Any, package: str) -> bool:
    return any(kind.__module__.partition(".")[0] == package for kind in type(values).__mro__)


def _is_loader(data: Any) -> bool:
    # torch collates (x, y) to a list.
    return _of(data, "torch") and not hasattr(data, "detach")


def _given(data: Any) -> Iterator[Any]:
    if hasattr(data, "element_spec") and hasattr(data, "batch"):
        return iter(_batched(data))
    if isinstance(data, keras.utils.PyDataset):
        count = data.num_batches
        return (data[i] for i in (itertools.count() if count is None else range(count)))
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping):
        return iter(data)
    raise TypeError(
        f"Unsupported data type: {type(data)}. adapt takes arrays, tensors, tables, datasets and "
        "iterables of batches."
    )


def _batched(dataset: Any) -> Any:
    """A `tf.data.Dataset` of single rows is batched, as Keras does."""
    spec = dataset.element_spec
    first = spec[0] if isinstance(spec, tuple) else spec
    shape: Any = getattr(first, "shape", None)
    single = shape is not None and shape.rank is not None and len(shape) == 1
    numbers = getattr(getattr(first, "dtype", None), "is_floating", False)
    unbatched = single and numbers and shape[0] is not None
    return dataset.batch(_ROWS) if unbatched else dataset


def _inputs(batch: Any, *, listed: bool) -> Any:
    """The `x` of a batch."""
    if not isinstance(batch, tuple) and not (listed and isinstance(batch, list)):
        return batch
    if not batch:
        raise DataError("adapt() was given an empty tuple.", remedy="Give (x,) or (x, y).")
    if len(batch) > max(_LABELLED):
        raise DataError(
            f"A tuple of {len(batch)} was given: a tuple is (x, y) or (x, y, sample_weight).",
            remedy="Give batches as a list of arrays.",
            value=len(batch),
        )
    return batch[0]


def _batch(x: Any) -> Array:
    if isinstance(x, list) and x and _is_plain(x):
        return np.asarray(x)
    if isinstance(x, str | bytes) or _is_array(x):
        return array_of(x)
    raise TypeError(
        "adapt() takes an iterable of arrays or tensors, which have a `.shape`, of tables, or of "
        f"tuples of them; one element is of type {type(x).__name__}."
    )
