"""Pictures: what is known of training images, and what is wrong with those that arrive."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.evidence.images._learning import NAMES, learn, subsets
from samescale.evidence.images._measure import numbers_of
from samescale.evidence.images._moved import FEWEST, moved
from samescale.evidence.images._screen import strange
from samescale.evidence.images.hypotheses import hypotheses
from samescale.evidence.images.learned import Learned
from samescale.evidence.images.scene import Scene
from samescale.evidence.verdict import DRIFT, Verdict, Weighed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.evidence.images.base import Hypothesis
    from samescale.ir.types import Array

_RANK: Final = 4
_HUGE: Final = 1e9
"""What no pixel on any scale reaches; squares of far greater ones overflow."""

_MANY: Final = 0.3
"""log10 of how many mistakes are simulated: a name has to be that much surer. The others leave
signatures that chance doesn't."""


_TOP: Final = 30.0
"""The most evidence that is told: no model of images is good for more."""

_CLEARLY: Final = 1.0
"""log10 by which a scale must beat the next one, where it is told by extent."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The learned look of training images (H, W, C), with channels last.

    Holds some four thousand bytes: the scale of the pixels, tails of contrast, and two small
    contrasts of summary numbers with what BGR and scrambled channels would look like. No image
    of training is in it.

    Attributes:
        learned: All that is kept.
    """

    learned: Learned

    @classmethod
    def learn(cls, sample: Array, *, rows: int, expects: str | None = None) -> Self:
        """What is to be known of training images.

        A mistake that batches of the sample themselves look like is never told.

        Args:
            sample: (k, H, W, C) numbers in random order; the first thousand are learned from, and
                images with NaN or infinite pixels are left out.
            rows: How many images the whole training has.
            expects: `"0..255"`, `"0..1"` or `"-1..1"`; otherwise found from the sample.

        Raises:
            DataError: If the sample isn't of numbers, or of another rank, or holds no finite image.
            SpecError: If `expects` is none of those.

        >>> rng = np.random.default_rng(0)
        >>> sample = rng.integers(0, 256, (100, 8, 8, 3), dtype=np.uint8)
        >>> Pictures.learn(sample, rows=100).learned.scale.name
        '0…255'
        """
        sample = _numbers(sample)
        if sample.ndim != _RANK or not sample.size:
            raise DataError(
                f"A sample of images is (k, height, width, channels), and not {sample.shape}.",
                remedy="Give at least one image, with channels last.",
                shape=sample.shape,
            )
        if expects not in (None, "other", *NAMES):
            raise SpecError(
                f"expects={expects!r} isn't known.",
                remedy=f"It is one of {', '.join(NAMES)}, or left out.",
                value=expects,
            )
        sample = sample[_sound(sample)]
        if not len(sample):
            raise DataError(
                "No image of the sample holds finite pixels only.",
                remedy="Look at how the training images are read.",
            )
        found = cls(learn(sample, rows, expects))
        return cls(dc.replace(found.learned, silent=found._own_looks(sample)))

    def diagnose(self, batch: Array, *, alpha: float = 1e-3) -> Verdict:
        """What is said of images.

        Args:
            batch: (n, H, W, C) numbers as they arrived, n ≥ 0; an array with channels first is
                recognised.
            alpha: The greatest chance at which honest images may be given a mistake's name.

        Raises:
            DataError: If it isn't of numbers, or of images of another shape.
        """
        batch = _numbers(batch)
        if self._channels_first(batch.shape):
            return Verdict(len(batch), Weighed("channel-order", (), 30.0, "channels first"))
        self._check(batch)
        if not len(batch):
            return Verdict(0)
        if not (sound := _sound(batch)).all():
            detail = f"no pixels in {int((~sound).sum())} of {len(batch)}: NaN, infinite or huge"
            return Verdict(len(batch), Weighed(DRIFT, (), 30.0, detail))
        with np.errstate(all="ignore"):  # pixels of 1e-300 or 1e8 are answered, not warned of
            return self._weighed(Scene.of(self.learned, batch), math.log10(1 / alpha) + _MANY)

    def screen(self, batch: Array) -> bool:
        """Whether a diagnosis is worth its time: a glance at a few pixels of a few images.

        Args:
            batch: As for `diagnose`; whatever `diagnose` refuses is worth it.
        """
        batch = np.asarray(batch)
        if batch.shape[1:] != self.learned.shape or batch.dtype.kind not in "buif":
            return True
        with np.errstate(all="ignore"):
            return bool(len(batch)) and strange(self.learned, batch)

    def undo(self, mistake: str, batch: Array) -> Array:
        """The right values of images with a mistake, (n, H, W, C) float64.

        Args:
            mistake: Its name.
            batch: The images that arrived.

        Raises:
            SpecError: If there is no such mistake.
            NotInvertibleError: If what it did can't be known from the images alone.
        """
        found: dict[str, Hypothesis] = {one.mistake: one for one in hypotheses()}
        if mistake not in found:
            raise SpecError(
                f"There is no mistake '{mistake}' of images.",
                remedy=f"It is one of {', '.join(sorted(found))}.",
                value=mistake,
            )
        return found[mistake].undo(self.learned, _numbers(batch))

    def to_arrays(self) -> dict[str, Array]:
        """All of it as arrays, below 4 KiB in all."""
        return self.learned.to_arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """What `to_arrays` wrote."""
        return cls(Learned.from_arrays(arrays))

    def _weighed(self, scene: Scene, need: float) -> Verdict:
        told = self._told(scene)
        sure = [one for one in told if one[1].evidence >= need]
        found = min(sure, key=lambda one: (one[0], -one[1].evidence))[1] if sure else None
        if not sure and not (scene.at_home and self.learned.scale.lattice):
            told = self._told(dc.replace(scene, loose=True))
            found = _clearest(told, need)
        best = found or _drift(scene, need)
        others = sorted((one for _, one in told if one is not found), key=lambda one: -one.evidence)
        return Verdict(scene.rows, best and _capped(best), tuple(_capped(one) for one in others))

    def _told(self, scene: Scene) -> list[tuple[int, Weighed]]:
        asked = (one for one in hypotheses() if one.mistake not in self.learned.silent)
        found = ((one.first, one.weigh(scene)) for one in asked)
        return [(first, weighed) for first, weighed in found if weighed is not None]

    def _own_looks(self, sample: Array) -> tuple[str, ...]:
        """The mistakes named where there are none."""
        found: set[str] = set()
        for places in subsets(len(sample)):
            best = self.diagnose(sample[places]).best
            found |= {best.mistake} if best and best.mistake != DRIFT else set()
        return tuple(sorted(found))

    def _channels_first(self, shape: tuple[int, ...]) -> bool:
        height, width, channels = self.learned.shape
        return shape[1:] == (channels, height, width) != self.learned.shape

    def _check(self, batch: Array) -> None:
        if batch.ndim == _RANK and batch.shape[1:] == self.learned.shape:
            return
        raise DataError(
            f"Images are {batch.shape[1:]}, and training's were {self.learned.shape}.",
            remedy="Give (n, height, width, channels), resized as in training.",
            shape=batch.shape,
        )


def _numbers(images: Array) -> Array:
    images = np.asarray(images)
    if images.dtype.kind not in "buif":
        raise DataError(
            f"Images are numbers, and not of the dtype {images.dtype}.",
            remedy="Decode them first, to an array of uint8 or float32.",
            dtype=str(images.dtype),
        )
    return images


def _sound(images: Array) -> Array:
    """(n,) which images hold pixels that can be ones at all."""
    if not images.size:
        return np.ones(len(images), bool)
    wide = images if images.dtype.kind == "f" else images.astype(np.float64)
    sound = np.abs(wide) < np.asarray(min(_HUGE, float(np.finfo(wide.dtype).max)), wide.dtype)
    return np.asarray(sound.reshape(len(images), -1).all(axis=1))


def _clearest(told: list[tuple[int, Weighed]], need: float) -> Weighed | None:
    """The likeliest scale by extent, for no lattice tells one; none if another is as likely."""
    ordered = sorted((one for _, one in told), key=lambda one: -one.evidence)
    second = ordered[1].evidence if len(ordered) > 1 else 0.0
    clear = ordered and ordered[0].evidence >= max(need, second + _CLEARLY)
    return ordered[0] if clear else None


def _capped(weighed: Weighed) -> Weighed:
    return dc.replace(weighed, evidence=min(weighed.evidence, _TOP))


def _drift(scene: Scene, need: float) -> Weighed | None:
    """That images are unlike training's, whatever the reason."""
    if not scene.at_home:
        return Weighed(DRIFT, (), need, "values that training's pixels don't have")
    learned, numbers = scene.learned, numbers_of(scene.moments)
    far = moved(numbers, learned.middle, learned.spread, scene.apart)
    if len(numbers) >= FEWEST and far > learned.limit:
        return Weighed(DRIFT, (), need, f"brightness or colours moved by {far:.1f} deviations")
    return None
