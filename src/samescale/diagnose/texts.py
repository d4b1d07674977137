"""A column of text on both sides: shares of categories, and those that training doesn't have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.diagnose.compared import Compared
from samescale.diagnose.summary import TOP, Summary

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping


def compared(
    name: str,
    training: Mapping[str, int] | None,
    live: Counter[str | None],
    *,
    rows: int,
    missing: float,
) -> Compared:
    """The column.

    Args:
        name: The column.
        training: How often each category was met; `None` where training has counted none.
        live: The same of what arrived, `None` for missing.
        rows: How many rows training had.
        missing: The share of missing values in training.
    """
    arrived, gone = sum(live.values()), live[None]
    there = {str(key): count for key, count in live.items() if key is not None}
    known = training if training is not None else {}
    odd = {} if training is None else {k: n for k, n in there.items() if k not in known}
    drawn = _drawn(known, {k: n for k, n in there.items() if k not in odd})
    return Compared(
        name,
        "text",
        Summary(
            rows,
            missing,
            distinct=None if training is None else len(known),
            shares=_shares(known, drawn),
        ),
        Summary(
            arrived,
            gone / max(arrived, 1),
            distinct=len(there),
            shares=_shares(there, drawn),
            unseen=_top(odd, arrived),
            unseen_share=sum(odd.values()) / max(arrived, 1),
        ),
        categories=drawn,
    )


def _drawn(known: Mapping[str, int], there: Mapping[str, int]) -> tuple[str, ...]:
    """The commonest of both sides, in the order of training."""
    total, arrived = sum(known.values()) or 1, sum(there.values()) or 1
    weight = {k: max(known.get(k, 0) / total, n / arrived) for k, n in there.items()}
    weight |= {k: max(n / total, weight.get(k, 0.0)) for k, n in known.items()}
    chosen = sorted(weight, key=lambda key: (-weight[key], key))[:TOP]
    return tuple(sorted(chosen, key=lambda key: (-known.get(key, 0), -there.get(key, 0), key)))


def _shares(counts: Mapping[str, int], drawn: tuple[str, ...]) -> tuple[float, ...]:
    total = sum(counts.values()) or 1
    return tuple(counts.get(key, 0) / total for key in drawn)


def _top(odd: Mapping[str, int], rows: int) -> tuple[tuple[str, float], ...]:
    chosen = sorted(odd, key=lambda key: (-odd[key], key))[:TOP]
    return tuple((key, odd[key] / rows) for key in chosen)
