"""Images made up: skies over warm ground, with noise; and what mistakes make of them."""

import numpy as np

SIZE = 16


def images(count, seed=0, channels=3):
    """Whole numbers of 0…255, (count, 16, 16, channels), float64."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    tilt, bend = rng.normal(size=(2, count, 1, 1))
    wave = np.sin(6 * rng.random((count, 1, 1)) + 5 * (tilt * x + bend * y))
    light = rng.uniform(50, 200, (count, 1, 1)) + rng.uniform(15, 50, (count, 1, 1)) * wave
    warm = rng.normal([1.25, 1.0, 0.65], [0.12, 0.02, 0.12], (count, 3))
    fine = rng.normal(size=(count, SIZE, SIZE, 1)) * 6 + rng.normal(size=(count, SIZE, SIZE, 3)) * 2
    found = light[..., None] * warm[:, None, None] + fine
    return np.clip(np.rint(found), 0, 255)[..., :channels]


SCALES = {
    "0..255": lambda levels: levels,
    "0..1": lambda levels: levels / 255,
    "-1..1": lambda levels: levels / 127.5 - 1,
}


def by_image(levels):
    axes = (1, 2, 3)
    least = 1 / np.sqrt(levels[0].size)
    spread = np.maximum(levels.std(axes, keepdims=True), least)
    return (levels - levels.mean(axes, keepdims=True)) / spread


def by_batch(levels, eps=0.0, ddof=0):
    axes = (0, 1, 2)
    return (levels - levels.mean(axes)) / (levels.std(axes, ddof=ddof) + eps)


def torch(levels):
    return (levels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


def caffe(levels):
    return levels[..., ::-1] - [103.939, 116.779, 123.68]


def scrambled(levels):
    return np.ascontiguousarray(np.moveaxis(levels, -1, 1)).reshape(levels.shape)
