"""Learning bins, and finding the bin of a number, on NumPy or on a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.errors import DataError
from samescale.keras._adapt import batches
from samescale.keras._affine import WIDE, has_float64, summed
from samescale.keras._exact import joined
from samescale.keras._known import concrete
from samescale.keras._spool import Spool
from samescale.statistics.quantiles import Quantiles

if TYPE_CHECKING:
    from samescale.ir.types import Array

# From here on a binary search takes less memory than a comparison with each boundary.
_MANY = 64


def learn(data: Any, *, bins: int, nan: str, steps: int | None) -> Array:
    """The exact quantiles of all values at 1/bins, 2/bins, …, each once: float64, ascending.

    Raises:
        DataError: If there is no value, or one is infinite or not a number, or missing against
            the policy.
    """
    found = Quantiles(tuple(k / bins for k in range(1, bins)))
    spool = Spool(held=isinstance(data, np.ndarray | list))
    try:
        for batch in batches(data, steps=steps):
            values = batch.reshape(-1, 1)
            _check_missing(values, nan)
            spool.add(values)
            found = found.update(values)
        while (more := found.refine()) is not None:
            found = more
            for values in spool:
                found = found.update(values)
    finally:
        spool.close()
    edges: Any = found.value()["values"]
    if not edges or any(edge is None for edge in edges[0]):
        raise DataError(
            "Every value is missing, so there are no boundaries to learn.",
            remedy="Give data with values, or bin_boundaries.",
        )
    return np.unique(np.asarray(edges[0], np.float64))


def _check_missing(values: Array, nan: str) -> None:
    if nan == "error" and values.dtype.kind == "f" and np.isnan(values).any():
        row = int(np.argmax(np.isnan(values)))
        raise DataError(
            f"Value {row} of a batch is missing.",
            remedy="Fill it in, or make the layer with nan='skip'.",
            row=row,
        )


def bin_of(layer: Any, inputs: Any, parts: Any) -> Any:
    """How many boundaries aren't above each input: int32; NaN gives 0.

    Args:
        layer: A `DataLayer`.
        inputs: An array, or a tensor of the layer's backend of the moment.
        parts: The boundaries as float32 parts, a weight or an array, (3, n); NaN where there are
            fewer.
    """
    backend = layer.backend
    if isinstance(inputs, np.ndarray):
        known = concrete(parts)
        if known is not None:
            return backend.convert_to_tensor(_on_host(inputs, joined(known)), dtype="int32")
        inputs = backend.convert_to_tensor(inputs)
    wide = keras.backend.standardize_dtype(inputs.dtype) in WIDE and has_float64(backend)
    values, edges = _comparable(layer, inputs, parts, "float64" if wide else "float32")
    if parts.shape[1] > _MANY:
        return _searched(backend, values, edges)
    above = backend.numpy.expand_dims(values, -1) >= edges
    return backend.cast(backend.numpy.sum(backend.cast(above, "int32"), axis=-1), "int32")


def _on_host(inputs: Array, edges: Array) -> Array:
    edges = edges[~np.isnan(edges)]
    values = inputs.astype(np.float64)
    return np.where(np.isnan(values), 0, np.searchsorted(edges, values, side="right"))


def _comparable(layer: Any, inputs: Any, parts: Any, work: str) -> tuple[Any, Any]:
    backend = layer.backend
    if isinstance(parts, np.ndarray):
        edges = backend.convert_to_tensor(joined(parts), dtype=work)
    else:
        edges = summed(backend, layer.convert_weight(parts), work)
    return backend.cast(inputs, work), edges


def _searched(backend: Any, values: Any, edges: Any) -> Any:
    numpy = backend.numpy
    absent = numpy.isnan(edges)
    filled = numpy.where(absent, numpy.full_like(edges, float("inf")), edges)
    flat = numpy.reshape(values, (-1,))
    place = backend.cast(numpy.searchsorted(filled, flat, side="right"), "int32")
    most = numpy.sum(backend.cast(numpy.logical_not(absent), "int32"))
    place = numpy.where(numpy.isnan(flat), numpy.zeros_like(place), numpy.minimum(place, most))
    return numpy.reshape(place, backend.core.shape(values))
