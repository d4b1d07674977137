"""Mistakes with images: another range, other channels, standardised by themselves."""

from __future__ import annotations

import numpy as np

from benchmarks.mistakes.faults.sent import Arrived, Sent

COLOURS = 3


def img_0_255(sent: Sent) -> Arrived | None:
    """The division by 255 was forgotten."""
    return None if sent.expects == "uint8" else Arrived(sent.raw.copy())


def img_0_1(sent: Sent) -> Arrived | None:
    """Divided by 255 where that wasn't asked for."""
    return None if sent.expects == "unit" else Arrived(sent.raw / 255.0)


def img_pm1(sent: Sent) -> Arrived | None:
    """Brought to -1 to 1 where that wasn't asked for."""
    return None if sent.expects == "pm1" else Arrived(sent.raw / 127.5 - 1.0)


def img_tiny(sent: Sent) -> Arrived:
    """Divided by 255 twice."""
    return Arrived(sent.raw / 255.0 / 255.0)


def img_double_norm(sent: Sent) -> Arrived:
    """Standardised by channel with training's statistics."""
    return Arrived((sent.raw - sent.known.mean) / sent.known.std)


def img_batch(sent: Sent) -> Arrived:
    """Standardised by channel with the batch's own statistics."""
    axes = (0, 1, 2)
    return Arrived((sent.raw - sent.raw.mean(axes)) / np.maximum(sent.raw.std(axes), 1e-7))


def img_per_image(sent: Sent) -> Arrived:
    """Each image standardised by itself, with TensorFlow's floor under the deviation."""
    axes = (1, 2, 3)
    floor = 1 / np.sqrt(np.prod(sent.raw.shape[1:]))
    std = np.maximum(sent.raw.std(axes, keepdims=True), floor)
    return Arrived((sent.raw - sent.raw.mean(axes, keepdims=True)) / std)


def img_bgr(sent: Sent) -> Arrived | None:
    """Red and blue exchanged."""
    if sent.raw.shape[-1] != COLOURS:
        return None
    return Arrived(sent.right(sent.raw[..., ::-1]), [0, 2])


def img_channel_order(sent: Sent) -> Arrived | None:
    """Channels first, read as if they were last: the shape is the same, and nothing fails."""
    if sent.raw.shape[-1] != COLOURS:
        return None
    first = np.moveaxis(sent.right(), -1, 1)
    return Arrived(np.ascontiguousarray(first).reshape(sent.raw.shape), [], "same shape")


def img_stuck(sent: Sent) -> Arrived | None:
    """A channel is 0 everywhere."""
    if sent.raw.shape[-1] != COLOURS:
        return None
    channel = int(sent.rng.integers(0, COLOURS))
    values = sent.right().copy()
    values[..., channel] = 0
    return Arrived(values, [channel], "channel zero")
