"""The best one-to-one assignment (Kuhn 1955, Munkres 1957), by shortest augmenting paths.

Jonker and Volgenant, A shortest augmenting path algorithm for dense and sparse linear assignment
problems, Computing 38 (1987): columns' duals first, then one path for each row still free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array


def assignment(worth: Array) -> Array:
    """For each row of a square table another column, so that the sum is greatest.

    Args:
        worth: Finite, shape (d, d).

    Returns:
        The column of each row, shape (d,).

    >>> assignment(np.array([[1.0, 5.0, 0.0], [9.0, 6.0, 0.0], [0.0, 2.0, 0.0]]))
    array([1, 0, 2])
    """
    cost = worth.max() - worth
    dual = cost.min(axis=0)
    column_of = np.full(len(cost), -1)
    row_of = np.full(len(cost), -1)
    reduced = cost - dual
    cheapest = reduced.argmin(axis=1)
    for row in np.argsort(reduced.min(axis=1), kind="stable"):
        column = cheapest[row]
        # Only a row whose cheapest column costs nothing may take it at once: its dual is 0.
        if row_of[column] < 0 and reduced[row, column] == 0:
            row_of[column], column_of[row] = row, column
    rows = np.zeros(len(cost))
    for row in np.flatnonzero(column_of < 0):
        _augment(cost, int(row), (rows, dual), (column_of, row_of))
    return column_of


def _augment(
    cost: Array, start: int, duals: tuple[Array, Array], matched: tuple[Array, Array]
) -> None:
    """Matches one more row along the shortest path, and keeps the duals right."""
    (rows, columns), (column_of, row_of) = duals, matched
    width = len(cost)
    distance = np.full(width, np.inf)
    before = np.full(width, -1)
    open_ = np.ones(width, bool)
    row, reach = start, 0.0
    while True:
        new = reach + cost[row] - rows[row] - columns
        nearer = open_ & (new < distance)
        distance[nearer], before[nearer] = new[nearer], row
        column = int(np.where(open_, distance, np.inf).argmin())
        reach = float(distance[column])
        open_[column] = False
        if row_of[column] < 0:
            break
        row = int(row_of[column])
    done = ~open_ & (distance < reach)
    rows[start] += reach
    rows[row_of[done]] += reach - distance[done]
    columns[done] -= reach - distance[done]
    while True:
        row = int(before[column])
        row_of[column] = row
        column_of[row], column = column, int(column_of[row])
        if row == start:
            return
