"""What Normalization learns of a stream of batches, and the weights that this becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.errors import DataError, ModelError
from samescale.keras._adapt import batches
from samescale.keras._exact import split
from samescale.keras._tables import names_of
from samescale.statistics.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array

_MOST = np.iinfo(np.int32).max
_LARGEST = float(np.finfo(np.float32).max)
STATE: Final = {"mean": np.float32, "variance": np.float32, "count": np.int32, "affine": np.float32}


def learn(layer: Any, data: Any) -> dict[str, Array]:
    """The values of the layer's weights; the layer is built if it wasn't.

    Raises:
        DataError: If nothing can be learned of the data.
    """
    moments, rows = Moments(), 0
    for batch in batches(data):
        _fit(layer, batch)
        entries = _entries(batch, layer._keep_axis)  # noqa: SLF001 - Keras' name for the kept axes
        moments, rows = moments.update(entries), rows + len(entries)
    _check(layer, moments, rows, names_of(data))
    found: Any = moments.value()
    shape = layer._mean_and_var_shape  # noqa: SLF001 - Keras' name again
    mean, variance = (np.array(found[name]).reshape(shape) for name in ("mean", "variance"))
    return {
        "mean": mean.astype(np.float32),
        "variance": np.clip(variance, 0, _LARGEST).astype(np.float32),
        "count": np.array(min(max(found["count"]), _MOST), np.int32),
        "affine": parts_of(mean, variance, invert=layer.invert),
    }


def _fit(layer: Any, batch: Array) -> None:
    """Build the layer for a first batch, and hold others against it."""
    if not layer.built:
        layer.build(batch.shape)
    known = layer._build_input_shape  # noqa: SLF001 - Keras' name
    axes = layer._keep_axis  # noqa: SLF001 - Keras' name
    if batch.ndim != len(known) or any(batch.shape[axis] != known[axis] for axis in axes):
        raise DataError(
            f"adapt() was given data of an incompatible shape, {batch.shape}: the layer "
            f"'{layer.name}' was built for {tuple(known)}.",
            remedy="Give every batch the same features.",
            value=str(batch.shape),
        )


def _entries(batch: Array, kept: Sequence[int]) -> Array:
    """The batch as rows × kept entries."""
    width = int(np.prod([batch.shape[axis] for axis in kept], dtype=np.int64))
    places = range(batch.ndim - len(kept), batch.ndim)
    return np.moveaxis(batch, tuple(kept), tuple(places)).reshape(-1, width)


def _check(layer: Any, moments: Moments, rows: int, names: Sequence[str] | None) -> None:
    counts = moments.counts
    empty = next((place for place, count in enumerate(counts) if not count), None)
    if empty is not None or not counts:
        raise DataError(
            f"{_named(empty or 0, names)} has no value in {rows} rows.",
            remedy="Leave it out, or give data in which it isn't always missing.",
            feature=empty or 0,
        )
    short = next((place for place, count in enumerate(counts) if count < rows), None)
    if layer.nan == "error" and short is not None:
        raise DataError(
            f"{_named(short, names)} is missing in {rows - counts[short]} of {rows} rows.",
            remedy="Fill it in, or make the layer with nan='skip'.",
            feature=short,
        )
    if max(counts) == 1:
        raise DataError(
            "adapt() was given one value for each feature, which has no spread.",
            remedy="Give all training rows; of single numbers, with axis=None.",
        )


def _named(place: int, names: Sequence[str] | None) -> str:
    return f"The column '{names[place]}'" if names and place < len(names) else f"Feature {place}"


def parts_of(mean: Array, variance: Array, *, invert: bool) -> Array:
    """Shift and factor of the normal form, as float32 parts.

    Raises:
        DataError: If one is beyond float32.
    """
    deviation = np.sqrt(np.asarray(variance, np.float64))
    deviation = np.where(deviation > 0, deviation, 1.0)
    # y * d + m would be one rounding on some backends and two on others: (y + m / d) * d isn't.
    shift, factor = (-mean / deviation, deviation) if invert else (mean, 1.0 / deviation)
    for name, values in (("mean", shift), ("standard deviation", factor)):
        if not (np.abs(values) <= _LARGEST).all():
            raise DataError(
                f"A {name} is beyond the range of float32, in which Keras computes.",
                remedy="Rescale the column to another unit first.",
            )
    return np.concatenate([split(shift), split(factor)])


def spread(given: Any, kept: Sequence[int], shape: Sequence[int]) -> Array:
    """Given means shaped to broadcast against an input, aligned to the last of the kept axes.

    Raises:
        ValueError: If they don't fit.
    """
    values = np.asarray(given, np.float64)
    expanded = [1] * len(shape)
    for place in range(1, values.ndim + 1):
        expanded[kept[-place]] = values.shape[-place]
    return np.broadcast_to(values.reshape(expanded), tuple(shape))


def weights_of(statistics: Mapping[str, Any] | None) -> dict[str, Array]:
    """The weights of a config."""
    return (
        {name: np.asarray(statistics[name], kind) for name, kind in STATE.items()}
        if statistics
        else {}
    )


def check(layer: Any, kept: tuple[int, ...], weights: Mapping[str, Array]) -> None:
    """Raise unless what a config says was learned is of the shape that the layer is built for.

    Raises:
        ModelError: If it isn't.
    """
    if weights and weights["mean"].shape != kept:
        raise ModelError(
            f"The layer '{layer.name}' has learned statistics of shape {weights['mean'].shape}, "
            f"and is built for {kept}.",
            remedy="Give it inputs with the features that it was adapted to.",
            layer=layer.name,
        )
