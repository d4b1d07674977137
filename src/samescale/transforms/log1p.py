"""Log1p: the logarithm of one more."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError
from samescale.ir import nodes
from samescale.ir.build import clip
from samescale.ir.verify import type_of
from samescale.statistics.extent import Extent
from samescale.transforms._arguments import amounts
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class Log1p(Transform):
    """`log(1 + x)`, as `keras.ops.log1p`, for amounts that spread over orders of magnitude.

    There is no logarithm at -1 and below. Such a value in training is an error. Later, one is
    taken as the smallest number above -1 that the column's dtype has, so that the answer is a
    number and not a silent NaN; the guard reports it as outside the training extent.

    Raises:
        DataError: On `adapt`, if a training value is -1 or less; names the column and the value.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"income": ss.Log1p()}).adapt({"income": [0.0, 1000.0]})
        >>> fitted.transform({"income": [0.0, 999.0]})["income"]
        array([0.       , 6.9077554], dtype=float32)
    """

    @property
    def learns(self) -> bool:
        """Always: that every value has a logarithm."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The extent, to refuse what has no logarithm."""
        amounts(self, x)
        return {"extent": Need(Extent())}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Clip`, one `Log1p`."""
        lowest: Any = learned["extent"]["min"]
        if lowest and lowest[0] is not None and lowest[0] <= -1:
            raise DataError(
                f"Log1p has no value for {lowest[0]!r}, the smallest in training.",
                remedy="Put Clip(min_value=0) in front, or leave Log1p out of this column.",
                value=lowest[0],
            )
        dtype = type_of(x).numpy
        above = np.nextafter(np.asarray(-1, dtype), np.asarray(0, dtype))
        return nodes.Log1p(clip(x, above, np.inf))

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """`exp(y) - 1`."""
        del learned
        return nodes.Expm1(y)


CASES = (
    Case("amount", Log1p()),
    Case("image", Log1p()),
)
