"""The rows of an update, which several statistics may share."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

from samescale.native.moments import Found, scan

if TYPE_CHECKING:
    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows × features for `Statistic.update`, and what one pass over them found.

    `Moments`, `Extent` and `Missing` of the same batch read the memory once. Where there is no
    compiled kernel for it, `scan` is `None` and each of them computes the same bits with NumPy.

    Attributes:
        array: The rows, a 2-D array of any dtype that a statistic takes.
        parts: The batch whose entries these are, if they were pooled.

    Example:
        >>> import numpy as np
        >>> from samescale.statistics.extent import Extent
        >>> batch = Batch(np.array([[1.0, 5.0], [2.0, 4.0]]))
        >>> Extent().update(batch).value()
        {'min': [1.0, 4.0], 'max': [2.0, 5.0]}
        >>> Extent().update(batch.pooled()).value()
        {'min': [1.0], 'max': [5.0]}
    """

    array: Array
    parts: Self | None = None
    _known: list[Found | None] = dc.field(default_factory=list, repr=False)

    @classmethod
    def of(cls, rows: Array | Batch) -> Batch:
        """`rows` itself if it is a batch already."""
        return rows if isinstance(rows, Batch) else cls(rows)

    def pooled(self) -> Batch:
        """All entries as one feature; what was found of these isn't looked for again."""
        return type(self)(self.array.reshape(-1, 1), self)

    def scan(self) -> Found | None:
        """What one pass found; `None` where NumPy must look."""
        # A cached_property would let one thread scan at a time, whatever it scans: up to Python
        # 3.11 all instances share its lock.
        if not self._known:
            self._known.append(self._look())
        return self._known[0]

    def _look(self) -> Found | None:
        if self.array.ndim != 2 or not self.array.size:  # noqa: PLR2004 (rows and features)
            return None
        if self.parts is None:
            array = self.array
            return scan(array if array.dtype.isnative else array.astype(array.dtype.newbyteorder()))
        found = self.parts.scan()
        return found and _together(found)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The same rows column by column, for a statistic of whole rows that needs no table of them.

    Attributes:
        arrays: An array of shape (rows,) for each feature, each of its own dtype.
    """

    arrays: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.arrays[0])


def _together(found: Found) -> Found:
    lows = [bound for bound in found.low if bound is not None]
    highs = [bound for bound in found.high if bound is not None]
    return Found(
        (sum(found.missing),),
        (min(lows, default=None),),
        (max(highs, default=None),),
        (sum(found.sums),),
        (sum(found.squares),),
    )
