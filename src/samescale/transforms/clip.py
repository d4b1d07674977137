"""Clip: into given bounds, or into those between two quantiles."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir.build import clip
from samescale.ir.verify import type_of
from samescale.statistics.quantiles import Quantiles
from samescale.transforms._arguments import alone, amounts, numbers, settle, whole
from samescale.transforms._axis import kept, spread
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class Clip(Transform):
    """A value below `min_value` becomes it, one above `max_value` that; as `keras.ops.clip`.

    With `quantile_range`, the bounds are learned: the exact quantiles of all rows, in NumPy's
    `linear` definition, whatever the order and the chunking of the data. Outliers move them no more
    than other rows do. Where rows have weights, they are those of NumPy's `inverted_cdf`. A column
    that comes as float64 is then clipped in float64, because an outlier widens what float32 must
    hold.

    Args:
        min_value: The lower bound, in the units in which the value arrives; `None` for none.
        max_value: The upper bound, likewise.
        quantile_range: The lower and the upper quantile, in percent, in place of the bounds;
            `None` in place of one for no bound there.
        axis: As in `Normalization`: the axes that have quantiles of their own.

    Raises:
        SpecError: If there is no bound, the lower is above the upper, or bounds and quantiles are
            given.
        DataError: On `adapt`, if every value is missing, so that there is no quantile.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"age": ss.Clip(0, 120)}).adapt({"age": [20.0, 40.0]})
        >>> fitted.transform({"age": [-5.0, 130.0]})["age"]
        array([  0., 120.], dtype=float32)

        >>> spec = ss.Spec({"income": ss.Clip(quantile_range=(25.0, 75.0))})
        >>> fitted = spec.adapt({"income": [1.0, 2.0, 3.0, 4.0, 1e6]})
        >>> fitted.transform({"income": [0.0, 3.0, 1e9]})["income"]
        array([2., 3., 4.], dtype=float32)
    """

    min_value: float | None = None
    max_value: float | None = None
    quantile_range: tuple[float | None, float | None] | None = None
    axis: int | tuple[int, ...] | None = -1

    def __post_init__(self) -> None:
        settle(self)
        numbers(self, "min_value", "max_value")
        alone(self, "min_value", "max_value")
        whole(self, "axis")
        low, high = self._bounds()
        fixed = self.min_value is not None or self.max_value is not None
        if fixed == (self.quantile_range is not None) or not low <= high:
            raise SpecError(
                f"Clip(min_value={self.min_value}, max_value={self.max_value}, "
                f"quantile_range={self.quantile_range}) has no bounds, or both kinds.",
                remedy="Give at least one number, and the lower one first; or a quantile_range.",
            )
        if self.quantile_range is not None and not _is_range(self.quantile_range):
            raise SpecError(
                f"Clip(quantile_range={self.quantile_range}) is no range.",
                remedy="Give two percentages in 0…100, the lower first; None for no bound there.",
                value=self.quantile_range,
            )

    @property
    def learns(self) -> bool:
        """Whether the bounds are quantiles."""
        return self.quantile_range is not None

    @property
    def compares(self) -> bool:
        """Whether the bounds are learned: the outliers that go decide about float32 elsewhere."""
        return self.learns

    def needs(self, x: Node) -> dict[str, Need]:
        """The quantiles of each kept entry, if they are the bounds."""
        amounts(self, x)
        if self.quantile_range is None:
            return {}
        given = tuple(percent / 100 for percent in self.quantile_range if percent is not None)
        return {"quantiles": Need(Quantiles(given), kept(self.axis, type_of(x), "Clip"))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Clip`."""
        amounts(self, x)
        if self.quantile_range is None:
            return clip(x, *self._bounds())
        axes, shape = kept(self.axis, type_of(x), "Clip"), type_of(x).shape
        low, high = (spread(bound, axes, shape) for bound in self._learned(learned))
        return clip(x, low, high)

    def _bounds(self) -> tuple[float, float]:
        low = -np.inf if self.min_value is None else self.min_value
        return low, np.inf if self.max_value is None else self.max_value

    def _learned(self, learned: Mapping[str, Learned]) -> tuple[Array, Array]:
        """The lower and the upper bound of each kept entry."""
        values: Any = learned["quantiles"]["values"]
        if any(value is None for quantiles in values for value in quantiles):
            raise DataError(
                "Every value is missing, so there are no quantiles to learn.",
                remedy="Leave the column out, or give min_value and max_value.",
            )
        found = np.asarray(values, dtype=np.float64)
        low, high = self.quantile_range or (None, None)
        none = np.full(len(found), np.inf)
        return -none if low is None else found[:, 0], none if high is None else found[:, -1]


def _is_range(given: Any) -> bool:
    match given:
        case (bool(), _) | (_, bool()):
            return False
        case (None, int() | float() as high):
            return 0 <= high <= 100  # noqa: PLR2004 - percent
        case (int() | float() as low, None):
            return 0 <= low <= 100  # noqa: PLR2004 - percent
        case (int() | float() as low, int() | float() as high):
            return 0 <= low <= high <= 100  # noqa: PLR2004 - percent
        case _:
            return False


CASES = (
    Case("number", Clip(-1.0, 1.0)),
    Case("number", Clip(min_value=0.0)),
    Case("image", Clip(max_value=200.0)),
    Case("number", Clip(quantile_range=(1.0, 99.0))),
    Case("number", Clip(quantile_range=(None, 95.0))),
    Case("image", Clip(quantile_range=(5.0, 95.0))),
)
