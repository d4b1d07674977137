"""What a `preprocessor_config.json` of Transformers' does to pixels.

Keys that are left out have the defaults of `BaseImageProcessor`
(https://huggingface.co/docs/transformers/main_classes/image_processor): pixels are scaled by 1/255
and normalised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samescale.adopt._images.recipe import Recipe, check, numbers
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What they do isn't done to the pixels of a finished image, or is a matter of reading it.
_SIZING: Final = {
    "do_resize": "resizing",
    "do_center_crop": "cropping the middle",
    "do_pad": "padding",
    "do_thumbnail": "making thumbnails",
    "do_align_long_axis": "turning to the longer axis",
    "do_crop_margin": "cropping margins",
}
_DONE: Final = frozenset({
    "do_rescale", "do_normalize", "do_flip_channel_order", "do_convert_rgb", "do_reduce_labels",
})  # fmt: skip
_LEAST_FACTOR: Final = 1.0


def read(said: Mapping[str, Any]) -> Recipe:
    """The recipe of a file.

    Args:
        said: What it says.

    Raises:
        SpecError: If it asks for what isn't known, or its numbers can't be right together.
    """
    kind = said.get("image_processor_type") or said.get("feature_extractor_type") or "image"
    source = f"The configuration of {str(kind)[:60]}"
    unknown = [key for key, on in said.items() if key.startswith("do_") and on is True]
    unknown = [key for key in unknown if key not in _DONE and key not in _SIZING]
    if unknown:
        raise SpecError(
            f"{source} has {unknown[0]}, which isn't known here.",
            remedy="Prepare images by the library that knows it, and adapt on what it gives.",
            value=unknown[0],
        )
    scale, offset = _scaling(said, source)
    mean, deviation = _normalisation(said, source)
    reverse = said.get("do_flip_channel_order", False) is True
    if reverse and mean is not None and len(set(zip(mean, deviation or (), strict=False))) > 1:
        raise SpecError(
            f"{source} reverses the colours and normalises each in its own way.",
            remedy="Whether the mean is of RGB or of BGR isn't said: write the spec yourself, with "
            "ss.ChannelOrder and ss.Normalization in their order.",
        )
    not_done = tuple(_words(key, what, said) for key, what in _SIZING.items() if said.get(key))
    return check(Recipe(source, scale, offset, mean, deviation, reverse, _size(said), not_done))


def _scaling(said: Mapping[str, Any], source: str) -> tuple[float, float]:
    if said.get("do_rescale", True) is not True:
        return 1.0, 0.0
    factor = said.get("rescale_factor", 1 / 255)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not factor > 0:
        raise SpecError(
            f"{source} has rescale_factor={factor!r:.40}.",
            remedy="It is a number above 0: 1/255 for pixels of 0…255.",
            value=factor,
        )
    if factor > _LEAST_FACTOR:
        raise SpecError(
            f"{source} has rescale_factor={factor:g}: pixels are multiplied by it, not divided.",
            remedy=f"Did you mean {1 / factor:.10g}?",
            value=factor,
        )
    return float(factor), -1.0 if said.get("rescale_offset") is True else 0.0


def _normalisation(
    said: Mapping[str, Any], source: str
) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    if said.get("do_normalize", "image_mean" in said) is not True:
        return None, None
    if said.get("image_mean") is None or said.get("image_std") is None:
        raise SpecError(
            f"{source} normalises, and doesn't say image_mean and image_std.",
            remedy="Its class has them by default: use ss.ImageConvention with the class' name, as "
            "ss.ImageConvention('ViTImageProcessor').",
        )
    mean, deviation = (numbers(said[key], key, source) for key in ("image_mean", "image_std"))
    return mean, deviation


def _size(said: Mapping[str, Any]) -> tuple[int, int] | None:
    """Height and width behind all of it: those of the crop, or of the resizing."""
    cropped = said.get("do_center_crop") and _pair(said.get("crop_size"))
    return cropped or (_pair(said.get("size")) if not said.get("do_center_crop") else None)


def _pair(size: Any) -> tuple[int, int] | None:
    match size:
        case {"height": int() as height, "width": int() as width}:
            return height, width
        case int() if size > 0 and not isinstance(size, bool):
            return size, size
        case _:
            return None


def _words(key: str, what: str, said: Mapping[str, Any]) -> str:
    value = said.get({"do_resize": "size", "do_center_crop": "crop_size"}.get(key, ""))
    shown = f" to {_shown(value)}" if value is not None else ""
    resample = said.get("resample") if key == "do_resize" else None
    return f"{what}{shown}" + (f" (resample {resample!r:.20})" if resample is not None else "")


def _shown(size: Any) -> str:
    pair = _pair(size)
    if pair is not None:
        return f"{pair[0]}×{pair[1]}"
    if isinstance(size, dict):
        return ", ".join(f"{key} {value}" for key, value in size.items())[:60]
    return repr(size)[:60]
