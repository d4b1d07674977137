"""QuantileTransform: a value as its place among the training values."""

from __future__ import annotations

import dataclasses as dc
import itertools
import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final, get_args

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import clip
from samescale.ir.verify import type_of
from samescale.transforms import _normal
from samescale.transforms._arguments import amounts, settle, whole
from samescale.transforms._axis import kept
from samescale.transforms._entries import each_entry
from samescale.transforms._grid import Grid
from samescale.transforms._pieces import Piece, straight
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

Distribution = Literal["uniform", "normal"]
Knot: TypeAlias = tuple[float, float, float]

# Scikit-learn's ends of the normal distribution: a share below it is taken for 0.
_END = 1e-7
_LEAST_SHARE = _END - math.ulp(1.0)
_MOST = 5.19933758270342
# A gap between quantiles that is narrower (1e-301) has no slope that a float64 holds.
_NARROW = 2.0**-1000


@final
@dc.dataclass(frozen=True, slots=True)
class QuantileTransform(Transform):
    """The share of training values below a value, as scikit-learn's `QuantileTransformer`.

    It is a line between each two neighbours of `n_quantiles` quantiles, from 0 at the least value
    to 1 at the greatest; a value beyond them counts as the end. A value that several quantiles fall
    on gets the middle of their shares, an end its 0 or 1. With `normal`, the share is made the
    value of the standard normal distribution with that share below it, from -5.2 to 5.2: what was
    distributed anyhow comes out normal.

    The quantiles are the exact ones of all rows, whatever their order. Scikit-learn draws 10,000
    rows unless `subsample=None` is given; with it, the answers agree to 1e-12 in float64, and
    with `normal` to what an error of 1e-15 in the share makes of it (1e-9 at 5.2). With `normal`,
    scikit-learn takes a value for an end that is within 1e-7 of it, in the column's own units,
    which on a column of small numbers is all of them; here the share decides, not the distance.

    Where rows have weights, the quantiles are those of `statistics/quantiles.py` with weights.

    The answer is computed in float64 and given in the precision of the column; one that comes as
    float64 is compared as float64. In Keras it is computed before the model, by NumPy.

    Args:
        n_quantiles: How many quantiles are learned; one for each row if there are fewer rows.
        output_distribution: `uniform` for shares of 0…1, or `normal`.
        axis: As in `Normalization`: the axes that have quantiles of their own.

    Raises:
        SpecError: If there are fewer than 2 quantiles, or the distribution isn't one of the two.
        DataError: On `adapt`, if every value is missing, or two neighbouring quantiles are further
            apart than a float64 divides by.

    Examples:
        >>> import samescale as ss
        >>> spec = ss.Spec({"income": ss.QuantileTransform()})
        >>> fitted = spec.adapt({"income": [1.0, 2.0, 3.0, 4.0, 1e6]})
        >>> fitted.transform({"income": [1.0, 2.5, 4.0, 1e9]})["income"]
        array([0.   , 0.375, 0.75 , 1.   ], dtype=float32)
    """

    n_quantiles: int = 1000
    output_distribution: Distribution = "uniform"
    axis: int | tuple[int, ...] | None = -1

    def __post_init__(self) -> None:
        settle(self)
        whole(self, "n_quantiles", "axis")
        if self.n_quantiles is None or self.n_quantiles < 2:  # noqa: PLR2004 - two ends
            raise SpecError(
                f"QuantileTransform(n_quantiles={self.n_quantiles}) has no two ends.",
                remedy="Give 2 or more.",
                value=self.n_quantiles,
            )
        if self.output_distribution not in get_args(Distribution):
            raise SpecError(
                f"QuantileTransform(output_distribution={self.output_distribution!r}) isn't known.",
                remedy="It is 'uniform' or 'normal'.",
                value=self.output_distribution,
            )

    @property
    def learns(self) -> bool:
        """Always: the quantiles."""
        return True

    @property
    def compares(self) -> bool:
        """Always: with the quantiles."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The quantiles of each kept entry."""
        amounts(self, x)
        return {"quantiles": Need(Grid(self.n_quantiles), self._axes(x))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """A `Bucketize`, three tables, two `Sub` and a `Mul`; behind it the normal quantile."""
        found = _quantiles(learned)

        def share(part: Node, entry: int) -> Node:
            made = _shares(part, found[entry])
            if self.output_distribution == "uniform":
                return made
            return _normal.quantile(clip(made, _LEAST_SHARE, 1.0 - _LEAST_SHARE))

        return self._in_float64(x, share)

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """The normal distribution function, and the lines between the quantiles backwards."""
        found = _quantiles(learned)

        def value(part: Node, entry: int) -> Node:
            if self.output_distribution == "uniform":
                return straight(clip(part, 0.0, 1.0), _back(found[entry]))
            share = _normal.share(clip(part, -_MOST, _MOST))
            return straight(share, _to_the_ends(_back(found[entry]), found[entry]))

        return self._in_float64(y, value)

    def _in_float64(self, x: Node, make: Any) -> Node:
        given = type_of(x).dtype
        wide = x if given == "float64" else nodes.Cast(x, "float64")
        made = each_entry(wide, self._axes(x), make)
        return made if given == "float64" else nodes.Cast(made, given)

    def _axes(self, x: Node) -> tuple[int, ...]:
        return kept(self.axis, type_of(x), "QuantileTransform")


def _quantiles(learned: Mapping[str, Learned]) -> list[list[float]]:
    """The quantiles of each kept entry.

    Raises:
        DataError: If there are none, or they are too far apart.
    """
    found: Any = learned["quantiles"]["values"]
    for quantiles in found:
        if None in quantiles:
            raise DataError(
                "Every value is missing, so there are no quantiles to learn.",
                remedy="Leave the column out, or put an Impute with a fill_value in front.",
            )
        if not all(piece.usable for piece in (*_forward(quantiles), *_back(quantiles))):
            raise DataError(
                f"QuantileTransform can't place values from {quantiles[0]!r} to {quantiles[-1]!r}.",
                remedy="Rescale the column, or clip it, before it is learned from.",
            )
    return list(found)


def _shares(x: Node, quantiles: list[float]) -> Node:
    low, high = quantiles[0], quantiles[-1]
    if low == high:
        high = float(np.nextafter(high, np.inf))
    return straight(clip(x, low, high), _forward(quantiles))


def _references(quantiles: Sequence[float]) -> list[float]:
    found: list[float] = np.linspace(0.0, 1.0, len(quantiles)).tolist()
    return found


def _knots(quantiles: list[float]) -> list[Knot]:
    """Each distinct quantile, and the least and the greatest share that fall on it."""
    points = zip(quantiles, _references(quantiles), strict=True)
    groups = itertools.groupby(points, key=lambda point: point[0])
    shares = [(value, [share for _, share in group]) for value, group in groups]
    return [(value, both[0], both[-1]) for value, both in shares]


def _forward(quantiles: list[float]) -> list[Piece]:
    """From values to shares: lines between the distinct quantiles, and points on some of them."""
    knots = _knots(quantiles)
    if len(knots) == 1:
        value = knots[0][0]
        beyond = float(np.nextafter(value, np.inf))
        return [Piece.flat(value, value, 0.0), Piece.flat(beyond, value, 1.0)]
    first, *inner = knots
    pieces = []
    for (value, low, high), after in zip([(first[0], 0.0, first[2]), *inner], inner, strict=False):
        pieces += _line(value, 0.0 if value == first[0] else (low + high) / 2, high, after)
    return [*pieces, Piece.flat(knots[-1][0], knots[-1][0], 1.0)]


def _line(value: float, at: float, start: float, after: Knot) -> list[Piece]:
    """What a value itself is, if the line doesn't begin there, and the line to the next one."""
    end, share = after[0], after[1]
    beyond = float(np.nextafter(value, np.inf))
    narrow = end - value < _NARROW
    if narrow:
        line = Piece.flat(beyond, value, (start + share) / 2)
    else:
        line = Piece.line(beyond, (value, start), (end, share))
    if at == start and not narrow:
        return [dc.replace(line, edge=value)]
    point = Piece.flat(value, value, at)
    return [point] if beyond >= end else [point, line]


def _back(quantiles: list[float]) -> list[Piece]:
    """From shares to values: a line for each two quantiles, one for all that are equal."""
    points = list(zip(_references(quantiles), quantiles, strict=True))
    pieces = [Piece.line(start[0], start, end) for start, end in itertools.pairwise(points)]
    return [*pieces, Piece.flat(points[-1][0], points[-1][0], points[-1][1])]


def _to_the_ends(pieces: list[Piece], quantiles: list[float]) -> list[Piece]:
    """`pieces` for shares of which those of the normal's ends stand for the quantiles' ends."""
    low, high = quantiles[0], quantiles[-1]
    first = dc.replace(pieces[0], edge=_END)
    inner = [piece for piece in pieces[1:-1] if _END < piece.edge <= 1.0 - _END]
    past = float(np.nextafter(1.0 - _END, 1.0))
    return [Piece.flat(0.0, 0.0, low), first, *inner, Piece.flat(past, 1.0, high)]


CASES = (
    Case("amount", QuantileTransform()),
    Case("number", QuantileTransform(n_quantiles=20)),
    Case("number", QuantileTransform(output_distribution="normal")),
    Case("amount", QuantileTransform(n_quantiles=3, output_distribution="normal")),
    Case("image", QuantileTransform(n_quantiles=50)),
    Case("image", QuantileTransform(n_quantiles=5, axis=None)),
)
