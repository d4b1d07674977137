"""The orders that columns arrive in by mistake, and how common each is, as a length of code."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

SWAP: Final = math.log(0.012)
ROTATED: Final = math.log(0.03)
REVERSED: Final = math.log(0.01)
MOVED: Final = math.log(0.003)
ANY: Final = math.log(0.005)


def rotations(worth: Array, most: int) -> tuple[Array, Array]:
    """All columns shifted by as many places, and reversed: by one always, else the best few.

    Args:
        worth: log of the chance of column j that arrived as column k, summed over rows, (j, k).
        most: How many.

    Returns:
        Arrangements (c, d), and log of how common each is, (c,).
    """
    width = len(worth)
    places = np.arange(width)
    steps = np.arange(1, width)
    sources = np.stack([np.roll(places, step) for step in steps] + [places[::-1]])
    near = (steps == 1) | (steps == width - 1)
    priors = np.append(np.where(near, ROTATED, MOVED - math.log(width)), REVERSED)
    order = np.argsort(worth[sources, places].sum(axis=1))[::-1]
    kept = np.unique(np.concatenate([[0, width - 2, width - 1], order[:most]]))
    return sources[kept], priors[kept]


def moves(worth: Array, most: int) -> tuple[Array, Array]:
    """One column taken out and put in elsewhere, what lies between shifted by one: the best few.

    Args:
        worth: As for `rotations`.
        most: How many.

    Returns:
        As for `rotations`.
    """
    width = len(worth)
    own, places = np.diag(worth), np.arange(width)
    up = np.concatenate([[0.0], np.cumsum(np.diag(worth, 1) - own[1:])])
    down = np.concatenate([[0.0], np.cumsum(np.diag(worth, -1) - own[:-1])])
    # What arrived in a belongs to b: those between stand one place further on, or back.
    gain = (worth - own[None, :]) + np.where(
        places[:, None] < places[None, :],
        down[None, :] - down[:, None],
        up[:, None] - up[None, :],
    )
    np.fill_diagonal(gain, -np.inf)
    best = np.argsort(gain, axis=None)[::-1][: min(most, width * (width - 1))]
    sources = np.stack([moved(width, *divmod(int(flat), width)) for flat in best])
    return sources, np.full(len(best), MOVED - math.log(width * (width - 1)))


def moved(width: int, taken: int, put: int) -> Array:
    """The arrangement in which what belongs to place `put` arrived in place `taken`.

    >>> moved(4, 0, 2)
    array([1, 2, 0, 3])
    """
    return np.insert(np.delete(np.arange(width), taken), put, taken)


def log_prior(count: int, width: int) -> float:
    """Returns log of how common one given order is that moves `count` of `width` columns anyhow.

    First how many, then which, then which of their derangements.
    """
    if count < 2:  # noqa: PLR2004
        return 0.0
    which = math.lgamma(width + 1) - math.lgamma(count + 1) - math.lgamma(width - count + 1)
    derangements = math.lgamma(count + 1) - 1.0 if count > 4 else math.log((1, 2, 9)[count - 2])  # noqa: PLR2004
    return ANY - math.log(width) - which - derangements
