"""How many values are missing."""

from __future__ import annotations

import dataclasses as dc
import operator
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

import numpy as np

from samescale.statistics._counts.arrow import is_arrow
from samescale.statistics._counts.arrow import missing as missing_text
from samescale.statistics._features import both, table
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.base import Json


@final
@dc.dataclass(frozen=True, slots=True)
class Missing(Statistic):
    """How many rows there are, and in how many of them each feature is missing (NaN or `None`).

    Attributes:
        rows: How many rows, by feature: the same number for each.
        missing: In how many of them it is missing.

    Example:
        >>> Missing().update(np.array([[1.0, np.nan], [np.nan, np.nan]])).value()
        {'rows': [2, 2], 'missing': [1, 2]}
    """

    takes_arrow: ClassVar[bool] = True

    rows: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()

    def update(self, batch: Any, weights: Array | None = None) -> Self:
        """These counts with the rows of `batch` added, whatever their weights.

        Args:
            batch: Rows × features, or an Arrow array of text: the rows of one feature.
            weights: Not asked for.
        """
        del weights
        if is_arrow(batch):
            return self.merge(type(self)((len(batch),), (missing_text(batch),)))
        batch = Batch.of(batch)
        array = table(batch.array)
        rows, features = array.shape
        missing = _looked(batch, array)
        return self.merge(type(self)((rows,) * features, missing))

    def merge(self, other: Self) -> Self:
        """The counts of both together."""
        return type(self)(
            both("Missing", self.rows, other.rows, operator.add),
            both("Missing", self.missing, other.missing, operator.add),
        )

    def value(self) -> dict[str, Json]:
        """`rows` and `missing`, by feature."""
        return {"rows": list(self.rows), "missing": list(self.missing)}

    def to_json(self) -> Json:
        """The state."""
        return self.value()

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        return cls(tuple(state["rows"]), tuple(state["missing"]))


def _looked(batch: Batch, array: Array) -> tuple[int, ...]:
    # Integers miss nothing: that needs no look at them.
    found = batch.scan() if array.dtype.kind == "f" else None
    return _missing(array) if found is None else found.missing


def _missing(batch: Array) -> tuple[int, ...]:
    none: tuple[int, ...] = (0,) * batch.shape[1]
    match batch.dtype.kind:
        case "f":
            missing: Array = np.isnan(batch)
        case "O":
            # Only NaN differs from itself.
            cells = [cell is None or cell != cell for cell in batch.ravel().tolist()]  # noqa: PLR0124
            missing = np.array(cells, np.bool_).reshape(batch.shape)
        case _:
            return none
    # Most batches miss nothing, which is seen without a sum along a short axis.
    return tuple(map(int, missing.sum(axis=0))) if missing.any() else none
