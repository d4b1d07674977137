"""Several counts of distinct values as one."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale import native
from samescale.statistics._counts.numbers import Numbers
from samescale.statistics._counts.texts import Texts
from samescale.statistics._counts.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.statistics._counts.distinct import Distinct


def held(counted: Mapping[Any, int]) -> Distinct:
    """Counts by value, strings or integers, as they are added fastest."""
    if all(isinstance(value, str) for value in counted):
        return Words.of(counted)
    counts = np.fromiter(counted.values(), np.int64, len(counted))
    values = np.array([*counted, None], object)[:-1]
    return dc.replace(Numbers.of(values), counts=counts[np.argsort(values, kind="stable")])


def union(parts: tuple[Distinct, ...]) -> Distinct:
    """The counts of several parts together, of one at least."""
    if len(parts) == 1:
        return parts[0]
    if any(isinstance(part, Numbers) for part in parts):
        return Numbers.union([part for part in parts if len(part)])
    return (Texts if native.available("strings") else Words).union(parts)


def pushed(parts: tuple[Distinct, ...], part: Distinct) -> tuple[Distinct, ...]:
    """The parts with one more: each is at most half as long as the one before."""
    if not len(part):
        return parts
    kept = sorted((*parts, part), key=len, reverse=True)
    for place in range(len(kept) - 1, 0, -1):
        if len(kept[place - 1]) < 2 * len(kept[place]):
            kept[place - 1 :] = [union(tuple(kept[place - 1 :]))]
    return tuple(kept)
