from __future__ import annotations

import functools

import numpy as np
import pytest

from samescale.evidence.images.pictures import Pictures
from samescale.evidence.stream.pictures import PictureStream


def photographs(count, seed=0):
    """Smooth colour gradients with texture, 0…1."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:12, 0:12] / 12
    base = rng.random((count, 1, 1, 3)) + rng.normal(0, 0.4, (count, 1, 1, 3)) * x[None, :, :, None]
    base = base + rng.normal(0, 0.4, (count, 1, 1, 3)) * y[None, :, :, None]
    found = np.clip(0.2 + 0.5 * base + rng.normal(0, 0.05, (count, 12, 12, 3)), 0, 1)
    return np.round(found * 255) / 255


@functools.cache
def known():
    return Pictures.learn(photographs(300), rows=300, expects="0..1")


def test_a_range_is_named_a_few_images_after_it_begins_and_clears():
    stream = PictureStream(known())
    for image in photographs(200, 1):
        assert stream.see(image[None]).best is None
    told = [stream.see(image[None]) for image in photographs(6, 2) * 255]
    assert told[-1].best.mistake == "pixels-0-255"
    assert told[-1].best.evidence >= 3
    for image in photographs(12, 3):
        verdict = stream.see(image[None])
    assert verdict.best is None


def test_one_image_again_and_again_is_one():
    stream = PictureStream(known())
    wrong = photographs(1, 2) * 255
    assert all(stream.see(wrong).best is None for _ in range(40))


def test_images_of_one_request_count_as_one_unless_they_are_apart():
    wrong = photographs(8, 2) * 255
    together, apart = PictureStream(known()), PictureStream(known())
    assert not together.see(wrong).named
    assert apart.see(wrong, apart=True).named
    assert apart.conditions.training == 48
    apart.reset()
    assert not apart.alarmed
    assert apart.evidence == pytest.approx(-300)


def test_no_images_are_no_news():
    assert PictureStream(known()).see(np.zeros((0, 12, 12, 3))).rows == 0
