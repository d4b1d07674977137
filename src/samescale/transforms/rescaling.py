"""Rescaling: multiply and shift by given numbers."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import SpecError
from samescale.ir.build import mul, sub
from samescale.transforms._arguments import amounts, numbers, settle
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class Rescaling(Transform):
    """`x * scale + offset`, as `keras.layers.Rescaling`; nothing is learned.

    It computes `(x + offset / scale) * scale`, which differs from the other form by a rounding and
    gives the same bits on every target.

    Args:
        scale: The factor, or one for each entry of the last axis; not 0.
        offset: What is added after scaling, likewise.

    Raises:
        SpecError: If a scale is 0 or not finite.

    Examples:
        Pixels of 0…255 to 0…1, and to -1…1:

        >>> import samescale as ss
        >>> spec = ss.Spec({"a": ss.Rescaling(1 / 255), "b": ss.Rescaling(1 / 127.5, offset=-1)})
        >>> fitted = spec.adapt({"a": [0.0], "b": [0.0]})
        >>> fitted.matrix({"a": [0.0, 255.0], "b": [0.0, 255.0]})
        array([[ 0., -1.],
               [ 1.,  1.]], dtype=float32)
    """

    scale: float | tuple[float, ...]
    offset: float | tuple[float, ...] = 0.0

    def __post_init__(self) -> None:
        settle(self)
        numbers(self, "scale", "offset")
        scale = np.asarray(self.scale, dtype=np.float64)
        if not (np.isfinite(scale).all() and scale.all()):
            raise SpecError(
                f"Rescaling(scale={self.scale}) can't be undone.",
                remedy="Give a finite scale that isn't 0.",
                value=self.scale,
            )

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Mul`, after one `Sub` where there is an offset."""
        del learned
        amounts(self, x)
        scale, offset = self._constants()
        return mul(sub(x, -offset / scale) if offset.any() else x, scale)

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """`(y - offset) / scale`."""
        del learned
        scale, offset = self._constants()
        return mul(sub(y, offset) if offset.any() else y, 1.0 / scale)

    def _constants(self) -> tuple[Any, Any]:
        return np.asarray(self.scale, dtype=np.float64), np.asarray(self.offset, dtype=np.float64)


CASES = (
    Case("number", Rescaling(1 / 255)),
    Case("image", Rescaling(1 / 127.5, offset=-1.0)),
    Case("image", Rescaling((0.5, 0.25, 2.0), offset=(0.0, 1.0, -1.0))),
)
