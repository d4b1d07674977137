"""Normalization by key: a mean and a variance for each key."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.verify import type_of
from samescale.statistics.keyed_moments import KeyedMoments
from samescale.transforms._arguments import amounts
from samescale.transforms._axis import Axis, kept
from samescale.transforms._tables import Tables
from samescale.transforms.base import Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned

Unseen: TypeAlias = Literal["overall", "zero"]


@final
@dc.dataclass(frozen=True, slots=True)
class NormalizationByKey(Transform):
    """What `Normalization(by=…)` is once the column of its keys is known.

    Attributes:
        key: What gives each row's key.
        axis: As in `Normalization`.
        unseen: What becomes of a row whose key wasn't met, or is missing.
        min_count: How many values a key must have, for its own moments.
        invert: Whether to undo instead.

    Raises:
        SpecError: If the key is no name of a row.
    """

    key: Node
    axis: Axis
    unseen: Unseen
    min_count: int
    invert: bool

    def __post_init__(self) -> None:
        if type_of(self.key).shape:
            raise SpecError(
                f"Normalization goes by a key for each row, and {type_of(self.key)} has several.",
                remedy="Name a plain column of strings or whole numbers.",
            )

    @property
    def learns(self) -> bool:
        """Always."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """Exact moments of each kept entry for each key."""
        amounts(self, x)
        axes = kept(self.axis, type_of(x), "Normalization")
        return {"keyed": Need(KeyedMoments(min_count=self.min_count), axes, self.key)}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """Lookups of the key's constants, one `Sub` and one `Mul`."""
        return self._undo(x, learned) if self.invert else self._do(x, learned)

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """Lookups of the key's constants, one `Sub` and one `Mul`.

        A row whose key wasn't met goes back by the moments of all rows.
        """
        return self._do(y, learned) if self.invert else self._undo(y, learned)

    def _do(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        mean, deviation, unknown = _moments(learned["keyed"])
        scale = np.where(unknown & (self.unseen == "zero"), 0.0, 1.0 / deviation)
        return self._affine(x, learned, mean, scale)

    def _undo(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        # In the order of `Normalization`: the same bits everywhere.
        mean, deviation, _ = _moments(learned["keyed"])
        return self._affine(y, learned, -mean / deviation, deviation)

    def _affine(self, x: Node, learned: Mapping[str, Learned], offset: Array, scale: Array) -> Node:
        keys: Any = learned["keyed"]["keys"]
        tables = Tables.of(self.key, tuple(keys), offset.shape[1])
        of, axes = type_of(x), kept(self.axis, type_of(x), "Normalization")
        shape = tuple(size if axis in axes else 1 for axis, size in enumerate(of.shape))
        shape = shape if axes else ()
        shifted = nodes.Sub(x, tables.floats(offset, of.dtype, shape))
        return nodes.Mul(shifted, tables.floats(scale, of.dtype, shape))


def _moments(learned: Any) -> tuple[Array, Array, Array]:
    """Means and deviations, keys × entries, those of all rows first; and which of them are those.

    Raises:
        DataError: If an entry has no value in any row, or no key has enough.
    """
    overall = learned["overall"]
    if not all(overall["count"]):
        raise DataError(
            "Every value is missing, so there is no mean to learn.",
            remedy="Leave the column out, or put ss.Impute(…) with a value in front.",
        )
    if not learned["keys"]:
        raise DataError(
            "No key of Normalization(by=…) has as many values as min_count asks for.",
            remedy="Name a column of groups: one that differs in each row tells none apart.",
        )
    counts = _table([0] * len(overall["count"]), learned["count"])
    unknown = counts == 0
    mean = _table(overall["mean"], learned["mean"])
    deviation = np.sqrt(_table(overall["variance"], learned["variance"]))
    mean, deviation = (np.where(unknown, table[0], table) for table in (mean, deviation))
    return mean, np.where(deviation > 0, deviation, 1.0), unknown


def _table(first: Any, others: Any) -> Array:
    found = np.array([[one, *of] for one, of in zip(first, others, strict=True)], np.float64)
    return found.T
