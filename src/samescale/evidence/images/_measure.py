"""Plain measurements of images."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.evidence.images._numbers import COLOURS, colours

if TYPE_CHECKING:
    from samescale.evidence.images._numbers import Moments
    from samescale.ir.types import Array

_CHUNK: Final = 1 << 21  # values at a time
_KINDS: Final = 1 << 16  # pixels that are looked at for different values
_MOST_KINDS: Final = 1024


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """By image and channel, (n, C) each: mean, standard deviation, least and greatest value."""

    mean: Array
    deviation: Array
    low: Array
    high: Array


def sums(batch: Array) -> Sums:
    """The measurements of (n, H, W, C), in float64."""
    step = max(1, _CHUNK // max(1, batch[0].size))
    parts = []
    for start in range(0, len(batch), step):
        some = batch[start : start + step].astype(np.float64)
        flat = some.reshape(len(some), -1, some.shape[-1])
        parts.append((flat.mean(axis=1), flat.std(axis=1), flat.min(axis=1), flat.max(axis=1)))
    return Sums(*(np.concatenate(kind) for kind in zip(*parts, strict=True)))


def spaced(count: int, most: int) -> Array:
    """At most `most` places of `count`, evenly chosen, all where there are no more."""
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).astype(np.intp)


def kinds(images: Array, alive: Array) -> tuple[Array, ...]:
    """The different values of each channel that is alive, ascending, at most a thousand."""
    flat = images.reshape(-1, images.shape[-1])
    some = flat[spaced(len(flat), _KINDS)]
    found = [
        np.unique(column) if on else column[:0] for column, on in zip(some.T, alive, strict=True)
    ]
    return tuple(one[spaced(len(one), _MOST_KINDS)] for one in found)


def rounding_of(values: Array) -> float:
    """The relative rounding of values of this dtype, float32's where callers may have used it."""
    return 2.0**-11 if values.dtype == np.float16 else 2.0**-24


def numbers_of(found: Moments) -> Array:
    """(n, s) the summary numbers that drift is seen in: colours, or brightness and contrast."""
    if found.mean.shape[-1] >= COLOURS:
        return colours(found)
    spread = np.diagonal(found.covariance, axis1=-2, axis2=-1) + 0.5
    return np.concatenate([np.log(found.mean.clip(0) + 4), 0.5 * np.log(spread)], axis=-1)


def contrast_of(deviation: Array) -> Array:
    """(n,) the log of each image's contrast, from (n, C) deviations of levels."""
    return np.asarray(np.log(np.sqrt((deviation**2).mean(axis=1)) + 0.05))


def deadness_of(deviation: Array) -> Array:
    """(n, C) how much less each channel varies than the others, in log, from their deviations."""
    others = (deviation.sum(axis=1, keepdims=True) - deviation) / max(1, deviation.shape[1] - 1)
    return np.asarray(np.log(others + 0.3) - np.log(deviation + 0.3))
