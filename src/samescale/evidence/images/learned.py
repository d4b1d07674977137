"""What is kept of training images: some thousand bytes, and none of the images."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.images._scale import Scale
from samescale.evidence.images._suspicion import Suspicion
from samescale.evidence.images._tail import Tail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

_TAILS: Final = ("dim", "vivid", "dead", "flat")
_SUSPICIONS: Final = ("colour", "layout")


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What is known of training images. Levels are pixels on a scale of 0…255.

    Attributes:
        rows: How many images the whole training had.
        shape: (H, W, C).
        scale: Which values levels stand as.
        mean: (C,) of the levels.
        deviation: (C,) of the levels.
        low: The least level.
        high: The greatest.
        middle: (s,) the mean of the images' summary numbers.
        spread: (s,) their standard deviations.
        limit: How far the mean of honest images' summary numbers goes, in its own deviations.
        dim: The tail of how little contrast an image has.
        vivid: The tail of how much contrast an image has.
        dead: The tail of how little contrast one channel has against the others.
        flat: The tail of how little contrast an image has, on a finer scale near none.
        colour: The suspicion of BGR.
        layout: The suspicion of scrambled channels.
        silent: The mistakes that honest images themselves look like: never told.
    """

    rows: int
    shape: tuple[int, int, int]
    scale: Scale
    mean: Array
    deviation: Array
    low: float
    high: float
    middle: Array
    spread: Array
    limit: float
    dim: Tail
    vivid: Tail
    dead: Tail
    flat: Tail
    colour: Suspicion | None = None
    layout: Suspicion | None = None
    silent: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels' names, as they stand."""
        count = self.shape[-1]
        names = ("R", "G", "B", "A")[:count] if count in (3, 4) else ()
        if self.scale.reverse and count == 3:  # noqa: PLR2004
            names = names[::-1]
        return names or tuple(str(place) for place in range(count))

    def to_arrays(self) -> dict[str, Array]:
        """The fields as arrays, names and flags as bytes."""
        tails = [getattr(self, name) for name in _TAILS]
        arrays = {
            "shape": np.array([self.rows, *self.shape], np.int64),
            "scale": np.stack([self.scale.step, self.scale.shift]),
            "flags": np.array([self.scale.reverse, self.scale.lattice, self.scale.exact], np.uint8),
            "names": _text("\n".join([self.scale.name, *self.silent])),
            "levels": np.stack([self.mean, self.deviation]).astype(np.float64),
            "numbers": np.stack([self.middle, self.spread]).astype(np.float32),
            "limits": np.array([self.low, self.high, self.limit], np.float64),
            "tails": np.array([[t.start, t.share, t.rate] for t in tails], np.float32),
        }
        for name in _SUSPICIONS:
            if (one := getattr(self, name)) is not None:
                arrays |= {f"{name}_{key}": array for key, array in one.to_arrays().items()}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """What `to_arrays` wrote."""
        rows, *shape = (int(number) for number in arrays["shape"])
        name, *silent = bytes(arrays["names"]).decode().split("\n")
        low, high, limit = (float(number) for number in arrays["limits"])
        scale = Scale(name, *arrays["scale"], *(bool(flag) for flag in arrays["flags"]))
        tails = [Tail(*(float(number) for number in row)) for row in arrays["tails"]]
        mean, deviation = arrays["levels"]
        middle, spread = arrays["numbers"]
        return cls(
            rows=rows,
            shape=(shape[0], shape[1], shape[2]),
            scale=scale,
            mean=mean,
            deviation=deviation,
            low=low,
            high=high,
            middle=middle,
            spread=spread,
            limit=limit,
            **dict(zip(_TAILS, tails, strict=True)),
            colour=_suspicion(arrays, "colour"),
            layout=_suspicion(arrays, "layout"),
            silent=tuple(silent),
        )


def _text(words: str) -> Array:
    return np.frombuffer(words.encode(), np.uint8)


def _suspicion(arrays: Mapping[str, Array], kind: str) -> Suspicion | None:
    prefix = f"{kind}_"
    own = {k.removeprefix(prefix): array for k, array in arrays.items() if k.startswith(prefix)}
    return Suspicion.from_arrays(own) if own else None
