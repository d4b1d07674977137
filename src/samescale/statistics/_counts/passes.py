"""From pass to pass: which values are counted next, until the wanted ones are known."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import DataError
from samescale.statistics._counts.census import Census
from samescale.statistics._counts.sieve import Sieve

if TYPE_CHECKING:
    from samescale.statistics._counts.census import Wanted

# How many buckets a first guess keeps for each value that is wanted, and how many passes may follow
# one another before the column is given up.
_GUESS = 4
_SIEVES = 8


def first(census: Census, wanted: Wanted) -> tuple[list[Any], list[int]] | None:
    """The wanted values and their counts; `None` if they take one more pass."""
    whole = census.settled()
    if whole.buckets is not None:
        return None
    _check_rows(whole)
    values, counts = whole.part.first(least=wanted.least, top=wanted.top)
    proven = max((sieve.least for sieve in census.sieves), default=0)
    known = wanted.top is not None and len(counts) == wanted.top and counts[-1] >= proven
    return (values, counts) if known or proven <= wanted.least else None


def refined(census: Census, wanted: Wanted) -> Census | None:
    """What the next pass counts, or `None` if the wanted values are known.

    Raises:
        DataError: If no pass can tell them within the bound.
    """
    whole = census.settled()
    if whole.buckets is None:
        return None if first(whole, wanted) else _lowered(whole, wanted)
    _check_rows(whole)
    least = max(wanted.least, census.floor, 1)
    if wanted.top is not None and not census.floor:
        place = min(_GUESS * wanted.top, len(whole.buckets) // 2)
        least = max(least, int(np.partition(whole.buckets, -place)[-place]))
    sieve = Sieve(len(census.sieves), whole.buckets, least)
    kept = int(whole.buckets.sum())
    if len(census.sieves) == _SIEVES or sieve.rows == kept:
        raise _endless(kept, least, wanted)
    return Census(sieves=(*census.sieves, sieve), floor=census.floor)


def _lowered(census: Census, wanted: Wanted) -> Census:
    """A pass with what the guess of an earlier one left out."""
    counts = np.sort(census.part.counts)[::-1]
    top = wanted.top or 0
    floor = max(wanted.least, int(counts[top - 1]) if len(counts) >= top else 1)
    # Later sieves know nothing of what an earlier one lets through now.
    place = next(i for i, sieve in enumerate(census.sieves) if sieve.least > floor)
    lowered = dc.replace(census.sieves[place], least=floor)
    return Census(sieves=(*census.sieves[:place], lowered), floor=floor)


def _check_rows(census: Census) -> None:
    counted = census.part.total if census.buckets is None else int(census.buckets.sum())
    if census.sieves and counted != census.sieves[-1].rows:
        raise DataError(
            f"This pass over the rows counted {counted} values of {census.sieves[-1].rows}.",
            remedy="Update it with exactly the rows of the pass before.",
        )


def _endless(rows: int, least: int, wanted: Wanted) -> DataError:
    asked = f"The {wanted.top} most frequent values" if wanted.top else "The wanted values"
    return DataError(
        f"{asked} can't be told from the others by counting at most {wanted.most} at once: {rows} "
        f"rows hold values that may occur {least} times.",
        remedy="Ask for fewer, or for a greater min_count, raise max_distinct, or hash the column: "
        "an identifier isn't a category.",
        value=rows,
    )
