"""A table of values into the ranks of its features, in C where the kernel is there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.native import available
from samescale.native import quantiles as native
from samescale.statistics._features import refuse_infinite
from samescale.statistics._order.ordered import BITS, Counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array
    from samescale.statistics._order.ranks import Ranks

# NumPy is given so many rows at a time: what is met twice is still in the cache then. The first
# ones tell how many bits the others are counted by.
FIRST, ROWS = 1 << 17, 1 << 20
# A sample of so many times `cap` rows tells how many bits to begin with; where it doesn't, one that
# is so many times larger.
SAMPLE, LARGER = 4, 4


def counted(
    ranks: tuple[Ranks, ...],
    batches: Sequence[Array],
    weights: Sequence[Array | None],
    *,
    cap: int,
) -> tuple[Ranks, ...]:
    """The ranks of each feature with the rows of some batches added.

    Args:
        ranks: The ranks so far.
        batches: The rows.
        weights: The weights of each batch's rows, for all or for none.
        cap: How many cells there may be.

    Raises:
        DataError: If a value is infinite (`row`, `feature`).
    """
    if all(one.rests for one in ranks):
        return ranks
    rows = sum(map(len, batches))
    if weights[0] is None and rows <= native.MOST_ROWS and available("quantiles"):
        return _natively(ranks, batches, cap)
    whole = batches[0] if len(batches) == 1 else np.concatenate(batches)
    given = [one for one in weights if one is not None]
    each = np.concatenate(given) if given else None
    for start, stop in itertools.pairwise(
        sorted({0, min(FIRST, rows), *range(ROWS, rows, ROWS), rows})
    ):
        part, theirs = whole[start:stop], None if each is None else each[start:stop]
        refuse_any_infinite(part, start)
        ranks = tuple(_add(one, part[:, f], theirs, cap) for f, one in enumerate(ranks))
    return ranks


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


def _natively(ranks: tuple[Ranks, ...], batches: Sequence[Array], cap: int) -> tuple[Ranks, ...]:
    rows = sum(map(len, batches))
    step = max(1, rows // (SAMPLE * cap))
    if rows > cap:
        unknown = [one.bits == BITS and not one.base and not len(one.counts) for one in ranks]
        ranks = _expecting(ranks, unknown, batches, step, cap)
    infinite, found = native.counted(batches, [_asked(one, cap) for one in ranks])
    if infinite:
        for batch in batches:
            refuse_any_infinite(batch)
    added = [_added(*each, cap) for each in zip(ranks, found, strict=True)]
    while None in added:
        step = max(1, step // LARGER)
        ranks = _expecting(ranks, [one is None for one in added], batches, step, cap)
        added = _again(ranks, added, batches, cap)
    return tuple(one for one in added if one is not None)


def _again(
    ranks: tuple[Ranks, ...], added: list[Ranks | None], batches: Sequence[Array], cap: int
) -> list[Ranks | None]:
    """What was added, with the features that had more values than their bits could tell apart.

    The bits that all rows leave are few enough for all rows: this ends.
    """
    asked = [
        None if done else native.Asked(one.bits, *_NOTHING, one.room(cap))
        for one, done in zip(ranks, added, strict=True)
    ]
    each = zip(ranks, added, native.counted(batches, asked)[1], strict=True)
    return [done if more is None else one.take(Counts(*more), cap=cap) for one, done, more in each]


_NOTHING = (Counts.none().keys, Counts.none().counts)


def _asked(ranks: Ranks, cap: int) -> native.Asked | None:
    if ranks.rests:
        return None
    known: Any = ranks.counts
    if not ranks.base:
        return native.Asked(ranks.bits, known.keys, known.counts, ranks.room(cap))
    return native.Asked(ranks.bits, known.keys, known.counts, 0, ranks.base, ranks.wanted)


def _added(ranks: Ranks, found: tuple[Array, Array] | None, cap: int) -> Ranks | None:
    if ranks.rests:
        return ranks
    if found is None:
        return None
    counts = Counts(*found)
    return ranks.take(counts, cap=cap) if ranks.base else ranks.become(counts, cap=cap)


def _expecting(
    ranks: tuple[Ranks, ...], which: list[bool], batches: Sequence[Array], step: int, cap: int
) -> tuple[Ranks, ...]:
    """The ranks, some of them with no more bits than every so many rows leave."""
    if not any(which):
        return ranks
    some = np.concatenate([batch[::step] for batch in batches])
    return tuple(
        one.expecting(_numbers(some[:, f]), cap=cap) if asked else one
        for f, (one, asked) in enumerate(zip(ranks, which, strict=True))
    )


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
