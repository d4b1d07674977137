"""An example row, for the pages that describe the server.

It is no row of training: each value is usual by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from samescale.ir.types import INTEGERS

if TYPE_CHECKING:
    from samescale.predictor import Predictor
    from samescale.profile import ColumnProfile
    from samescale.schema import Column


def row(predictor: Predictor) -> dict[str, Any]:
    """A value for every column: its median in training, or its most frequent category."""
    profiles = predictor.fitted.profile.columns
    return {c.name: _entry(c, profiles.get(c.name)) for c in predictor.schema.columns}


def _entry(column: Column, profile: ColumnProfile | None) -> Any:
    value = _value(column, profile)
    for length in reversed(column.shape):
        value = [value] * length
    return value


def _value(column: Column, profile: ColumnProfile | None) -> Any:
    categories = (profile and profile.categories) or column.categories or ()
    if column.kind == "string":
        return categories[0] if categories else "text"
    if column.kind == "boolean":
        return True
    middle = _median(profile)
    if column.kind == "datetime":
        return datetime.fromtimestamp(middle, UTC).isoformat()
    if column.kind == "integer" or column.dtype in INTEGERS:
        return int(categories[0]) if categories else round(middle)
    return float(f"{middle:.6g}")


def _median(profile: ColumnProfile | None) -> float:
    if profile is None or profile.minimum is None or profile.maximum is None:
        return 0.0
    known = dict(zip(profile.probabilities, profile.quantiles, strict=True))
    return float(known.get(0.5, (profile.minimum + profile.maximum) / 2))
