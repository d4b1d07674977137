"""What BGR and scrambled channels would look like, simulated on training images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.images._contrast import FEWEST, Contrast
from samescale.evidence.images._numbers import (
    COLOURS,
    MIRROR,
    colours,
    scrambled,
    texture,
)
from samescale.evidence.images._suspicion import Suspicion, held_out

if TYPE_CHECKING:
    from samescale.evidence.images._numbers import Moments
    from samescale.ir.types import Array

TINT: Final = 0.16
"""How far, in log, the outer channels may drift against the middle one: ±15 % and a little."""

NOISE: Final = 10.0
"""The standard deviation of the noise, in levels, that the simulations reach up to."""

_BUMPS: Final = {"colour": 80, "layout": 48}
_RIDGE: Final = 0.01  # of the layout's contrast: its two worlds hardly overlap
_LIGHT: Final = (-0.4, 0.25)  # log of the factors on all channels that are simulated
_AT_ONCE: Final = 32
_STEPS: Final = (-TINT, 0.0, TINT)

TINTS: Final = tuple(
    (float(np.exp(red)), 1.0, float(np.exp(blue))) for red in _STEPS for blue in _STEPS
)
"""Factors of the three channels: what is seen may be honest images tinted by one of these."""


AS_IS: Final = len(TINTS) // 2
"""Which of `TINTS` is none."""


def under_tints(contrast: Contrast, found: Moments) -> Array:
    """(t, n) the contrasts of n images, each of `TINTS` taken for honest and undone."""
    return contrast(colours(found.coloured().tinted(np.array(TINTS)[:, None])))


def learn_colour(found: Moments) -> Suspicion | None:
    """The suspicion of BGR.

    Args:
        found: The moments of training images, n ≥ 64 of them for an answer, C ≥ 3.
    """
    images, channels = found.mean.shape
    if images < FEWEST or channels < COLOURS:
        return None
    found, rng = found.coloured(), np.random.default_rng(0)
    lit = found.tinted(np.exp(rng.uniform(*_LIGHT, (images, 1))).repeat(COLOURS, axis=1))
    grain = np.asarray(rng.uniform(0, NOISE, images))
    numbers = np.stack([colours(one) for one in (found, lit.noisy(grain))])
    clean, single = np.zeros(images), np.zeros(images)

    def fold(out: Array) -> None:
        contrast = _colour(numbers[:, ~out])
        clean[out] = contrast(numbers[0, out])
        single[out] = under_tints(contrast, found.at(out)).min(axis=0)

    held_out(images, fold)
    return Suspicion.of(_colour(numbers), clean, -clean, single)


def _colour(numbers: Array) -> Contrast:
    return Contrast.learn(
        numbers.reshape(-1, numbers.shape[-1]), None, bumps=_BUMPS["colour"], mirror=MIRROR
    )


def learn_layout(images: Array) -> Suspicion | None:
    """The suspicion of channels that were scrambled by a reshape.

    Args:
        images: (n, H, W, C) levels, n ≥ 64 of them for an answer, C ≥ 2.
    """
    if len(images) < FEWEST or images.shape[-1] == 1 or min(images.shape[1:3]) < 4:  # noqa: PLR2004
        return None
    rng = np.random.default_rng(0)
    grain = rng.uniform(0, NOISE, len(images))[:, None, None, None]
    grainy = np.clip(images + grain * rng.standard_normal(images.shape), 0, 255)
    # Few at a time stay in the cache.
    parts = [slice(start, start + _AT_ONCE) for start in range(0, len(images), _AT_ONCE)]
    clean, wrong = (
        np.stack([np.concatenate([texture(change(x[p])) for p in parts]) for x in (images, grainy)])
        for change in (np.asarray, scrambled)
    )
    ratios = np.zeros((2, *clean.shape[:2]))

    def fold(out: Array) -> None:
        seen = [kind[:, ~out].reshape(-1, kind.shape[-1]) for kind in (clean, wrong)]
        contrast = Contrast.learn(*seen, bumps=_BUMPS["layout"], ridge=_RIDGE)
        for place, kind in enumerate((clean, wrong)):
            ratios[place][:, out] = contrast(kind[:, out])

    held_out(len(images), fold)
    flat = [kind.reshape(-1, kind.shape[-1]) for kind in (clean, wrong)]
    contrast = Contrast.learn(*flat, bumps=_BUMPS["layout"], ridge=_RIDGE)
    return Suspicion.of(contrast, ratios[0, 0], ratios[1, 0], ratios[0, 0])
