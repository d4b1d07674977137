"""MinMax: shift and scale the training range onto a given one."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir.build import mul, sub
from samescale.ir.verify import type_of
from samescale.statistics.extent import Extent
from samescale.transforms._arguments import amounts, numbers, settle, whole
from samescale.transforms._axis import kept, spread
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class MinMax(Transform):
    """The training range onto `feature_range`, as scikit-learn's `MinMaxScaler`.

    A value outside the training range comes out outside `feature_range`; put `Clip` behind to stop
    it. A constant column is shifted to the lower end and scaled by 1, as in scikit-learn.

    Args:
        feature_range: Where the training minimum and maximum go.
        axis: As in `Normalization`: the axes that have a range of their own.

    Raises:
        SpecError: If the range is empty or not finite.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"age": ss.MinMax()}).adapt({"age": [20.0, 40.0, 60.0]})
        >>> fitted.transform({"age": [20.0, 50.0]})["age"]
        array([0.  , 0.75], dtype=float32)
    """

    feature_range: tuple[float, float] = (0.0, 1.0)
    axis: int | tuple[int, ...] | None = -1

    def __post_init__(self) -> None:
        settle(self)
        numbers(self, "feature_range")
        whole(self, "axis")
        if not _is_range(self.feature_range):
            raise SpecError(
                f"MinMax(feature_range={self.feature_range}) is no range.",
                remedy="Give two finite numbers, the lower first.",
                value=self.feature_range,
            )

    @property
    def learns(self) -> bool:
        """Always: minimum and maximum."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The extent of each kept entry."""
        amounts(self, x)
        return {"extent": Need(Extent(), kept(self.axis, type_of(x), "MinMax"))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Sub` and one `Mul`."""
        minimum, scale = self._constants(x, learned)
        return mul(sub(x, minimum - self.feature_range[0] / scale), scale)

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Sub` and one `Mul`."""
        minimum, scale = self._constants(y, learned)
        return mul(sub(y, self.feature_range[0] - minimum * scale), 1.0 / scale)

    def _constants(self, x: Node, learned: Mapping[str, Learned]) -> tuple[Array, Array]:
        shape = type_of(x).shape
        axes = kept(self.axis, type_of(x), "MinMax")
        extent = learned["extent"]
        minimum = spread(np.asarray(extent["min"], dtype=np.float64), axes, shape)
        with np.errstate(over="ignore"):
            width = spread(np.asarray(extent["max"], dtype=np.float64), axes, shape) - minimum
        low, high = self.feature_range
        with np.errstate(over="ignore"):
            scale = np.where(width > 0, (high - low) / np.where(width > 0, width, 1.0), 1.0)
        if not (np.isfinite(scale) & (scale > 0)).all():
            raise DataError(
                f"MinMax can't scale a column that goes from {extent['min']} to {extent['max']}.",
                remedy="Rescale the column, or clip it, before it is learned from.",
            )
        return minimum, scale


def _is_range(given: tuple[float, ...]) -> bool:
    return isinstance(given, tuple) and len(given) == 2 and given[0] < given[1]  # noqa: PLR2004 - two ends


CASES = (
    Case("number", MinMax()),
    Case("number", MinMax(feature_range=(-1.0, 1.0))),
    Case("image", MinMax(axis=-1)),
)
