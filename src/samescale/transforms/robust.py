"""Robust: shift by the median and scale by the range between two quantiles."""

from __future__ import annotations

import dataclasses as dc
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir.build import mul, sub
from samescale.ir.verify import type_of
from samescale.statistics.quantiles import Quantiles
from samescale.transforms._arguments import amounts, numbers, settle, switches, whole
from samescale.transforms._axis import kept, spread
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class Robust(Transform):
    """`(x - median) / (upper quantile - lower quantile)`, as scikit-learn's `RobustScaler`.

    Outliers move neither the median nor the quartiles. Both are the exact ones of all rows, in
    NumPy's `linear` definition, whatever the order and the chunking of the data. It computes
    `(x - median) * (1 / range)` with both constants taken in float64 and rounded once. A range of 0
    divides by 1, as in scikit-learn; scikit-learn does so below 2.2e-15 too, here such a range is
    divided by as any other.

    An outlier widens what float32 must hold and not what is divided by, so a column that comes as
    float64 is computed in float64.

    Args:
        with_centering: Whether the median is subtracted.
        with_scaling: Whether it is divided by the range.
        quantile_range: The lower and the upper quantile, in percent.
        unit_variance: Whether the range is divided by that of the normal distribution, so that
            values that are normal but for some outliers come out with a variance of 1.
        axis: As in `Normalization`: the axes that have a median and a range of their own.

    Raises:
        SpecError: If the range is empty or not in 0…100, or there is nothing to do.
        DataError: On `adapt`, if the range is so small or so large that nothing can be divided by
            it.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"income": ss.Robust()}).adapt({"income": [1.0, 2.0, 3.0, 4.0, 1e6]})
        >>> fitted.transform({"income": [1.0, 3.0, 5.0]})["income"]
        array([-1.,  0.,  1.], dtype=float32)
    """

    with_centering: bool = True
    with_scaling: bool = True
    quantile_range: tuple[float, float] = (25.0, 75.0)
    unit_variance: bool = False
    axis: int | tuple[int, ...] | None = -1

    def __post_init__(self) -> None:
        settle(self)
        switches(self, "with_centering", "with_scaling", "unit_variance")
        numbers(self, "quantile_range")
        whole(self, "axis")
        if not _is_range(self.quantile_range, open_ends=self.unit_variance):
            raise SpecError(
                f"Robust(quantile_range={self.quantile_range}) is no range"
                f"{' with a unit variance' if self.unit_variance else ''}.",
                remedy="Give two percentages between 0 and 100, the lower first.",
                value=self.quantile_range,
            )
        if not (self.with_centering or self.with_scaling):
            raise SpecError(
                "Robust(with_centering=False, with_scaling=False) does nothing.",
                remedy="Give one of the two, or leave Robust out.",
            )

    @property
    def learns(self) -> bool:
        """Always: the median, the quantiles or both."""
        return True

    @property
    def compares(self) -> bool:
        """Always: the deviation that decides about float32 elsewhere is one of the outliers."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The lower quantile, the median and the upper quantile of each kept entry."""
        amounts(self, x)
        low, high = self.quantile_range
        quantiles = Quantiles((low / 100, 0.5, high / 100))
        return {"quantiles": Need(quantiles, kept(self.axis, type_of(x), "Robust"))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Sub`, one `Mul`."""
        center, scale = self._constants(x, learned)
        centered = sub(x, center) if self.with_centering else x
        return mul(centered, 1.0 / scale) if self.with_scaling else centered

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Sub`, one `Mul`."""
        center, scale = self._constants(y, learned)
        centered = sub(y, -center / scale) if self.with_centering else y
        return mul(centered, scale) if self.with_scaling else centered

    def _constants(self, x: Node, learned: Mapping[str, Learned]) -> tuple[Array, Array]:
        shape, axes = type_of(x).shape, kept(self.axis, type_of(x), "Robust")
        values: Any = learned["quantiles"]["values"]
        found = np.asarray(values, dtype=np.float64).reshape(-1, 3)
        scale = self._scale(found) if self.with_scaling else np.ones(len(found))
        return spread(found[:, 1], axes, shape), spread(scale, axes, shape)

    def _scale(self, found: Array) -> Array:
        with np.errstate(over="ignore"):
            width = found[:, 2] - found[:, 0]
            scale = np.where(width == 0, 1.0, width) / self._normal_width()
            usable = np.isfinite(scale) & np.isfinite(1.0 / scale)
        if not (usable | np.isnan(width)).all():
            raise DataError(
                f"Robust can't scale a column whose quantiles at {self.quantile_range} percent are "
                f"{found[:, 0].tolist()} and {found[:, 2].tolist()}.",
                remedy="Rescale the column, or clip it, before it is learned from.",
            )
        return scale

    def _normal_width(self) -> float:
        """How far apart the two quantiles of the normal distribution are, if that is asked for."""
        if not self.unit_variance:
            return 1.0
        low, high = (NormalDist().inv_cdf(percent / 100) for percent in self.quantile_range)
        return high - low


def _is_range(given: Any, *, open_ends: bool) -> bool:
    match given:
        case (int() | float() as low, int() | float() as high):
            return 0 < low < high < 100 if open_ends else 0 <= low < high <= 100  # noqa: PLR2004 - percent
        case _:
            return False


CASES = (
    Case("number", Robust()),
    Case("number", Robust(quantile_range=(5.0, 95.0), unit_variance=True)),
    Case("number", Robust(with_scaling=False)),
    Case("number", Robust(with_centering=False)),
    Case("image", Robust(axis=-1)),
)
