"""What is bet on the rank of a row, and on when a mistake begins.

Each hypothesis bets on the conformal p-value of a row: its rank among all rows so far, divided by
their number. A bet is a function f of p that never rises and has ∫f = 1; here it is a mixture of
1{p ≤ b} / b. Some of it stands on the rarest ranks that the bag allows, b = (a + 1) / (N + 1) for
the row a rows after the change, since the rows before it are in the bag by then.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence.stream._claims import WHOLES

if TYPE_CHECKING:
    from samescale.evidence.stream._tables import Tables
    from samescale.ir.types import Array

AGES: Final = 8
EXPONENTS: Final = 32
RANKS: Final = np.array([1.0, 2, 3, 4, 5, 6, 7, 16])
"""The ranks that the row of each age bets on."""

FAR: Final = 4
_ON_NEAR: Final = 0.9
NEAR_BET: Final = _ON_NEAR / RANKS + (1 - _ON_NEAR) / (FAR * RANKS)
FAR_BET: Final = (1 - _ON_NEAR) / (FAR * RANKS)

KEPT: Final = 0.03
"""Bet on no rank at all: what a row that speaks against it leaves."""

FIRST: Final = 0.9
"""The share of α that the first alarm has; what is left is shared by those after it."""

_ALWAYS: Final = 0.05  # on the rarest ranks, whatever the profile says
_WHOLE_RARE: Final = 0.8
_OF_COLUMNS: Final = 0.7  # the share of the prior that claims on single columns have


def bets(tables: Tables, reached: Array) -> tuple[Array, Array]:
    """What each hypothesis bets.

    Args:
        tables: The tables.
        reached: How many rows of training reach each level, (hypotheses, levels).

    Returns:
        The height of the bet where p is in (2^-(i+1), 2^-i], divided by what is bet on the rarest
        ranks, (hypotheses, `EXPONENTS`); and the latter, (hypotheses,).
    """
    width, claims, levels = tables.landing.shape
    landing = tables.landing.reshape(width * claims, levels)
    count = len(reached)
    stake = np.zeros((count, EXPONENTS))
    rare = np.full(count, _ALWAYS)
    stake[:, 0] = KEPT
    exponent = np.log2((reached[:, :1] + 1) / (reached + 1)).astype(np.intp).clip(0, EXPONENTS - 1)
    is_rare = reached[: len(landing)] == 0
    rest = 1 - KEPT - _ALWAYS
    rare[: len(landing)] += rest * (landing * is_rare).sum(axis=1)
    rows = np.arange(len(landing))
    for level in range(levels):
        put = rest * landing[:, level] * ~is_rare[:, level]
        at = exponent[: len(landing), level]
        # How many clean rows reach a level is known roughly: a little more must not lose it all.
        np.add.at(stake, (rows, at), 0.6 * put)
        np.add.at(stake, (rows, np.maximum(at - 1, 0)), 0.4 * put)
    rare[len(landing) :] += rest * _WHOLE_RARE
    stake[len(landing) :, 3:11] += rest * (1 - _WHOLE_RARE) / 8
    heights = np.cumsum(stake * 2.0 ** np.arange(EXPONENTS), axis=1)
    return np.ascontiguousarray(heights / rare[:, None]), rare


def priors(tables: Tables) -> Array:
    """The prior of each hypothesis; together 1 at most, 0 for what makes no sense."""
    own = tables.priors.ravel() / max(1, tables.priors.any(axis=1).sum())
    whole = np.array([which.prior for which in WHOLES])
    whole[[which.what == "not-normalised" for which in WHOLES]] *= tables.scale.is_scaled
    return np.concatenate((own * _OF_COLUMNS, whole / whole.sum() * (1 - _OF_COLUMNS)))


def start_weight(row: int) -> float:
    """The weight of a change at this row, counted from 0; over all rows they add up to 1 at most.

    ln a / ((t + a) ln²(t + a)) adds up to no more than 1 + 1 / (a ln a).

    >>> sum(start_weight(row) for row in range(100_000)) < 1
    True
    """
    return 0.2 * _weight(row, 2.0) + 0.8 * _weight(row, 1000.0)


def _weight(row: int, a: float) -> float:
    logarithm = math.log(a)
    total = 1 + 1 / (a * logarithm)
    return logarithm / ((row + a) * math.log(row + a) ** 2) / total


def share_of(alarms: int) -> float:
    """The share of α for the next alarm after so many; all of them add up to 1.

    >>> sum(share_of(alarms) for alarms in range(100_000)) <= 1
    True
    """
    return FIRST if not alarms else (1 - FIRST) / (alarms * (alarms + 1))
