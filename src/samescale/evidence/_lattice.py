"""The lattice that a column's values stand on, and how they heap at round numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

LEVELS: Final = 5
"""Whole steps of the lattice, tens, hundreds, thousands, and rounder."""

_ODD = 0.1  # up to this share of values may stand beside a column's lattice
_DECIMALS = 7
_ENOUGH = 6  # of fewer values a common divisor says nothing
_NEAR = 1e-6


def lattice_of(values: Array, counts: Array) -> tuple[float, float]:
    """The lattice that nearly all values stand on, and the share of those beside it.

    Args:
        values: Distinct finite values.
        counts: How often each was met.
    """
    tick = tick_of(values)
    if tick:
        return tick, 1.0 / (counts.sum() + 2.0)
    for decimals in range(_DECIMALS):
        if (4e-7 * np.abs(values) * 10.0**decimals > 0.1).mean() > 0.5:  # noqa: PLR2004
            break
        off = np.abs(values * 10.0**decimals - np.round(values * 10.0**decimals)) > _NEAR
        share = float(counts[off].sum() / counts.sum())
        if share < _ODD and len(values) - off.sum() > 2:  # noqa: PLR2004
            return 10.0**-decimals, share + 1.0 / (counts.sum() + 2.0)
    return 0.0, 1.0


def tick_of(values: Array) -> float:
    """The coarsest lattice through 0 that values stand on, a multiple of 10⁻⁷; 0 if none.

    Args:
        values: Distinct finite values.

    >>> tick_of(np.arange(6) * 0.25), tick_of(np.arange(6) * 5.0)
    (0.25, 5.0)
    >>> tick_of(np.array([0.1234567891, 2.0]))
    0.0
    """
    if len(values) < 3 and not values.any():  # noqa: PLR2004
        return 0.0
    size = float(np.abs(values).max())
    for decimals in range(_DECIMALS + 1):
        scaled = values * 10.0**decimals
        if size * 10.0**decimals > 2.0**52:
            return 0.0
        whole = np.round(scaled)
        if (np.abs(scaled - whole) <= _NEAR + 4e-7 * np.abs(scaled) * (decimals > 0)).all():
            if (4e-7 * np.abs(scaled) > 0.1).mean() > 0.5:  # noqa: PLR2004 - too fine to tell
                return 0.0
            step = np.gcd.reduce(whole.astype(np.int64)) if len(values) >= _ENOUGH else 1
            return float(step) / 10.0**decimals
    return 0.0


def decimal_of(values: Array) -> float:
    """The power of ten that values are whole multiples of, 1 at most; 0 if there is none.

    >>> decimal_of(np.array([0.0276])), decimal_of(np.array([20.0, 35.0]))
    (0.0001, 1.0)
    """
    size = float(np.abs(values).max(initial=0.0))
    for decimals in range(_DECIMALS + 3):
        scaled = values * 10.0**decimals
        if size * 4e-7 * 10.0**decimals > 0.1 and decimals:  # noqa: PLR2004 - too fine to tell
            return 0.0
        if (
            np.abs(scaled - np.round(scaled)) <= _NEAR + 4e-7 * np.abs(scaled) * (decimals > 0)
        ).all():
            return 10.0**-decimals
    return 0.0


def level_of(values: Array, tick: Array | float) -> Array:
    """How many powers of ten of the lattice's step divide each value, `LEVELS - 1` at most.

    >>> level_of(np.array([3.0, 250.0, 7000.0]), 1.0)
    array([0, 1, 3])
    """
    found = np.zeros(np.broadcast_shapes(np.shape(values), np.shape(tick)), np.intp)
    for level in range(1, LEVELS):
        with np.errstate(all="ignore"):
            parts = values / (tick * 10.0**level)
            found += np.abs(parts - np.round(parts)) < _NEAR + 4e-7 * np.abs(parts)
    return found


def heap_of(values: Array, counts: Array, tick: float) -> Array:
    """How much oftener than by chance values are ten, a hundred, … times the lattice's step."""
    chance = 0.9 * 0.1 ** np.arange(LEVELS)
    chance[-1] /= 0.9
    if not tick:
        return np.ones(LEVELS)
    met = np.bincount(level_of(values, tick), counts, LEVELS)
    return np.asarray((met + 2 * chance) / (chance * (counts.sum() + 2)))
