"""How images are prepared elsewhere, as fitted values.

That is by torchvision's transforms, and by the `preprocessor_config.json` of Transformers.
What changes pixels' values is taken: scaling, mean and deviation, the order of colours and of the
axes. What changes an image's size isn't a graph's work: it is refused, unless the caller says that
images come in their size already.
"""

from __future__ import annotations

import dataclasses as dc
from collections import abc
from typing import TYPE_CHECKING, Final

from samescale.adopt import _target
from samescale.adopt._fitted import Adopted, Feature, assemble
from samescale.adopt._images import config, torchvision
from samescale.errors import SpecError
from samescale.profile import ColumnProfile
from samescale.schema import Column
from samescale.transforms.channel_order import ChannelOrder
from samescale.transforms.normalization import Normalization
from samescale.transforms.rescaling import Rescaling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.adopt._images.recipe import Recipe
    from samescale.transforms._channels import DataFormat
    from samescale.transforms.base import Transform

__all__ = ["accepts", "adopt"]

_SIGNS: Final = frozenset({"image_processor_type", "feature_extractor_type", "image_mean"})


def accepts(value: object) -> bool:
    """Whether it prepares images: torchvision's, Transformers', or what the latter's file says."""
    if isinstance(value, abc.Mapping):
        return bool(_SIGNS & value.keys()) or "rescale_factor" in value
    return torchvision.is_transform(value) or _is_of_transformers(value)


def _is_of_transformers(value: object) -> bool:
    """Whether it is an image processor of Transformers', which says all that its file says."""
    root = type(value).__module__.partition(".")[0]
    return root == "transformers" and hasattr(value, "to_dict") and hasattr(value, "image_mean")


def adopt(
    given: object,
    *,
    columns: Sequence[str] | None = None,
    target: object = None,
    size: tuple[int, int] | None = None,
    data_format: DataFormat = "channels_last",
    output_format: DataFormat = "channels_first",
    resized: bool = False,
) -> Adopted:
    """The preparation of images, as one column of images of three colours.

    It computes `(x - mean) * (1 / deviation)` with constants for the pixels as they come, taken in
    float64 and rounded once, where both libraries divide by 255 and by the deviation, in float32:
    within 4 float32 roundings of numbers of the size of what is subtracted (1e-6 after ImageNet's
    constants).

    Args:
        given: What a `preprocessor_config.json` says, as a dict; or a transform of torchvision's:
            `Normalize`, a `Compose`, a preset such as `weights.transforms()`.
        columns: The column's name; `image` if left out.
        target: What the model behind it predicts, as `samescale.adopt` takes it.
        size: Height and width of the images as they come; by default those that the file or the
            preset resizes or crops to.
        data_format: Where the channels of images stand as they come.
        output_format: Where they stand in the feature: first, as both libraries give them.
        resized: Say that images come resized and cropped already, as the file asks for it.

    Raises:
        SpecError: If it asks for resizing or cropping and `resized` isn't said, for what isn't
            known, or if its numbers can't be right together: a mean of 0…255 for pixels of 0…1, a
            factor of 255, no scaling before a mean of 0…1; names the key and the remedy.

    Examples:
        >>> import numpy as np
        >>> said = {"do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        ...         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
        >>> fitted = adopt(said, size=(1, 1)).fitted
        >>> pixel = np.array([[[[0, 51, 255]]]], dtype=np.uint8)
        >>> fitted.transform({"image": pixel})["image"].ravel().round(6)
        array([-1. , -0.6,  1. ], dtype=float32)
    """
    if _is_of_transformers(given):
        given = given.to_dict()  # type: ignore[attr-defined]
    recipe = config.read(given) if isinstance(given, abc.Mapping) else torchvision.read(given)
    if recipe.not_done and not resized:
        raise SpecError(
            f"{recipe.source} asks for {' and '.join(recipe.not_done)}, which no graph does.",
            remedy="Bring images to their size first, for training and for prediction alike, and "
            "say so: resized=True.",
            value=recipe.not_done,
        )
    name = _name(columns)
    column = _column(name, recipe, size or recipe.size, data_format)
    chain = tuple(_chain(recipe, data_format, output_format))
    fitted = assemble(
        [Feature(name, chain, ({},) * len(chain))],
        lambda _: column,
        lambda _: _profile(recipe),
        _target.pair(target),
        recipe.source + "".join(f"; not done here: {one}" for one in recipe.not_done),
    )
    return Adopted(fitted, None)


def _name(columns: Sequence[str] | None) -> str:
    if columns is None:
        return "image"
    if len(columns) != 1:
        raise SpecError(
            f"Images are one column, and these are {len(columns)}: {list(columns)!r:.80}.",
            remedy="Give one name.",
            value=list(columns),
        )
    return columns[0]


def _column(
    name: str, recipe: Recipe, size: tuple[int, int] | None, data_format: DataFormat
) -> Column:
    if size is None:
        raise SpecError(
            f"{recipe.source} doesn't say how large images are.",
            remedy="Give their height and width: size=(224, 224).",
        )
    shape = (*size, 3) if data_format == "channels_last" else (3, *size)
    return Column(name, recipe.dtype, shape)


def _profile(recipe: Recipe) -> ColumnProfile:
    """Pixels are what their type holds."""
    known = ColumnProfile(0, 0)
    return dc.replace(known, minimum=0.0, maximum=255.0) if recipe.dtype == "uint8" else known


def _chain(recipe: Recipe, data_format: DataFormat, output_format: DataFormat) -> list[Transform]:
    made: list[Transform] = []
    if recipe.scale != 1 or recipe.offset:
        made.append(Rescaling(recipe.scale, recipe.offset))
    if recipe.mean is not None and recipe.deviation is not None:
        axis = -1 if data_format == "channels_last" else 1
        variance = tuple(one * one for one in recipe.deviation)
        made.append(Normalization(axis, mean=recipe.mean, variance=variance))
    if recipe.reverse or output_format != data_format:
        made.append(ChannelOrder(recipe.reverse, data_format, output_format))
    return made or [Rescaling(1.0)]
