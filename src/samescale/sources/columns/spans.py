"""Where a table is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def spans(rows: int, count: int) -> Iterator[tuple[int, int]]:
    """The beginnings and ends of at most `count` parts of `rows` rows; none of them is empty.

    >>> list(spans(10, 3)), list(spans(1, 4)), list(spans(0, 4))
    ([(0, 3), (3, 6), (6, 10)], [(0, 1)], [])
    """
    parts = min(rows, count)
    for part in range(parts):
        yield rows * part // parts, rows * (part + 1) // parts


def grouped(sizes: Sequence[int], count: int) -> Iterator[tuple[int, int]]:
    """The beginnings and ends of at most `count` groups of neighbours, of about equal size.

    >>> list(grouped([5, 5, 5, 5], 2)), list(grouped([9, 1, 1], 2)), list(grouped([3], 4))
    ([(0, 2), (2, 4)], [(0, 1), (1, 3)], [(0, 1)])
    """
    whole, first, size = sum(sizes), 0, 0
    groups = 1
    for place, one in enumerate(sizes):
        size += one
        last = place + 1 == len(sizes)
        if last or (groups < count and size * count >= whole * groups):
            yield first, place + 1
            first, groups = place + 1, groups + 1
