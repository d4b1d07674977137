"""How `Learned` is made of a sample of training images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.images._measure import (
    Sums,
    contrast_of,
    deadness_of,
    kinds,
    numbers_of,
    rounding_of,
    spaced,
    sums,
)
from samescale.evidence.images._moved import limit_of
from samescale.evidence.images._numbers import Moments, moments
from samescale.evidence.images._scale import Scale, find, ranges, whole
from samescale.evidence.images._swaps import learn_colour, learn_layout
from samescale.evidence.images._tail import Tail
from samescale.evidence.images.learned import Learned

if TYPE_CHECKING:
    from samescale.ir.types import Array

MOST: Final = 640
"""Images that are learned from, of the sample."""

TEXTURED: Final = 384
"""Images of which the layout is learned: those need their neighbourhoods whole."""

NAMES: Final = {"0..255": "pixels-0-255", "0..1": "pixels-0-1", "-1..1": "pixels-minus-1-1"}
"""What `expects` may say, and the range that it stands for."""


def learn(sample: Array, rows: int, expects: str | None) -> Learned:
    """What is kept of a sample (k, H, W, C), finite, in random order."""
    sample = sample[:MOST]
    found = sums(sample)
    scale = _scale(sample, found, expects)
    told = _moments(sample, scale)
    numbers = numbers_of(told)
    deviation = found.deviation / np.abs(scale.step)
    low, high = scale.levels(found.low), scale.levels(found.high)
    mean, square = _whole(scale.levels(found.mean), deviation)
    return Learned(
        rows,
        (sample.shape[1], sample.shape[2], sample.shape[3]),
        scale,
        mean,
        square,
        float(low.min()),
        float(high.max()),
        numbers.mean(axis=0).astype(np.float32),
        numbers.std(axis=0).astype(np.float32),
        limit_of(numbers),
        *_tails(deviation),
        colour=learn_colour(told),
        layout=learn_layout(scale.levels(sample[:TEXTURED].astype(np.float64))),
    )


def _scale(sample: Array, found: Sums, expects: str | None) -> Scale:
    seen = kinds(sample, np.ones(sample.shape[-1], bool))
    rounding = rounding_of(sample)
    if expects is None or expects == "other":
        return find(seen, rounding, (float(found.low.min()), float(found.high.max())))
    scale = ranges(sample.shape[-1])[NAMES[expects]]
    lattice = whole(scale, seen, rounding) is not None
    return Scale(scale.name, scale.step, scale.shift, lattice=lattice)


def _moments(sample: Array, scale: Scale) -> Moments:
    parts = [
        moments(scale.levels(sample[start : start + 64].astype(np.float64)))
        for start in range(0, len(sample), 64)
    ]
    kinds_of = [(one.mean, one.covariance, one.steps) for one in parts]
    return Moments(*(np.concatenate(kind) for kind in zip(*kinds_of, strict=True)))


def _whole(mean: Array, deviation: Array) -> tuple[Array, Array]:
    """(C,) mean and deviation over all images, from those of each."""
    middle = mean.mean(axis=0)
    return middle, np.sqrt((deviation**2 + (mean - middle) ** 2).mean(axis=0))


def _tails(deviation: Array) -> tuple[Tail, Tail, Tail, Tail]:
    contrast = contrast_of(deviation)
    dead = deadness_of(deviation).max(axis=1)
    return Tail.learn(-contrast), Tail.learn(contrast), Tail.learn(dead), Tail.learn(-contrast)


def subsets(count: int) -> tuple[Array, ...]:
    """Small batches of the sample, as traffic may come: what no mistake may be told of."""
    singles = [np.array([place]) for place in spaced(count, 32)]
    batches = [spaced(count, min(size, count)) for size in (8, 32, 128)]
    return (*singles, *batches)
