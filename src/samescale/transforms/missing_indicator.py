"""MissingIndicator: whether there is a value at all."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

from samescale.errors import SpecError
from samescale.ir import nodes
from samescale.ir.types import FLOATS
from samescale.ir.verify import type_of
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class MissingIndicator(Transform):
    """1 for a missing value (NaN, `None`, an empty cell) and 0 for any other; nothing is learned.

    As scikit-learn's `MissingIndicator(features="all")`, with a number where that gives a bool.
    scikit-learn's default leaves out the columns that missed nothing in training; here a column
    that the spec names keeps its place. Stand it first in a chain: behind `Impute` nothing is
    missing. To keep the value beside its indicator, use `Impute(…, add_indicator=True)`.

    Raises:
        SpecError: If it stands behind a lookup, where nothing is missing.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"age": ss.MissingIndicator()}).adapt({"age": [20.0, None]})
        >>> fitted.transform({"age": [None, 30.0]})["age"]
        array([1., 0.], dtype=float32)
    """

    @property
    def accepts_missing(self) -> bool:
        """Always: that is what it is for."""
        return True

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `IsNan`, one `Cast`."""
        del learned
        if type_of(x).dtype not in {*FLOATS, "string"}:
            raise SpecError(
                "MissingIndicator stands behind codes, and no code is missing.",
                remedy="Put it first in the chain.",
            )
        return nodes.Cast(nodes.IsNan(x), "float32")


CASES = (
    Case("missing", MissingIndicator()),
    Case("string", MissingIndicator()),
    Case("strings", MissingIndicator()),
)
