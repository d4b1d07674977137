"""A contrast, and how far chance takes it on images that it never saw."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.images._contrast import Contrast
from samescale.evidence.images._tail import Tail, bet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.ir.types import Array

FOLDS: Final = 5
_CAPS: Final = (2.0, 3.0, 4.0, 5.0, 6.0)
_FLOORS: Final = (-2.0, -3.0, -4.0, -6.0)
_DOUBT: Final = 0.005
_SIDE: Final = 1.64  # normal score of 95 %


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Suspicion:
    """Evidence for a mistake that was simulated on training images.

    Two e-values from one contrast. Of several images, the product of `exp(ratio - norm)`, the ratio
    kept between `floor` and `cap`: `norm` bounds the mean over training images held out of the fit,
    from above, at 95 %: up to where the tail begins as it was seen, beyond by the model of the
    tail. Of a single image, a bet on the chance of its rank.

    Attributes:
        contrast: log of how much likelier an image's summary numbers are under the mistake.
        floor: The least that one image says among several, in nats.
        cap: The most that one image says among several, in nats.
        norm: What is taken off, in nats.
        tail: Of the contrast of one held-out image.
        doubt: What the least contrast that drift leaves of one exceeds once in two hundred.
    """

    contrast: Contrast
    floor: float
    cap: float
    norm: float
    tail: Tail
    doubt: float

    @classmethod
    def of(cls, contrast: Contrast, clean: Array, wrong: Array, single: Array) -> Self:
        """The suspicion whose chances come from held-out images.

        Args:
            contrast: Learned from all images.
            clean: (k,) the contrasts of images by contrasts that didn't see them.
            wrong: (k,) the same with the mistake.
            single: (k,) the least contrast that an ordinary drift leaves of each, without it.
        """
        ways = [
            (floor, cap, _norm(np.maximum(clean, floor), cap)) for floor in _FLOORS for cap in _CAPS
        ]
        gains = [_growth(np.clip(wrong, floor, cap) - norm) for floor, cap, norm in ways]
        floor, cap, norm = ways[int(np.argmax(gains))]
        doubt = float(np.float32(max(0.0, np.quantile(single, 1 - _DOUBT))))
        return cls(contrast, floor, cap, float(np.float32(norm)), Tail.of_ratios(clean), doubt)

    def each(self, ratios: Array) -> Array:
        """The log of each image's e-value, from contrasts (…,)."""
        return np.clip(ratios, self.floor, self.cap) - self.norm

    def of_one(self, ratio: float, least: float) -> float:
        """log10 of the e-value of a single image; 0 where an ordinary drift may explain it.

        Args:
            ratio: Its contrast.
            least: The least contrast that an ordinary drift, undone, leaves of it.
        """
        return bet(float(self.tail.chance(np.array(ratio)))) if least > self.doubt else 0.0

    def to_arrays(self) -> dict[str, Array]:
        """The fields as arrays."""
        numbers = [
            self.floor,
            self.cap,
            self.norm,
            self.doubt,
            self.tail.start,
            self.tail.share,
            self.tail.rate,
        ]
        return {"chances": np.array(numbers, np.float32), **self.contrast.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """The suspicion that `to_arrays` wrote."""
        floor, cap, norm, doubt, *tail = (float(number) for number in arrays["chances"])
        return cls(Contrast.from_arrays(arrays), floor, cap, norm, Tail(*tail), doubt)


def held_out(count: int, learn: Callable[[Array], None]) -> None:
    """Call `learn` with the places left out, fold by fold."""
    places = np.arange(count)
    for fold in range(FOLDS):
        learn(places % FOLDS == fold)


def _growth(gains: Array) -> float:
    """What eight images surely gain: the mean, less a deviation of the mean of eight."""
    return float(gains.mean() - gains.std() / np.sqrt(8))


def _norm(clean: Array, cap: float) -> float:
    """Log of at most the mean of `exp(min(ratio, cap))`: the body as seen, the tail as fitted.

    No less than 0: an image that says nothing is no evidence, however rare it is.
    """
    tail = Tail.of_ratios(clean)
    body = np.where(clean <= tail.start, np.exp(np.minimum(clean, min(cap, tail.start))), 0.0)
    sure = body.mean() + _SIDE * body.std() / np.sqrt(len(clean))
    room = cap - tail.start
    if room <= 0:
        return max(0.0, float(np.log(sure + tail.share * np.exp(cap))))
    slow = 1 - tail.rate
    grown = tail.rate * (np.expm1(slow * room) / slow if abs(slow) > 1e-6 else room)  # noqa: PLR2004
    above = np.exp(tail.start) * (grown + np.exp(slow * room))
    return max(0.0, float(np.log(sure + tail.share * above)))
