"""What transforms of torchvision's do to pixels: told by their names and attributes alone."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final

from samescale.adopt._images.recipe import Recipe, check, numbers
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

# What scales 0…255 to 0…1 and gives floats.
_SCALES: Final = frozenset({"ToTensor", "ConvertImageDtype", "ToDtype"})
_NOTHING: Final = frozenset({"PILToTensor", "ToImage", "ToPureTensor", "Identity", "ToImageTensor"})
_SIZES: Final = {"Resize": "resizing", "CenterCrop": "cropping the middle"}
_PRESETS: Final = frozenset({"ImageClassification", "SemanticSegmentation"})


def is_transform(value: object) -> bool:
    """Whether its class is one of torchvision's transforms."""
    parts = type(value).__module__.split(".")
    return parts[:2] == ["torchvision", "transforms"]


def read(value: object) -> Recipe:
    """The recipe of a transform, a `Compose` of them or a preset.

    Raises:
        SpecError: If one of them isn't known, is random, or comes in an order that can't be.
    """
    name = type(value).__name__
    source = f"torchvision's {name}"
    if name in _PRESETS:
        return check(_preset(value, source))
    recipe = Recipe(source, dtype="float32" if name == "Normalize" else "uint8")
    for one in _steps(value):
        recipe = _step(recipe, one)
    return check(recipe)


def _steps(value: Any) -> list[Any]:
    if type(value).__name__ not in {"Compose", "Sequential"}:
        return [value]
    inner = value.transforms if hasattr(value, "transforms") else list(value)
    return [step for one in inner for step in _steps(one)]


def _step(recipe: Recipe, one: Any) -> Recipe:
    name = type(one).__name__
    if not is_transform(one) or name not in {*_SCALES, *_NOTHING, *_SIZES, "Normalize"}:
        raise SpecError(
            f"{recipe.source} has a {name}, which isn't known here.",
            remedy="Give the transforms of evaluation, without what is random: Resize, CenterCrop, "
            "ToTensor, Normalize.",
            value=name,
        )
    if name in _NOTHING:
        return recipe
    return _KNOWN.get(name, _scaled)(recipe, one)


def _scaled(recipe: Recipe, one: Any) -> Recipe:
    if type(one).__name__ == "ToDtype" and not getattr(one, "scale", False):
        return recipe
    if type(one).__name__ != "ToTensor" and "float32" not in str(getattr(one, "dtype", "")):
        raise SpecError(
            f"{recipe.source} converts images to {getattr(one, 'dtype', None)}.",
            remedy="Features are float32: convert to torch.float32.",
        )
    if recipe.mean is not None:
        raise SpecError(
            f"{recipe.source} scales pixels to 0…1 behind its Normalize.",
            remedy="Put ToTensor() in front of Normalize.",
        )
    return dc.replace(recipe, scale=1 / 255)


def _normalised(recipe: Recipe, one: Any) -> Recipe:
    if recipe.mean is not None:
        raise SpecError(
            f"{recipe.source} has two Normalize, one behind the other.",
            remedy="Take one out: pixels are normalised once.",
        )
    lists = {key: _plain(getattr(one, key)) for key in ("mean", "std")}
    mean, deviation = (numbers(lists[key], key, recipe.source) for key in ("mean", "std"))
    return dc.replace(recipe, mean=mean, deviation=deviation)


def _sized(recipe: Recipe, one: Any) -> Recipe:
    size = _plain(one.size)
    found = _pair(size, square=type(one).__name__ == "CenterCrop")
    said = f"{_SIZES[type(one).__name__]} to {_shown(size)}"
    return dc.replace(recipe, size=found, not_done=(*recipe.not_done, said))


_KNOWN: Final[dict[str, Callable[[Recipe, Any], Recipe]]] = {
    "Normalize": _normalised,
    "Resize": _sized,
    "CenterCrop": _sized,
}


def _preset(value: Any, source: str) -> Recipe:
    """`weights.transforms()`: resize, crop, scale to 0…1, normalise."""
    mean, deviation = (numbers(_plain(getattr(value, key)), key, source) for key in ("mean", "std"))
    sizes = [
        (what, _plain(getattr(value, key)))
        for key, what in (("resize_size", "resizing"), ("crop_size", "cropping the middle"))
        if getattr(value, key, None) is not None
    ]
    not_done = tuple(f"{what} to {_shown(size)}" for what, size in sizes)
    size = _pair(sizes[-1][1], square=sizes[-1][0] != "resizing") if sizes else None
    return Recipe(source, 1 / 255, 0.0, mean, deviation, size=size, not_done=not_done)


def _plain(value: Any) -> Any:
    """A list of numbers, whatever holds them; tensors have a `tolist`."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value


def _pair(size: Any, *, square: bool) -> tuple[int, int] | None:
    """Height and width; one number alone is the shorter side's, where nothing is cropped."""
    match size:
        case [int() as height, int() as width]:
            return height, width
        case [int() as side] | (int() as side) if square:
            return side, side
        case _:
            return None


def _shown(size: Any) -> str:
    return "×".join(map(str, size)) if isinstance(size, list) else str(size)
