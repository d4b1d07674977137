"""One column, training against live."""

from __future__ import annotations

import dataclasses as dc
import itertools
import math
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, final

if TYPE_CHECKING:
    from samescale.diagnose.scale import Scale
    from samescale.diagnose.summary import Summary

_RARE: Final = math.sqrt(math.log(2 / 1e-3) / 2)  # of Kolmogorov's law
Kind: TypeAlias = Literal["number", "date", "text", "image"]


@final
@dc.dataclass(frozen=True, slots=True)
class Compared:
    """One column on both sides, on one scale.

    Attributes:
        name: The column; of an image's channels `column · channel`.
        kind: What its values are; a boolean is a number, a date seconds since 1970.
        training: Training.
        live: What arrived.
        restored: What arrived after the inverse of the mistake that was named; `None` where that
            leaves the column as it is.
        scale: The common bins; `None` of text.
        categories: The categories that are drawn, of text; those of training first.
        concerned: Whether the verdict names it.
    """

    name: str
    kind: Kind
    training: Summary
    live: Summary
    restored: Summary | None = None
    scale: Scale | None = None
    categories: tuple[str, ...] = ()
    concerned: bool = False

    @property
    def distance(self) -> float:
        """How far live is from training: 0 the same, 1 nothing in common; see `apart`."""
        return apart(self.training, self.live, is_ordered=self.scale is not None)

    @property
    def is_near(self) -> bool:
        """Whether so far apart is what chance alone gives with so few rows."""
        return self.distance <= by_chance(
            self.training, self.live, is_ordered=self.scale is not None
        )

    @property
    def restored_distance(self) -> float | None:
        """The same after the inverse; `None` where there is none."""
        if self.restored is None:
            return None
        return apart(self.training, self.restored, is_ordered=self.scale is not None)

    def to_json(self) -> dict[str, Any]:
        """The column as JSON."""
        found: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "concerned": self.concerned,
            "distance": self.distance,
            "is_near": self.is_near,
            "training": self.training.to_json(),
            "live": self.live.to_json(),
        }
        if self.restored is not None:
            found["restored"] = self.restored.to_json()
            found["restored_distance"] = self.restored_distance
        if self.scale is not None:
            found["scale"] = {"law": self.scale.law, "edges": list(self.scale.edges)}
        if self.categories:
            found["categories"] = list(self.categories)
        return found


def apart(one: Summary, other: Summary, *, is_ordered: bool) -> float:
    """How far two distributions are apart, missing values and what no bin holds among them.

    Args:
        one: The one.
        other: The other.
        is_ordered: Whether bins stand in an order: then it is Kolmogorov and Smirnov's distance,
            the greatest difference of the shares below any value. Of categories it is the total
            variation, half the sum of what differs.

    Returns:
        0 to 1.

    >>> from samescale.diagnose.summary import Summary
    >>> halves, first = Summary(9, 0.0, shares=(0.5, 0.5)), Summary(9, 0.0, shares=(1.0, 0.0))
    >>> apart(halves, first, is_ordered=True)
    0.5
    """
    pairs = list(zip(_masses(one), _masses(other), strict=True))
    if not is_ordered:
        return min(1.0, sum(abs(a - b) for a, b in pairs) / 2)
    below = itertools.accumulate(a - b for a, b in pairs)
    return min(1.0, max(map(abs, below)))


def by_chance(one: Summary, other: Summary, *, is_ordered: bool) -> float:
    """How far samples of one distribution get apart, once in a thousand times at most, about.

    For ordered bins the asymptotic law of Kolmogorov and Smirnov; for categories twice what is
    expected.
    """
    noise = 1 / max(one.rows, 1) + 1 / max(other.rows, 1)
    if is_ordered:
        return _RARE * math.sqrt(noise)
    spread = (math.sqrt(share * (1 - min(share, 1.0))) for share in _masses(one))
    return 2 * sum(spread) * math.sqrt(noise) / math.sqrt(2 * math.pi) + noise


def _masses(side: Summary) -> list[float]:
    there = 1 - side.missing
    drawn = [share * there for share in side.shares]
    # What no bin holds (an infinity, a category that isn't drawn) stands apart as well.
    return [*drawn, side.missing, max(0.0, there - sum(drawn))]
