"""Functions that are straight between edges: a table of floats, with the nodes that there are.

No node looks up a float, but one looks up integers, and a float is an integer times a power of two.
So a table is one lookup of mantissas and as many of powers as the exponents are apart; every
product is exact, and a table gives its floats to the bit.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, final

from samescale.ir import nodes
from samescale.ir.build import array, const, mul

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.nodes import Node

# An integer that is cast to float64 without a rounding: 53 bits, or 2**62.
_MANTISSA = 53
_POWER = 62
_LEAST = -1074
# Beside it, what a value is past the edge of a flat piece is lost.
_FAR = 2.0**60


@final
@dc.dataclass(frozen=True, slots=True)
class Piece:
    """A straight piece of a function: `((x - start) - shift) * slope` from `edge` on.

    In this form no product is followed by a sum, which some compilers round once and others twice.

    Attributes:
        edge: Where it begins, itself included.
        start: A value near those of the piece, subtracted first.
        shift: How far from there the line meets 0.
        slope: How steep it is.
    """

    edge: float
    start: float
    shift: float
    slope: float

    @classmethod
    def flat(cls, edge: float, start: float, height: float) -> Piece:
        """`height` from `edge` on, for values that are within 1 of `start`."""
        return cls(edge, start, -_FAR, height / _FAR)

    @classmethod
    def line(cls, edge: float, start: tuple[float, float], end: tuple[float, float]) -> Piece:
        """The line from the point `start` to the point `end`, from `edge` on."""
        (x0, y0), (x1, y1) = start, end
        if y0 == y1:
            return cls.flat(edge, x0, y0)
        slope = (y1 - y0) / (x1 - x0)
        return cls(edge, x0, -y0 / slope if slope else math.inf, slope)

    @property
    def usable(self) -> bool:
        """Whether a float64 holds it."""
        return math.isfinite(self.shift) and math.isfinite(self.slope)


def straight(x: Node, pieces: Sequence[Piece]) -> Node:
    """The function of `pieces`, ascending, of a float64 `x`; the first one begins anywhere."""
    edges = array([piece.edge for piece in pieces[1:]], "float64")
    code = nodes.Bucketize(x, edges)
    started = nodes.Sub(x, floats(code, [piece.start for piece in pieces]))
    shifted = nodes.Sub(started, floats(code, [piece.shift for piece in pieces]))
    return nodes.Mul(shifted, floats(code, [piece.slope for piece in pieces]))


def floats(code: Node, values: Sequence[float]) -> Node:
    """The float64 that stands for each code of 0…len(values)-1, to the bit."""
    if len(set(values)) == 1:
        return const(values[0], "float64")
    mantissas, exponents = zip(*map(_split, values), strict=True)
    known = [exponent for exponent in exponents if exponent is not None]
    least = min(known, default=0)
    left = [0 if exponent is None else exponent - least for exponent in exponents]
    found: Node = _integers(code, mantissas)
    # The least power first: from there on products only grow, so none is lost below float64.
    found = mul(found, math.ldexp(1.0, least)) if least else found
    while any(left):
        step = [min(power, _POWER) for power in left]
        found = nodes.Mul(found, _integers(code, [1 << power for power in step]))
        left = [power - taken for power, taken in zip(left, step, strict=True)]
    return found


def _split(value: float) -> tuple[int, int | None]:
    """The mantissa and the exponent of a float; no exponent for 0, which any will do."""
    if value == 0:
        return 0, None
    exponent = max(math.frexp(value)[1] - _MANTISSA, _LEAST)
    return int(math.ldexp(value, -exponent)), exponent


def _integers(code: Node, values: Sequence[int]) -> Node:
    found = nodes.Lookup(code, tuple(range(len(values))), tuple(values), values[0], values[0])
    return nodes.Cast(found, "float64")
