"""A table of values into the ranks of its features, in C where the kernel is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.native import available
from samescale.native import quantiles as native
from samescale.statistics._features import refuse_infinite
from samescale.statistics._ordered import Counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array
    from samescale.statistics._ranks import Ranks


def counted(
    ranks: tuple[Ranks, ...],
    batches: Sequence[Array],
    weights: Sequence[Array | None],
    *,
    cap: int,
    start: int = 0,
) -> tuple[Ranks, ...]:
    """The ranks of each feature with the rows of some batches added.

    Args:
        ranks: The ranks so far.
        batches: The rows.
        weights: The weights of each batch's rows, for all or for none.
        cap: How many cells there may be.
        start: The number of each batch's first row, for an error.

    Raises:
        DataError: If a value is infinite (`row`, `feature`).
    """
    if all(one.rests for one in ranks):
        return ranks
    rows = sum(map(len, batches))
    light = weights[0] is None and rows <= native.MOST_ROWS
    if light and available("quantiles"):
        return _natively(ranks, batches, cap, start)
    for batch in batches:
        refuse_any_infinite(batch, start)
    whole = np.concatenate(batches)
    given = [one for one in weights if one is not None]
    each = np.concatenate(given) if given else None
    return tuple(_add(one, whole[:, feature], each, cap) for feature, one in enumerate(ranks))


def refuse_any_infinite(batch: Array, start: int = 0) -> None:
    """Raise for the first infinity of a batch, if it holds one.

    Raises:
        DataError: If it does (`row`, `feature`); rows count from `start`.
    """
    if batch.dtype.kind != "f":
        return
    # A sum that is finite has finite terms only, and is told faster than they are.
    with np.errstate(all="ignore"):
        finite = np.isfinite(batch.sum())
    if not finite and np.isinf(batch).any():
        refuse_infinite(batch, start)


def _natively(
    ranks: tuple[Ranks, ...], batches: Sequence[Array], cap: int, start: int
) -> tuple[Ranks, ...]:
    infinite, found = native.counted(batches, [_asked(one, cap) for one in ranks])
    if infinite:
        for batch in batches:
            refuse_any_infinite(batch, start)
    return tuple(
        _added(one, counts, [batch[:, feature : feature + 1] for batch in batches], cap)
        for feature, (one, counts) in enumerate(zip(ranks, found, strict=True))
    )


def _asked(ranks: Ranks, cap: int) -> native.Asked | None:
    if ranks.rests:
        return None
    known: Any = ranks.counts
    if not ranks.base:
        return native.Asked(ranks.bits, known.keys, known.counts, ranks.room(cap))
    return native.Asked(ranks.bits, known.keys, known.counts, 0, ranks.base, ranks.wanted)


def _added(
    ranks: Ranks, found: tuple[Array, Array] | None, columns: list[Array], cap: int
) -> Ranks:
    if ranks.rests:
        return ranks
    if found is None:
        return _expecting(ranks, columns, cap)
    counts = Counts(*found)
    return ranks.take(counts, cap=cap) if ranks.base else ranks.become(counts, cap=cap)


def _expecting(ranks: Ranks, columns: list[Array], cap: int) -> Ranks:
    """The ranks with a feature added of more values than its bits so far can tell apart.

    What some of its values leave of the bits is tried first.
    """
    step = max(1, sum(map(len, columns)) // (2 * cap))
    fewer = ranks.expecting(_numbers(np.concatenate([c[::step, 0] for c in columns])), cap=cap)
    if fewer.bits < ranks.bits:
        counts = native.counted(columns, [_asked(fewer, cap)])[1][0]
        if counts is not None:
            return fewer.become(Counts(*counts), cap=cap)
    return _add(fewer, np.concatenate(columns)[:, 0], None, cap)


def _add(ranks: Ranks, column: Array, weights: Array | None, cap: int) -> Ranks:
    values = _numbers(column)
    if weights is not None and len(values) < len(weights):
        weights = weights[~np.isnan(column)]
    return ranks.add(values, weights, cap=cap)


def _numbers(column: Array) -> Array:
    """The values of a column as float64, without NaN."""
    values = column.astype(np.float64)
    there = ~np.isnan(values)
    return values if there.all() else values[there]
