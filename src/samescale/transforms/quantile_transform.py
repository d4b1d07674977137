"""QuantileTransform: a value as its place among the training values."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Literal, final, get_args

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import clip
from samescale.ir.verify import type_of
from samescale.transforms import _normal
from samescale.transforms._arguments import alone, amounts, settle, whole
from samescale.transforms._axis import kept
from samescale.transforms._entries import each_entry
from samescale.transforms._grid import Grid
from samescale.transforms._pieces import Pieces, straight
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned

Distribution = Literal["uniform", "normal"]

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

    Where rows have weights, the quantiles are those of NumPy's `inverted_cdf`.

    The quantiles go into the bundle, and they are values of the column or lie between two: with
    `n_quantiles` or fewer rows, all values of the column, sorted. Which rows they are from isn't
    told. Where single values are private, ask for few quantiles of many rows.

    The answer is computed in float64, of a column that comes as float64 from what it is in float64,
    and leaves the chain as a float32. In Keras it is computed before the model, by NumPy. Where
    neighbouring quantiles are closer than 1e-301, a value between them gets the middle share.

    Args:
        n_quantiles: How many quantiles are learned; one for each value if there are fewer.
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
        alone(self, "n_quantiles")
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
        found, given = _quantiles(learned), type_of(x).dtype
        made = each_entry(_wide(x), self._axes(x), lambda part, i: _shares(part, found[i]))
        if self.output_distribution == "normal":
            made = _normal.quantile(clip(made, _LEAST_SHARE, 1.0 - _LEAST_SHARE))
        return made if given == "float64" else nodes.Cast(made, given)

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """The normal distribution function, and the lines between the quantiles backwards."""
        found, given = _quantiles(learned), type_of(y).dtype
        pieces = list(map(_back, found))
        if self.output_distribution == "normal":
            share = _normal.share(clip(_wide(y), -_MOST, _MOST))
            pieces = list(map(_to_the_ends, pieces, found))
        else:
            share = clip(_wide(y), 0.0, 1.0)
        made = each_entry(share, self._axes(y), lambda part, i: straight(part, pieces[i]))
        return made if given == "float64" else nodes.Cast(made, given)

    def _axes(self, x: Node) -> tuple[int, ...]:
        return kept(self.axis, type_of(x), "QuantileTransform")


def _wide(x: Node) -> Node:
    return x if type_of(x).dtype == "float64" else nodes.Cast(x, "float64")


def _quantiles(learned: Mapping[str, Learned]) -> list[Array]:
    """The quantiles of each kept entry.

    Raises:
        DataError: If there are none, or they are too far apart.
    """
    given: Any = learned["quantiles"]["values"]
    if any(None in quantiles for quantiles in given):
        raise DataError(
            "Every value is missing, so there are no quantiles to learn.",
            remedy="Leave the column out, or put an Impute with a fill_value in front.",
        )
    found = [np.asarray(quantiles, np.float64) for quantiles in given]
    for quantiles in found:
        if not (_forward(quantiles).usable and _back(quantiles).usable):
            low, high = float(quantiles[0]), float(quantiles[-1])
            raise DataError(
                f"QuantileTransform can't place values from {low!r} to {high!r}.",
                remedy="Rescale the column, or clip it, before it is learned from.",
            )
    return found


def _shares(x: Node, quantiles: Array) -> Node:
    low, high = quantiles[0], quantiles[-1]
    if low == high:
        high = np.nextafter(high, np.inf)
    return straight(clip(x, low, high), _forward(quantiles))


def _references(quantiles: Array) -> Array:
    return np.linspace(0.0, 1.0, len(quantiles))


def _forward(quantiles: Array) -> Pieces:
    """From values to shares: lines between the distinct quantiles, and points on some of them."""
    shares = _references(quantiles)
    # Each distinct quantile, and the least and the greatest share that fall on it.
    values, first, counts = np.unique(quantiles, return_index=True, return_counts=True)
    least, greatest = shares[first], shares[first + counts - 1]
    if len(values) == 1:
        either = np.append(values, np.nextafter(values, np.inf))
        return Pieces.flat(either, values.repeat(2), np.array([0.0, 1.0]))
    at = np.append(0.0, (least + greatest)[1:] / 2)
    starts, ends = (values[:-1], greatest[:-1]), (values[1:], least[1:])
    last = Pieces.flat(values[-1:], values[-1:], np.ones(1))
    return Pieces.joined([_between(at[:-1], starts, ends), last])


def _between(at: Array, starts: tuple[Array, Array], ends: tuple[Array, Array]) -> Pieces:
    """For each distinct quantile the line to the next one, and itself if that doesn't begin `at`.

    Args:
        at: The share of each.
        starts: The quantiles, and the share where each one's line begins.
        ends: The next ones, and the share where it ends.
    """
    values, beyond = starts[0], np.nextafter(starts[0], np.inf)
    with np.errstate(over="ignore"):
        narrow = ends[0] - values < _NARROW
    alone = (at == starts[1]) & ~narrow
    lines = Pieces.lines(np.where(alone, values, beyond), starts, ends)
    lines = lines.or_else(narrow, Pieces.flat(beyond, values, (starts[1] + ends[1]) / 2))
    both = Pieces.joined([Pieces.flat(values, values, at), lines])
    kept = np.stack([~alone, alone | (beyond < ends[0])], axis=1).ravel()
    return both.take(np.arange(2 * len(at)).reshape(2, -1).T.ravel()[kept])


def _back(quantiles: Array) -> Pieces:
    """From shares to values: a line for each two quantiles, one for all that are equal."""
    shares = _references(quantiles)
    starts, ends = (shares[:-1], quantiles[:-1]), (shares[1:], quantiles[1:])
    last = Pieces.flat(shares[-1:], shares[-1:], quantiles[-1:])
    return Pieces.joined([Pieces.lines(shares[:-1], starts, ends), last])


def _to_the_ends(pieces: Pieces, quantiles: Array) -> Pieces:
    """`pieces` for shares of which those of the normal's ends stand for the quantiles' ends."""
    first = dc.replace(pieces.take(slice(1)), edges=np.array([_END]))
    within = (pieces.edges > _END) & (pieces.edges <= 1.0 - _END)
    within[[0, -1]] = False
    past = np.nextafter(1.0 - _END, 1.0)
    low = Pieces.flat(np.zeros(1), np.zeros(1), quantiles[:1])
    high = Pieces.flat(np.array([past]), np.ones(1), quantiles[-1:])
    return Pieces.joined([low, first, pieces.take(within), high])


CASES = (
    Case("amount", QuantileTransform()),
    Case("number", QuantileTransform(n_quantiles=20)),
    Case("number", QuantileTransform(output_distribution="normal")),
    Case("amount", QuantileTransform(n_quantiles=3, output_distribution="normal")),
    Case("image", QuantileTransform(n_quantiles=50)),
    Case("image", QuantileTransform(n_quantiles=5, axis=None)),
)
