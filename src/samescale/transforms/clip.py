"""Clip: into given bounds."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import SpecError
from samescale.ir.build import clip
from samescale.transforms._arguments import amounts, numbers, settle
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class Clip(Transform):
    """A value below `min_value` becomes it, one above `max_value` that; as `keras.ops.clip`.

    Args:
        min_value: The lower bound, in the units in which the value arrives; `None` for none.
        max_value: The upper bound, likewise.

    Raises:
        SpecError: If there is no bound, or the lower is above the upper.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"age": ss.Clip(0, 120)}).adapt({"age": [20.0, 40.0]})
        >>> fitted.transform({"age": [-5.0, 130.0]})["age"]
        array([  0., 120.], dtype=float32)
    """

    min_value: float | None = None
    max_value: float | None = None

    def __post_init__(self) -> None:
        settle(self)
        numbers(self, "min_value", "max_value")
        low, high = self._bounds()
        if (self.min_value is None and self.max_value is None) or not low <= high:
            raise SpecError(
                f"Clip(min_value={self.min_value}, max_value={self.max_value}) has no bounds.",
                remedy="Give at least one number, and the lower one first.",
            )

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Clip`."""
        del learned
        amounts(self, x)
        return clip(x, *self._bounds())

    def _bounds(self) -> tuple[float, float]:
        low = -np.inf if self.min_value is None else self.min_value
        return low, np.inf if self.max_value is None else self.max_value


CASES = (
    Case("number", Clip(-1.0, 1.0)),
    Case("number", Clip(min_value=0.0)),
    Case("image", Clip(max_value=200.0)),
)
