"""A column of numbers on both sides."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING

from samescale.diagnose.compared import Compared
from samescale.diagnose.scale import Scale
from samescale.diagnose.summary import of_numbers

if TYPE_CHECKING:
    from samescale.diagnose.compared import Kind
    from samescale.diagnose.summary import Summary
    from samescale.ir.types import Array


def compared(
    name: str,
    kind: Kind,
    training: tuple[Summary, Array],
    live: tuple[Summary, Array],
    restored: Array | None = None,
) -> Compared:
    """The column, all three on common bins.

    Args:
        name: The column.
        kind: What its values are.
        training: What is known of training, and values that stand for it, float64 of shape (k,).
        live: The same of what arrived.
        restored: Those of what arrived after the inverse of a mistake; `None` where there is none.
    """
    told, own = training
    arrived, values = live
    back = () if restored is None else (restored,)
    scale = Scale.of(own, values, *back, rows=min(len(own), len(values)), dates=kind == "date")
    after = None if restored is None else of_numbers(restored)
    return Compared(
        name,
        kind,
        dc.replace(told, shares=scale.shares(own)),
        dc.replace(arrived, shares=scale.shares(values)),
        None if after is None or restored is None else _drawn(after, scale, restored),
        scale,
        concerned=restored is not None,
    )


def _drawn(summary: Summary, scale: Scale, values: Array) -> Summary:
    return dc.replace(summary, shares=scale.shares(values))
