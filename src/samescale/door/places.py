"""Where in what was sent something stands: findings by place instead of by row."""

from __future__ import annotations

import dataclasses as dc
from math import prod
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.door import findings as found

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.findings import Finding
    from samescale.ir.types import Array
    from samescale.schema import Column


@final
@dc.dataclass(frozen=True, slots=True)
class Places:
    """One column as it was sent, flattened.

    Attributes:
        column: The column of the contract.
        flat: The values as they were sent, one after another.
        rows: How many rows there are.
        start: The index of the first row.
    """

    column: Column
    flat: Any
    rows: int
    start: int

    def row(self, place: int) -> int:
        """The row that the value at `place` is part of."""
        return place // max(prod(self.column.shape), 1) + self.start

    def gap(self, places: Any) -> Finding:
        """Missing values at `places`."""
        return found.missing_value(self.column, self.row(int(places[0])), self._share(places))

    def at(self, make: Callable[..., Finding], places: Any, *what: str) -> Finding:
        """The finding that `make` makes of the values at `places`."""
        first = int(places[0])
        share = self._share(places)
        return make(self.column, self.row(first), self.flat[first], *what, share)

    def where(self, make: Callable[..., Finding], odd: Array, *what: str) -> Finding:
        """The finding that `make` makes of the values where the mask `odd` holds."""
        return self.at(make, np.flatnonzero(odd), *what)

    def _share(self, places: Any) -> float:
        return len(places) / max(self.rows * prod(self.column.shape), 1)
