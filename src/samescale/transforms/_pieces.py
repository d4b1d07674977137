"""Functions that are straight between edges: a table of floats, with the nodes that there are.

No node looks up a float, but one looks up integers, and a float is an integer times a power of two.
So a table is one lookup of mantissas and as many of powers as the exponents are apart; every
product is exact, and a table gives its floats to the bit.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Self, final

import numpy as np

from samescale.ir import nodes
from samescale.ir.build import array, const, mul

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array

# An integer that is cast to float64 without a rounding: 53 bits, or 2**62.
_MANTISSA = 53
_POWER = 62
_LEAST = -1074
# Beside it, what a value is past the edge of a flat piece is lost.
_FAR = 2.0**60


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Straight pieces of a function: `((x - start) - shift) * slope` from `edge` on, ascending.

    In this form no product is followed by a sum, which some compilers round once and others twice.

    Attributes:
        edges: Where each begins, itself included.
        starts: A value near those of the piece, subtracted first.
        shifts: How far from there the line meets 0.
        slopes: How steep it is.
    """

    edges: Array
    starts: Array
    shifts: Array
    slopes: Array

    @classmethod
    def flat(cls, edges: Array, starts: Array, heights: Array) -> Self:
        """`heights` from `edges` on, for values that are within 1 of `starts`."""
        return cls(edges, starts, np.full_like(starts, -_FAR), heights / _FAR)

    @classmethod
    def lines(cls, edges: Array, starts: tuple[Array, Array], ends: tuple[Array, Array]) -> Self:
        """The lines from the points `starts` to the points `ends`, from `edges` on."""
        (x0, y0), (x1, y1) = starts, ends
        with np.errstate(all="ignore"):
            slopes = (y1 - y0) / (x1 - x0)
            shifts = np.where(slopes == 0, np.inf, -y0 / slopes)
        return cls(edges, x0, shifts, slopes).or_else(y0 == y1, cls.flat(edges, x0, y0))

    def or_else(self, where: Array, other: Self) -> Self:
        """These, with those of `other` in some places."""
        return type(self)(*map(np.where, [where] * 4, other.columns, self.columns))

    def take(self, places: Array | slice) -> Self:
        """Those at some places."""
        return type(self)(*(column[places] for column in self.columns))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All of some parts, one after the other."""
        return cls(*map(np.concatenate, zip(*(part.columns for part in parts), strict=True)))

    @property
    def usable(self) -> bool:
        """Whether float64s hold them."""
        return bool(np.isfinite(self.shifts).all() and np.isfinite(self.slopes).all())

    @property
    def columns(self) -> tuple[Array, Array, Array, Array]:
        """The four fields."""
        return self.edges, self.starts, self.shifts, self.slopes


def straight(x: Node, pieces: Pieces) -> Node:
    """The function of `pieces` of a float64 `x`; the first one begins anywhere."""
    code = nodes.Bucketize(x, array(pieces.edges[1:], "float64"))
    started = nodes.Sub(x, floats(code, pieces.starts))
    shifted = nodes.Sub(started, floats(code, pieces.shifts))
    return nodes.Mul(shifted, floats(code, pieces.slopes))


def floats(code: Node, values: Sequence[float] | Array) -> Node:
    """The float64 that stands for each code of 0…len(values)-1, to the bit."""
    table = np.asarray(values, np.float64)
    if (table == table[0]).all():
        return const(table[0], "float64")
    mantissas, exponents = _split(table)
    least = int(exponents.min())
    found: Node = _integers(code, mantissas)
    # The least power first: from there on products only grow, so none is lost below float64.
    found = mul(found, math.ldexp(1.0, least)) if least else found
    left = exponents - least
    while left.any():
        step = np.minimum(left, _POWER)
        found = nodes.Mul(found, _integers(code, np.left_shift(1, step)))
        left = left - step
    return found


def _split(values: Array) -> tuple[Array, Array]:
    """The mantissas and the exponents of floats, not all 0; for 0 any exponent will do."""
    exponents = np.maximum(np.frexp(values)[1].astype(np.int64) - _MANTISSA, _LEAST)
    exponents[values == 0] = exponents[values != 0].min()
    return np.ldexp(values, -exponents).astype(np.int64), exponents


def _integers(code: Node, values: Array) -> Node:
    known: tuple[int, ...] = tuple(values.tolist())
    found = nodes.Lookup(code, tuple(range(len(known))), known, known[0], known[0])
    return nodes.Cast(found, "float64")
