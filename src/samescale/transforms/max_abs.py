"""MaxAbs: scale by the greatest distance from 0."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import DataError
from samescale.ir.build import mul
from samescale.ir.verify import type_of
from samescale.statistics.extent import Extent
from samescale.transforms._arguments import amounts, settle, whole
from samescale.transforms._axis import kept, spread
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class MaxAbs(Transform):
    """`x / max(|x|)`, the maximum of training, as scikit-learn's `MaxAbsScaler`.

    The training values come to lie in -1…1, and 0 stays 0, so that what was sparse is still sparse.
    It computes `x * (1 / max)`, with the factor taken in float64 and rounded once: at most a
    rounding away from the division, and the same bits everywhere. A column that holds only 0 is
    scaled by 1, as in scikit-learn; scikit-learn does so below 2.2e-15 too, here a column of such
    numbers is scaled as any other.

    Args:
        axis: As in `Normalization`: the axes that have a maximum of their own.

    Raises:
        DataError: On `adapt`, if the maximum is so small that nothing can be divided by it.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"net": ss.MaxAbs()}).adapt({"net": [-80.0, 0.0, 20.0]})
        >>> fitted.transform({"net": [-80.0, 0.0, 40.0]})["net"]
        array([-1. ,  0. ,  0.5], dtype=float32)
    """

    axis: int | tuple[int, ...] | None = -1

    def __post_init__(self) -> None:
        settle(self)
        whole(self, "axis")

    @property
    def learns(self) -> bool:
        """Always: the maximum."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The extent of each kept entry."""
        amounts(self, x)
        return {"extent": Need(Extent(), kept(self.axis, type_of(x), "MaxAbs"))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Mul`."""
        return mul(x, 1.0 / self._greatest(x, learned))

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Mul`."""
        return mul(y, self._greatest(y, learned))

    def _greatest(self, x: Node, learned: Mapping[str, Learned]) -> Array:
        extent = learned["extent"]
        ends = np.asarray([extent["min"], extent["max"]], dtype=np.float64)
        greatest = np.abs(ends).max(axis=0)
        scale = np.where(greatest > 0, greatest, 1.0)
        with np.errstate(over="ignore"):
            if not np.isfinite(1.0 / scale).all():
                raise DataError(
                    f"MaxAbs can't scale a column that goes from {extent['min']} to "
                    f"{extent['max']}.",
                    remedy="Put a Rescaling in front.",
                )
        return spread(scale, kept(self.axis, type_of(x), "MaxAbs"), type_of(x).shape)


CASES = (
    Case("number", MaxAbs()),
    Case("image", MaxAbs(axis=-1)),
    Case("image", MaxAbs(axis=None)),
)
