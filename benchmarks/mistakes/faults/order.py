"""Columns in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.mistakes.faults.sent import Arrived, Sent

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array


def permuted_swap(sent: Sent) -> Arrived | None:
    """Two columns exchanged."""
    width = sent.raw.shape[1]
    if width < 2:
        return None
    one, other = sorted(sent.rng.choice(width, 2, replace=False).tolist())
    order = np.arange(width)
    order[one], order[other] = other, one
    return Arrived(_ordered(sent, order), [one, other], f"swap {one},{other}")


def permuted_shift(sent: Sent) -> Arrived:
    """All columns one place to the right: an index was read as the first of them."""
    width = sent.raw.shape[1]
    order = np.roll(np.arange(width), 1)
    return Arrived(_ordered(sent, order), list(range(width)), "shift by one")


def permuted_full(sent: Sent) -> Arrived:
    """An order that has nothing to do with training's."""
    order = sent.rng.permutation(sent.raw.shape[1])
    moved = np.flatnonzero(order != np.arange(len(order)))
    return Arrived(_ordered(sent, order), moved.tolist(), "random order")


def _ordered(sent: Sent, order: Array) -> Array:
    """A scaler doesn't look at names: it comes before the exchange where the model wants it."""
    return (sent.right() if sent.expects != "raw" else sent.raw)[:, order]
