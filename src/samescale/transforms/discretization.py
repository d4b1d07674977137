"""Discretization: a number as the bin that it falls into."""

from __future__ import annotations

import dataclasses as dc
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, final, get_args

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import bucketize
from samescale.statistics.extent import Extent
from samescale.statistics.quantiles import Quantiles
from samescale.transforms._arguments import alone, amounts, numbers, settle, whole
from samescale.transforms._codes import OutputMode, check_mode, encode
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned

Strategy = Literal["quantile", "uniform"]


@final
@dc.dataclass(frozen=True, slots=True)
class Discretization(Transform):
    """The number of boundaries that aren't above a value, as `keras.layers.Discretization`.

    With `num_bins`, the boundaries are the exact quantiles at 1/num_bins, 2/num_bins, … of all
    training values (Keras approximates them). Quantiles that fall together make one boundary, so a
    column with few values has fewer bins than asked for. Where rows have weights, the quantiles are
    those of NumPy's `inverted_cdf`. The entries of a tensor share their
    boundaries, as in Keras. Bin 0 is everything below the first boundary.

    With the strategy `uniform` the bins are equally wide: the boundaries divide the training range
    as fractions and are rounded once. A constant column has one bin.

    These are the bins of scikit-learn's `KBinsDiscretizer(encode="ordinal")`, but: its `quantile`
    is of all rows and of this definition only with `subsample=None, quantile_method="linear"`; it
    drops bins narrower than 1e-8, whatever the unit; it takes what is beyond the training range of
    a constant column for bin 0 too, where `quantile` here has a bin below it; and its boundaries of
    `uniform` are rounded twice.

    Values are compared in the precision that they had in training: as a float32, 0.7 would be below
    a boundary of 0.7.

    Args:
        bin_boundaries: The boundaries, ascending, if they are known.
        num_bins: How many bins to learn; given without boundaries.
        strategy: Whether the learned bins hold equally many values (`quantile`) or are equally wide
            (`uniform`).
        output_mode: `int` for the bin's number, or `one_hot`, `multi_hot`, `count` of it.

    Raises:
        SpecError: Unless exactly one of boundaries and `num_bins` is given, and it is ascending or
            at least 2; or if the strategy isn't one of the two, or the column is text or codes.
        DataError: On `adapt`, if every value is missing, so that there is nothing to divide.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"age": ss.Discretization((18, 65))}).adapt({"age": [40.0]})
        >>> fitted.transform({"age": [17.9, 18.0, 70.0]})["age"]
        array([0, 1, 2])
    """

    bin_boundaries: tuple[float, ...] | None = None
    num_bins: int | None = None
    output_mode: OutputMode = "int"
    strategy: Strategy = "quantile"

    def __post_init__(self) -> None:
        settle(self)
        numbers(self, "bin_boundaries")
        whole(self, "num_bins")
        alone(self, "num_bins")
        check_mode("Discretization", self.output_mode)
        if (self.bin_boundaries is None) == (self.num_bins is None):
            raise SpecError(
                f"Discretization has bin_boundaries={self.bin_boundaries} and "
                f"num_bins={self.num_bins}.",
                remedy="Give one of the two.",
            )
        if self.num_bins is not None and self.num_bins < 2:  # noqa: PLR2004 - one bin tells nothing
            raise SpecError(
                f"Discretization(num_bins={self.num_bins}) tells nothing apart.",
                remedy="Give 2 or more.",
                value=self.num_bins,
            )
        if self.strategy not in get_args(Strategy):
            raise SpecError(
                f"Discretization(strategy={self.strategy!r}) isn't known.",
                remedy="It is 'quantile' or 'uniform'.",
                value=self.strategy,
            )
        if self.bin_boundaries is not None:
            _check_ascending(self.bin_boundaries)
            object.__setattr__(self, "bin_boundaries", tuple(map(float, self.bin_boundaries)))

    @property
    def learns(self) -> bool:
        """Whether the boundaries are learned."""
        return self.bin_boundaries is None

    @property
    def compares(self) -> bool:
        """Always: with the boundaries."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The quantiles, or the extent, of all entries together."""
        amounts(self, x)
        if self.num_bins is None:
            return {}
        if self.strategy == "uniform":
            return {"extent": Need(Extent())}
        return {
            "quantiles": Need(Quantiles(tuple(k / self.num_bins for k in range(1, self.num_bins))))
        }

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Bucketize`, and a `OneHot` unless the mode is `int`."""
        amounts(self, x)
        # Boundaries that a narrower dtype can't tell apart make one.
        edges = np.unique(bucketize(x, self._edges(learned)).edges)
        return encode(nodes.Bucketize(x, edges), edges.size + 1, self.output_mode)

    def _edges(self, learned: Mapping[str, Learned]) -> Array:
        if self.bin_boundaries is not None:
            return np.asarray(self.bin_boundaries, dtype=np.float64)
        if self.strategy == "uniform":
            low, high = self._found(learned["extent"])
            return _equal(low, high, self.num_bins or 1)
        return np.unique(np.asarray(self._found(learned["quantiles"]), dtype=np.float64))

    def _found(self, learned: Any) -> list[Any]:
        """The quantiles, or the least and the greatest value."""
        uniform = self.strategy == "uniform"
        rows = [learned["min"] + learned["max"]] if uniform else learned["values"]
        if not rows or any(value is None for value in rows[0]):
            raise DataError(
                "Every value is missing, so there are no boundaries to learn.",
                remedy="Leave the column out, or give bin_boundaries.",
            )
        return list(rows[0])


def _equal(low: float, high: float, bins: int) -> Array:
    """The boundaries between bins of equal width, each rounded once; none below the least value."""
    width = Fraction(high) - Fraction(low)
    exact = (Fraction(low) + width * k / bins for k in range(1, bins))
    rounded = [value.numerator / value.denominator for value in exact]
    return np.unique(np.asarray([value for value in rounded if value > low], dtype=np.float64))


def _check_ascending(boundaries: tuple[float, ...]) -> None:
    edges = np.asarray(boundaries, dtype=np.float64)
    if (
        edges.ndim != 1
        or edges.size == 0
        or not (np.isfinite(edges).all() and (np.diff(edges) > 0).all())
    ):
        raise SpecError(
            f"Discretization(bin_boundaries={boundaries}) isn't ascending.",
            remedy="Give finite numbers, each above the one before.",
            value=boundaries,
        )


CASES = (
    Case("number", Discretization(bin_boundaries=(-1.0, 0.0, 2.5))),
    Case("number", Discretization(num_bins=4)),
    Case("number", Discretization(num_bins=4, output_mode="one_hot")),
    Case("image", Discretization(num_bins=8)),
    Case("number", Discretization(num_bins=5, strategy="uniform")),
    Case("code", Discretization(num_bins=3, strategy="uniform", output_mode="one_hot")),
)
