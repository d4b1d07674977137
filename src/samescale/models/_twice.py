"""Scaled twice: whether a scaler inside a model learned the raw columns, and gets the features.

A scaler tells where it was learned: its mean and deviation are those of what it saw. Compared are
the raw column, by the profile of its training, and the column's features, which the graph gives of
the profile's quantiles. A scaler that would be at home with the features is left alone.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, TypeAlias, final

import numpy as np

from samescale.ir.nodes import Graph
from samescale.ir.reference import run
from samescale.ir.simplify import widths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.profile import ColumnProfile

Statistic: TypeAlias = "Callable[[Array], tuple[float, float]]"
"""What a kind of scaler learns of values: where they are, and how far they reach."""

# A scaler that saw other rows of the same table is this near; the features' own are far from it.
_APART: Final = 0.25  # of a deviation, between two means
_WIDER: Final = 1.5  # times, between two deviations


@final
@dc.dataclass(frozen=True, slots=True)
class Learned:
    """What a scaler learned, for each entry of a row of features.

    Attributes:
        centre: Its mean, its median or the middle of its range.
        spread: Its deviation, its interquartile range or half of its range.
        statistic: How the two come from values.
    """

    centre: Array
    spread: Array
    statistic: Statistic


def layout(fitted: Fitted) -> Array:
    """The feature that each entry of a row belongs to."""
    found = widths(fitted.graph)
    return np.repeat(np.array(list(found), object), list(found.values()))


def learned_raw(fitted: Fitted, columns: Array, learned: Learned) -> str | None:
    """The first column that the scaler saw as it was before its transforms; `None` if it saw none.

    Args:
        fitted: The preprocessing in front of the scaler.
        columns: The column of each entry that the scaler gets.
        learned: What the scaler learned of each entry.
    """
    for name in dict.fromkeys(columns.tolist()):
        profile = _profile(fitted, name)
        if profile is not None and len(profile.quantiles):
            found = _pooled(learned, columns == name)
            if _is_raw(fitted, name, profile, found, learned.statistic):
                return str(name)
    return None


def reach(fitted: Fitted, name: str) -> tuple[float, float] | None:
    """The largest magnitudes of a column in training: raw, and as features; `None` for text."""
    profile = _profile(fitted, name)
    if profile is None or not len(profile.quantiles):
        return None
    raw = _sample(profile)
    features = np.abs(_features(fitted, name, raw))
    return float(np.abs(raw).max()), float(features.max(initial=0.0))


def changes(fitted: Fitted, name: str) -> bool:
    """Whether a column's features are anything but its values."""
    profile = _profile(fitted, name)
    if profile is None:
        return True
    raw = _sample(profile)
    features = _features(fitted, name, raw)
    return features.shape != raw.shape or not np.allclose(features, raw, rtol=1e-6)


def moments(values: Array) -> tuple[float, float]:
    """Mean and deviation."""
    return float(values.mean()), float(values.std())


def extent(values: Array) -> tuple[float, float]:
    """The middle of the range, and half of it."""
    low, high = float(values.min()), float(values.max())
    return (low + high) / 2, (high - low) / 2


def quartiles(values: Array) -> tuple[float, float]:
    """The median, and the distance of the quartiles."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return middle, high - low


def _profile(fitted: Fitted, name: str) -> ColumnProfile | None:
    """The profile of the one column of numbers that a feature is made of; `None` if it isn't."""
    node = dict(fitted.graph.outputs).get(name)
    read = () if node is None else Graph(((name, node),)).inputs
    found = fitted.profile.columns[read[0].name] if len(read) == 1 else None
    return None if found is None or found.mean is None else found


def _is_raw(
    fitted: Fitted,
    name: str,
    profile: ColumnProfile,
    found: tuple[float, float],
    statistic: Statistic,
) -> bool:
    raw = _evenly(profile)
    if not _near(found, _of(profile, raw, statistic)):
        return False
    return not any(_near(found, own) for own in _at_home(fitted, name, profile, raw, statistic))


def _of(profile: ColumnProfile, raw: Array, statistic: Statistic) -> tuple[float, float]:
    """What a scaler would learn of the raw column: exact for its moments and its range."""
    if statistic is moments and profile.mean is not None and profile.deviation is not None:
        return profile.mean, profile.deviation
    return statistic(_sample(profile) if statistic is extent else raw)


def _at_home(
    fitted: Fitted, name: str, profile: ColumnProfile, raw: Array, statistic: Statistic
) -> Iterator[tuple[float, float]]:
    """What a scaler that harms nothing learned: it changes nothing, or it saw the features."""
    yield 0.0, 1.0
    yield statistic(_features(fitted, name, _sample(profile) if statistic is extent else raw))
    if statistic is moments and profile.deviation is not None:
        # Quantiles leave a long tail out; of an affine chain, two points say the same exactly.
        ends = np.array([-1.0, 1.0]) * profile.deviation + (profile.mean or 0.0)
        yield extent(_features(fitted, name, ends))


def _near(found: tuple[float, float], known: tuple[float, float]) -> bool:
    (centre, spread), (place, width) = found, known
    if not (width > 0 and spread > 0):
        return False
    return abs(centre - place) <= _APART * width and 1 / _WIDER <= spread / width <= _WIDER


def _pooled(learned: Learned, entries: Array) -> tuple[float, float]:
    """One centre and spread for the entries of one column, as its profile pools them."""
    centre, spread = learned.centre[entries], learned.spread[entries]
    if learned.statistic is extent:
        return extent(np.concatenate([centre - spread, centre + spread]))
    return float(centre.mean()), float(np.sqrt((spread**2).mean() + centre.var()))


def _sample(profile: ColumnProfile) -> Array:
    ends = [x for x in (profile.minimum, profile.maximum) if x is not None]
    return np.array([*ends, *profile.quantiles], np.float64)


def _evenly(profile: ColumnProfile) -> Array:
    """Values spread as the column's were."""
    at = np.linspace(0.0125, 0.9875, 40)
    return np.interp(at, profile.probabilities, profile.quantiles)


def _features(fitted: Fitted, name: str, values: Array) -> Array:
    """The features of a column whose entries are all one value, for each value; none missing."""
    graph = Graph(((name, dict(fitted.graph.outputs)[name]),))
    column, type_ = graph.inputs[0].name, graph.inputs[0].type
    rows = values.reshape(-1, *(1,) * len(type_.shape)).astype(type_.numpy)
    found = run(graph, {column: np.broadcast_to(rows, (len(values), *type_.shape))})[name]
    return found[np.isfinite(found)].astype(np.float64)
