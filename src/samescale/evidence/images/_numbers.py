"""The summary numbers of images, on a scale of 0…255: colours, and how neighbours differ."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

LINES: Final = 32
"""Lines of an image that its colours are read from, evenly chosen."""

PAIRS: Final = 16
"""Pairs of neighbouring lines of an image that its texture is read from."""

COLOURS: Final = 3
MIRROR: Final = (1, 0, 3, 2, 5, 4, 7, 6, 8, 9, 10)
"""Where each of `colours` goes when the first and the last channel are exchanged."""

_HALF: Final = 0.5  # of a level, squared: what rounding alone leaves


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Of the pixels of n images, (…, n, ·).

    Attributes:
        mean: (…, C) of each channel.
        covariance: (…, C, C) of the channels.
        steps: (…, C) the mean square of the differences of neighbours.
    """

    mean: Array
    covariance: Array
    steps: Array

    def at(self, places: Array) -> Self:
        """Those of some of the images."""
        return type(self)(self.mean[places], self.covariance[places], self.steps[places])

    def coloured(self) -> Self:
        """Those of the first three channels."""
        three = slice(COLOURS)
        covariance = self.covariance[..., three, three]
        return type(self)(self.mean[..., three], covariance, self.steps[..., three])

    def tinted(self, factors: Array) -> Self:
        """Those of pixels whose channels are multiplied by (…, C); further axes come first."""
        pairs = factors[..., :, None] * factors[..., None, :]
        return type(self)(self.mean * factors, self.covariance * pairs, self.steps * factors**2)

    def noisy(self, deviation: Array) -> Self:
        """Those of pixels with independent noise of `deviation` (n,) levels."""
        square = deviation[:, None] ** 2
        extra = square[..., None] * np.eye(self.mean.shape[-1])
        return type(self)(self.mean, self.covariance + extra, self.steps + 2 * square)


def moments(images: Array, lines: int = LINES) -> Moments:
    """The moments of images.

    Args:
        images: (n, H, W, C) levels, float64, finite.
        lines: How many lines of each image to look at, at most.
    """
    if images.shape[1] > lines:
        images = images[:, np.linspace(0, images.shape[1] - 1, lines).astype(np.intp)]
    flat = images.reshape(len(images), -1, images.shape[-1])
    mean = flat.mean(axis=1)
    rest = flat - mean[:, None]
    covariance = np.matmul(rest.transpose(0, 2, 1), rest) / flat.shape[1]
    steps = np.diff(images, axis=2)
    square = np.einsum("nhwc,nhwc->nc", steps, steps) / max(1, steps.shape[1] * steps.shape[2])
    return Moments(mean, covariance, square)


def colours(found: Moments) -> Array:
    """Eleven numbers of the first three channels, (…, 11).

    Logs of the channels' means, deviations and differences of neighbours, each outer channel
    against the middle one; how the channels go together; brightness and contrast.
    """
    found = found.coloured()
    spread = np.diagonal(found.covariance, axis1=-2, axis2=-1) + _HALF
    level, width = np.log(found.mean.clip(0) + 4), np.log(np.sqrt(spread) + 1)
    steps = 0.5 * np.log(found.steps + 2 * _HALF)
    outer = [one[..., side] - one[..., 1] for one in (level, width) for side in (0, 2)]
    fine = [steps[..., side] - steps[..., 1] for side in (0, 2)]
    pairs = [_together(found.covariance, spread, *pair) for pair in ((0, 1), (2, 1), (0, 2))]
    one, other, across = pairs
    told = [*outer, one, other, *fine, across, level[..., 1], width[..., 1]]
    return np.stack(told, axis=-1)


def _together(covariance: Array, spread: Array, one: int, other: int) -> Array:
    ratio = covariance[..., one, other] / np.sqrt(spread[..., one] * spread[..., other])
    return np.asarray(np.arctanh(np.clip(ratio, -0.999, 0.999)))


def scrambled(images: Array) -> Array:
    """Images (n, H, W, C) whose bytes were laid out channels first, read as channels last."""
    first = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    return first.reshape(images.shape)


def unscrambled(images: Array) -> Array:
    """What `scrambled` was given."""
    n, height, width, channels = images.shape
    first = np.ascontiguousarray(images).reshape(n, channels, height, width)
    return np.moveaxis(first, 1, -1)


def texture(images: Array, pairs: int = PAIRS) -> Array:
    """Twelve numbers of how neighbours differ, read as they are and unscrambled, (n, 12)."""
    as_is, other = _differences(images, pairs), _differences(unscrambled(images), pairs)
    spread = np.log(as_is[:, -1:] + 1)
    steps = [np.log(one[:, :-1] + 0.3) - spread for one in (as_is, other)]
    return np.concatenate([*steps, spread, np.log(other[:, -1:] + 1)], axis=1)


def _differences(images: Array, pairs: int) -> Array:
    """(n, 6) how much differs: mean differences and the deviation.

    Down, across, between a pixel's channels, from its last channel to the next pixel's first,
    between the channels' means, and overall.
    """
    height = images.shape[1]
    lines = np.unique(np.linspace(0, max(height - 2, 0), pairs).astype(np.intp))
    upper, lower = images[:, lines], images[:, np.minimum(lines + 1, height - 1)]
    steps = (
        lower - upper,
        np.diff(upper, axis=2),
        np.diff(upper, axis=3),
        upper[:, :, 1:, 0] - upper[:, :, :-1, -1],
        np.diff(upper.mean(axis=(1, 2)), axis=1),
    )
    found = [_size(one) for one in steps]
    return np.stack([*found, upper.std(axis=(1, 2, 3))], axis=1)


def _size(steps: Array) -> Array:
    flat = np.abs(steps).reshape(len(steps), -1)
    return np.asarray(flat.mean(axis=1)) if flat.size else np.zeros(len(steps))
