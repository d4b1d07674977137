"""What is done to the pixels of an image, and what is asked for beside."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final, final

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.ir.types import DType

COLOURS: Final = 3


@final
@dc.dataclass(frozen=True, slots=True)
class Recipe:
    """`(x * scale + offset - mean) / deviation`, then the colours in their order.

    Attributes:
        source: What says so, in a few words.
        scale: The factor; 1 for none.
        offset: What is added behind it.
        mean: What is subtracted, a number a colour; `None` for nothing.
        deviation: What is divided by, likewise; given with `mean`.
        reverse: Whether the colours come out in the opposite order.
        size: Height and width that images have then, if it is said.
        not_done: What is asked for and isn't a matter of single pixels, in words.
        dtype: Of the pixels as they come.
    """

    source: str
    scale: float = 1.0
    offset: float = 0.0
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None
    reverse: bool = False
    size: tuple[int, int] | None = None
    not_done: tuple[str, ...] = ()
    dtype: DType = "uint8"


def numbers(value: Any, name: str, source: str, *, count: int = COLOURS) -> tuple[float, ...]:
    """A number for each colour.

    Args:
        value: A list of them, or one for all.
        name: What it is called there, for messages.
        source: Where it stands, likewise.
        count: How many colours there are.

    Raises:
        SpecError: If it is something else, or not finite.
    """
    given = [*value] if isinstance(value, list | tuple) else [value]
    sound = all(isinstance(one, int | float) and math.isfinite(one) for one in given)
    if not sound or len(given) not in {1, count}:
        raise SpecError(
            f"{source} has {name}={value!r:.80}.",
            remedy=f"Images have {count} colours here: it is {count} finite numbers, or one.",
            value=value,
        )
    return tuple(float(one) for one in (given * count if len(given) == 1 else given))


def check(recipe: Recipe) -> Recipe:
    """See that mean and deviation can be those of the pixels that come to them.

    Raises:
        SpecError: If they are of another scale, or a deviation isn't above 0.
    """
    mean, deviation = recipe.mean, recipe.deviation
    if deviation is not None and min(deviation) <= 0:
        raise SpecError(
            f"{recipe.source} divides by a deviation of {min(deviation)}.",
            remedy="A standard deviation is above 0.",
            value=deviation,
        )
    if mean is None or recipe.dtype != "uint8" or recipe.offset:
        return recipe
    white = 255 * recipe.scale
    if white <= 1 + 1e-6 and max(mean) > 1:
        raise SpecError(
            f"{recipe.source} brings pixels to 0…{white:g} and subtracts a mean of {max(mean):g}, "
            "which is one of 0…255.",
            remedy="Divide mean and deviation by 255, or leave out the scaling.",
            value=mean,
        )
    if white > 1 + 1e-6 and max(mean) <= 1 and max(deviation or (0,)) <= 1:
        raise SpecError(
            f"{recipe.source} subtracts a mean of {max(mean):g}, one of 0…1, from pixels of "
            f"0…{white:g}.",
            remedy="Scale first: do_rescale with a rescale_factor of 1/255, or ToTensor().",
            value=mean,
        )
    return recipe
