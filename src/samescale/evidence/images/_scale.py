"""Which values pixels of 0…255 stand as: the conventions there are, and the one of training."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

WHITE: Final = 255.0
TOLERANCE: Final = 2e-3
"""How far from a whole number a pixel's level may be, for rounding."""

_ROOM: Final = 0.1  # a tolerance above this proves nothing
_GAPS: Final = 0.05  # how uneven gaps may be when a lattice is fitted
_WIDE: Final = 0.125
_FEWEST: Final = 8


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """The value of a pixel's level: `level * step + shift`, by channel as the pixels stand.

    Attributes:
        name: For people: `x / 255`.
        step: (C,) float64.
        shift: (C,) float64.
        reverse: Whether the channels stand as BGR.
        lattice: Whether levels are whole numbers of 0…255.
        exact: Whether the level 0 is known, and not only the step.
    """

    name: str
    step: Array
    shift: Array
    reverse: bool = False
    lattice: bool = True
    exact: bool = True

    def levels(self, values: Array) -> Array:
        """The levels of values (…, C)."""
        return (values - self.shift) / self.step

    def values(self, levels: Array) -> Array:
        """The values of levels (…, C)."""
        return levels * self.step + self.shift

    def same(self, other: Self) -> bool:
        """Whether both give the same values."""
        close = np.allclose(self.step, other.step, rtol=1e-4, atol=0)
        near = np.allclose(self.shift, other.shift, rtol=1e-4, atol=float(self.step.min()) * 0.02)
        return bool(close and near and self.reverse == other.reverse)

    def within(self, inner: Self, name: str) -> Self:
        """This scale applied to what `inner` gives, as if that were levels."""
        step, shift = inner.step * self.step, inner.shift * self.step + self.shift
        return dc.replace(self, name=name, step=step, shift=shift)


def plain(channels: int, factor: float, offset: float, name: str) -> Scale:
    """The same for all channels: `x * factor + offset`."""
    return Scale(name, np.full(channels, factor), np.full(channels, offset))


def ranges(channels: int) -> dict[str, Scale]:
    """The three common ranges, by the mistake's name."""
    return {
        "pixels-0-255": plain(channels, 1.0, 0.0, "0…255"),
        "pixels-0-1": plain(channels, 1 / WHITE, 0.0, "x / 255"),
        "pixels-minus-1-1": plain(channels, 2 / WHITE, -1.0, "x / 127.5 - 1"),
    }


_BY_COLOUR: Final = {
    "torch": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "openai_clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "kinetics": ((0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989)),
    "inception": ((0.485, 0.456, 0.406), (0.5, 0.5, 0.5)),
}
_CAFFE: Final = (103.939, 116.779, 123.68)


def backbones(channels: int) -> tuple[Scale, ...]:
    """The other conventions of pretrained backbones; docs/reference/image-conventions.md."""
    same = (
        plain(channels, 1 / 128, -1.0, "x / 128 - 1"),
        plain(channels, 1.0, -127.5, "x - 127.5"),
        plain(channels, 1 / WHITE, -0.5, "x / 255 - 0.5"),
    )
    if channels != len(_CAFFE):
        return same
    one, blue = np.ones(channels), np.array(_CAFFE)
    coloured = [
        Scale(name, 1 / (WHITE * np.array(sd)), -np.array(mean) / np.array(sd))
        for name, (mean, sd) in _BY_COLOUR.items()
    ]
    return (
        *coloured,
        Scale("caffe", one, -blue, reverse=True),
        Scale("caffe, RGB", one, -blue[::-1]),
        *same,
    )


def tolerance(scale: Scale, values: Array, rounding: float) -> Array:
    """(C,) how far from whole a level may be, where values were rounded relatively."""
    most = np.abs(values).max(initial=0.0)
    return np.asarray(TOLERANCE + 4 * rounding * (most / np.abs(scale.step) + WHITE))


def whole(
    scale: Scale, seen: tuple[Array, ...], rounding: float, *, trust: bool = False
) -> tuple[Array, ...] | None:
    """The levels of the values seen in each channel, if all are whole numbers of 0…255.

    Args:
        scale: What they may stand as.
        seen: (j,) the different values of each channel; none where it isn't looked at.
        rounding: Relative, of the values.
        trust: Whether values too coarsely rounded to say (float16) are taken for whole.
    """
    found = []
    for place, values in enumerate(seen):
        one = dc.replace(scale, step=scale.step[[place]], shift=scale.shift[[place]])
        room = float(tolerance(one, values, rounding)[0])
        levels = one.levels(values)
        near = np.rint(levels)
        fits = np.abs(levels - near) <= room
        if (room > _ROOM and not trust) or not (fits & (near >= 0) & (near <= WHITE)).all():
            return None
        found.append(near)
    return tuple(found)


def fitted(values: Array, near: float, rounding: float) -> float | None:
    """The step of a lattice that different values lie on, from a guess within a twentieth.

    Args:
        values: (j,) ascending, different.
        near: The guess.
        rounding: Relative, of the values.
    """
    gaps = np.rint(np.diff(values) / near)
    if len(values) < 2 or gaps.min() < 1:  # noqa: PLR2004
        return None
    places = np.concatenate([[0.0], np.cumsum(gaps)])
    # Small gaps first: a guess that is off by a twentieth miscounts a gap of ten steps.
    for reach in (4, 32, 400):
        step = _slope(values, near, reach)
        places = np.rint((values - values[0]) / step)
        near = step
    rest = np.abs((values - values[0]) / near - places).max()
    room = TOLERANCE * 5 + 8 * rounding * np.abs(values).max() / near
    return near if rest <= room < _ROOM else None


def scanned(values: Array, near: float) -> float:
    """The step within an eighth of `near` that a few values lie best on, their gaps being wide."""
    steps = near * np.exp(np.linspace(-_WIDE, _WIDE, 1201))
    places = (values[1:] - values[0]) / steps[:, None]
    off = np.abs(places - np.rint(places)).max(axis=1)
    return float(steps[off.argmin()])


def _slope(values: Array, near: float, reach: int) -> float:
    """The least-squares step from pairs of values at most `reach` steps apart."""
    top = total = 0.0
    for apart in (1, 2, 4, 8, 16, 32, 64, 128):
        if apart >= len(values):
            break
        gaps = values[apart:] - values[:-apart]
        counts = np.rint(gaps / near)
        good = (counts <= reach) & (counts > 0) & (np.abs(gaps / near - counts) < 0.25)  # noqa: PLR2004
        top += float((gaps * counts)[good].sum())
        total += float((counts * counts)[good].sum())
    return top / total if total else near


def find(seen: tuple[Array, ...], rounding: float, extent: tuple[float, float]) -> Scale:
    """The scale of training's pixels.

    Args:
        seen: (j,) the different values of each channel, ascending.
        rounding: Relative, of the values.
        extent: The least and the greatest value of all.
    """
    channels, named = len(seen), ranges(len(seen))
    order = ("pixels-0-1", "pixels-0-255", "pixels-minus-1-1")
    for scale in (*(named[name] for name in order), *backbones(channels)):
        if whole(scale, seen, rounding) is not None:
            return scale
    return _own(seen, rounding) or _free(channels, extent)


def _own(seen: tuple[Array, ...], rounding: float) -> Scale | None:
    """A lattice by channel, whose level 0 is taken for the least value seen."""
    steps = []
    for values in seen:
        if len(values) < _FEWEST:
            return None
        gaps = np.diff(values)
        step = fitted(values, float(np.median(gaps[gaps <= 1.5 * gaps.min()])), rounding)
        if step is None or (values[-1] - values[0]) / step > WHITE + _GAPS:
            return None
        steps.append(step)
    least = np.array([values[0] for values in seen])
    return Scale("its own", np.array(steps), least, exact=False)


def _free(channels: int, extent: tuple[float, float]) -> Scale:
    """No lattice: one of the common ranges if the values fill it, or their own extent."""
    low, high = extent
    if low >= 0 and high <= WHITE * 1.01:
        name = "pixels-0-255" if high > 1.5 else "pixels-0-1"  # noqa: PLR2004 - white, with room
        return dc.replace(ranges(channels)[name], lattice=False)
    if low >= -1.01 and high <= 1.01:  # noqa: PLR2004
        return dc.replace(ranges(channels)["pixels-minus-1-1"], lattice=False)
    factor = (high - low) / WHITE if high > low else 1.0
    return dc.replace(plain(channels, factor, low, "its own"), lattice=False, exact=False)
