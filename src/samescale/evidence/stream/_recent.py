"""The last rows of a stream."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.native import evidence as native

if TYPE_CHECKING:
    from samescale.ir.types import Array

SIZE: Final = 64
CLOSE: Final = 0.01
"""Rows are one and the same for evidence where every column agrees to this, relatively."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """A ring of rows, written to.

    Attributes:
        values: As they arrived, float64 (`SIZE`, d).
        repeats: Whether each repeated one before it, uint8 (`SIZE`,).
        state: How many rows there were in all, and how many of them are of the past, since
            evidence began anew after them; int64.
    """

    values: Array
    repeats: Array
    state: Array

    @classmethod
    def empty(cls, width: int) -> Self:
        """Before the first row."""
        return cls(np.zeros((SIZE, width)), np.zeros(SIZE, np.uint8), np.zeros(2, np.int64))

    @property
    def count(self) -> int:
        """How many rows there were in all."""
        return int(self.state[0])

    def begin(self, behind: int) -> None:
        """Evidence begins anew, before the newest rows, so many of them."""
        self.state[1] = self.state[0] - behind

    def forget(self) -> None:
        """As `empty`."""
        self.state[:] = 0

    def see(self, values: Array) -> Array:
        """Takes rows in.

        Args:
            values: As they arrived, float64 (n, d), contiguous.

        Returns:
            Whether each repeats a recent one, uint8 (n,).
        """
        found = native.repeats(values, self.values, self.count)
        if found is None:
            found = self._repeats(values)
        self.seen(found)
        return found

    def seen(self, repeats: Array) -> None:
        """Counts rows whose values are in the ring by now, uint8 (n,)."""
        if len(repeats) == 1:
            self.repeats[self.count % SIZE] = repeats[0]
        else:
            self.repeats[(self.count + np.arange(len(repeats))) % SIZE] = repeats
        self.state[0] += len(repeats)

    def last(self, behind: int = 0) -> tuple[Array, Array]:
        """The rows since evidence began that the ring holds, and which repeat one before them.

        Args:
            behind: How many of the newest are left out.
        """
        many = min(self.count - int(self.state[1]), SIZE)
        at = (self.count - many + np.arange(max(0, many - behind))) % SIZE
        return self.values[at], self.repeats[at] > 0

    def _repeats(self, values: Array) -> Array:
        found = np.zeros(len(values), np.uint8)
        with np.errstate(invalid="ignore"):
            for index, row in enumerate(values):
                count = self.count + index
                kept = self.values[: min(count, SIZE)]
                size = np.maximum(np.abs(row), np.abs(kept))
                near = (row == kept) | (np.abs(row - kept) <= CLOSE * size)
                near |= np.isnan(row) & np.isnan(kept)
                found[index] = near.all(axis=1).any()
                self.values[count % SIZE] = row
        return found
