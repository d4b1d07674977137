"""Quantiles at equal steps, as many as the rows allow."""

from __future__ import annotations

import dataclasses as dc
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self, final

from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch
from samescale.statistics.missing import Missing
from samescale.statistics.quantiles import Quantiles

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.base import Json


@final
@dc.dataclass(frozen=True, slots=True)
class Grid(Statistic):
    """The exact quantiles at 0, 1/(n-1), 2/(n-1) … 1 of each feature.

    There are `size` of them, or one for each value if there are fewer values: how many there are is
    known after the first pass. The steps are fractions, so that a quantile that is a value of the
    column is that value, and not one beside it because 1/3 has no float.

    Attributes:
        size: How many quantiles there are at most.
        quantiles: What counts the values.
        missing: What counts the rows.
    """

    size: int
    quantiles: Quantiles = dc.field(default_factory=lambda: Quantiles(()))
    missing: Missing = dc.field(default_factory=Missing)

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """This grid with the rows of `batch` added."""
        batch = Batch.of(batch)
        return dc.replace(
            self,
            quantiles=self.quantiles.update(batch.array, weights),
            missing=self.missing.update(batch, weights),
        )

    def merge(self, other: Self) -> Self:
        """The grid of both together."""
        quantiles = self.quantiles.merge(other.quantiles)
        return dc.replace(self, quantiles=quantiles, missing=self.missing.merge(other.missing))

    def weighted(self) -> Statistic:
        """The grid of weighted quantiles; how many there are goes by rows."""
        return dc.replace(self, quantiles=self.quantiles.weighted())

    def value(self) -> dict[str, Json]:
        """`values`, by feature: its quantiles, `None` where there is no value at all."""
        counts = self._counts()
        given: dict[int, Any] = {
            count: self._asked(count).value()["values"] for count in set(counts)
        }
        values = [given[count][i] for i, count in enumerate(counts)]
        return {"values": [quantiles or [None] for quantiles in values]}

    def refine(self) -> Self | None:
        """What one more pass must collect, or `None` if `value()` is final."""
        refined = self._asked(max(self._counts(), default=0)).refine()
        if refined is None:
            return None
        quantiles = dc.replace(refined, probabilities=())
        return dc.replace(self, quantiles=quantiles, missing=Missing())

    def to_json(self) -> Json:
        """The state."""
        return {
            "size": self.size,
            "quantiles": self.quantiles.to_json(),
            "missing": self.missing.to_json(),
        }

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The grid of a state that `to_json` gave."""
        quantiles = Quantiles.from_json(state["quantiles"])
        return cls(state["size"], quantiles, Missing.from_json(state["missing"]))

    def _counts(self) -> list[int]:
        """How many quantiles each feature has."""
        pairs = zip(self.missing.rows, self.missing.missing, strict=True)
        return [min(self.size, rows - missing) for rows, missing in pairs]

    def _asked(self, count: int) -> Quantiles:
        steps = max(count - 1, 1)
        shares: Any = tuple(Fraction(step, steps) for step in range(count))
        return dc.replace(self.quantiles, probabilities=shares)
