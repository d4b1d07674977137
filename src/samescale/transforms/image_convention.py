"""ImageConvention: pixels as a pretrained backbone expects them."""

from __future__ import annotations

import dataclasses as dc
import difflib
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError, SpecError
from samescale.ir.build import mul, sub
from samescale.ir.verify import type_of
from samescale.statistics.extent import Extent
from samescale.transforms._arguments import amounts, settle
from samescale.transforms._channels import (
    COLOURS,
    DataFormat,
    check_colours,
    check_format,
    permuted,
)
from samescale.transforms._conventions import conventions
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned

_WHITE = 255.0


@final
@dc.dataclass(frozen=True, slots=True)
class ImageConvention(Transform):
    """Pixels of 0…255, RGB, as a pretrained backbone expects them, by the backbone's name.

    The names are the modules of `keras.applications`, whose `preprocess_input` it computes, and its
    modes `tf`, `torch` and `caffe`; the weights of torchvision, `ResNet50_Weights.IMAGENET1K_V2`,
    whose `transforms()` it computes; and the classes of Hugging Face's Transformers that prepare
    images, `ViTImageProcessor`, with their own `image_mean`, `image_std` and `rescale_factor`. All
    names are in `docs/reference/image-conventions.md`. Resizing and cropping aren't done here:
    images come in the size that the model takes.

    | name | what comes out | inside the model |
    |---|---|---|
    | `tf`, `imagenet_standard` | `x / 127.5 - 1` | |
    | `inception_resnet_v2`, `inception_v3`, `xception` | as `tf` | nothing |
    | `mobilenet`, `mobilenet_v2`, `nasnet`, `resnet_v2` | as `tf` | nothing |
    | `torch`, `imagenet_default`, `torchvision` | `(x / 255 - mean) / std` of ImageNet | |
    | `densenet` | as `torch` | nothing |
    | `caffe`, `imagenet_utils` | BGR, less 103.939, 116.779, 123.68 | |
    | `resnet`, `resnet50`, `vgg16`, `vgg19` | as `caffe` | nothing |
    | `openai_clip` | `(x / 255 - mean) / std` of CLIP | |
    | `convnext` | `x` | `Normalization` of 0…255 |
    | `efficientnet` | `x` | `Rescaling(1 / 255)`, `Normalization` |
    | `efficientnet_v2`, B0…B3 | `x` | `Rescaling(1 / 255)`, `Normalization` |
    | `efficientnet_v2`, S, M, L | `x` | `Rescaling(1 / 128, -1)` |
    | `mobilenet_v3` | `x` | `Rescaling(1 / 127.5, -1)` |

    A backbone that rescales inside takes 0…255, and scaling for it is scaling twice. Built with
    `include_preprocessing=False`, which EfficientNet (the first) hasn't, it rescales nothing and
    Keras' `preprocess_input` does nothing either: then use `tf` for MobileNetV3, `torch` for
    ConvNeXt and EfficientNetV2 B0…B3, and `Rescaling(1 / 128, -1)` for EfficientNetV2 S, M and L.

    A checkpoint of Transformers may say other constants than its class: then its
    `preprocessor_config.json` decides, and `[Rescaling(rescale_factor), Normalization(mean=…,
    variance=…)]` says them (the variance is the square of `image_std`). Weights of torchvision for
    detection take 0…1, and their models go on from there.

    It computes `(x - mean) * (1 / std)` with constants of 0…255, taken in float64 and rounded once:
    a few float32 roundings away from Keras' chain of divisions, `caffe` not at all. Keras changes
    the caller's array; this doesn't. Images that were brought to 0…1 before are refused on `adapt`.

    Args:
        name: The backbone, the weights, the class or the convention.
        data_format: Where the channels stand, `channels_last` or `channels_first`.

    Raises:
        SpecError: On an unknown name, or if the column isn't images of three colours.
        DataError: On `adapt`, if no value is above 1.

    Examples:
        >>> import numpy as np
        >>> import samescale as ss
        >>> photos = np.array([[[[0, 51, 255]]]], dtype=np.uint8)  # one photo of one pixel
        >>> spec = ss.Spec({"photo": ss.ImageConvention("mobilenet_v2")})
        >>> spec.adapt({"photo": photos}).transform({"photo": photos})["photo"]
        array([[[[-1. , -0.6,  1. ]]]], dtype=float32)
    """

    name: str
    data_format: DataFormat = "channels_last"

    def __post_init__(self) -> None:
        settle(self)
        check_format("ImageConvention", "data_format", self.data_format)
        if not isinstance(self.name, str) or self.name not in conventions():
            raise SpecError(
                f"ImageConvention(name={self.name!r}) isn't known.",
                remedy=_suggestion(self.name if isinstance(self.name, str) else ""),
                value=self.name,
            )

    @property
    def learns(self) -> bool:
        """Always: that the pixels go beyond 1."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The extent, to refuse what was scaled before."""
        amounts(self, x)
        check_colours("ImageConvention", x, self.data_format)
        return {"extent": Need(Extent())}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Sub`, one `Mul`; `caffe` a permutation and one `Sub`; inside the model, nothing."""
        greatest: Any = learned["extent"]["max"]
        if greatest and greatest[0] is not None and greatest[0] <= 1:
            raise DataError(
                f"ImageConvention takes pixels of 0…255, and the greatest value is {greatest[0]}.",
                remedy="Leave out what scales the images before, or put Rescaling(255) in front.",
                value=greatest[0],
            )
        mode, format_, rank = conventions()[self.name], self.data_format, len(type_of(x).shape)
        ordered = permuted(x, format_, format_, reverse=mode.reverse)
        centered = sub(ordered, self._constant(mode.mean, rank)) if mode.mean else ordered
        if not mode.deviation:
            return centered
        return mul(centered, 1.0 / self._constant(mode.deviation, rank))

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """Back to 0…255, RGB."""
        del learned
        mode, format_, rank = conventions()[self.name], self.data_format, len(type_of(y).shape)
        deviation = self._constant(mode.deviation or (1.0,), rank)
        centered = sub(y, -self._constant(mode.mean, rank) / deviation) if mode.mean else y
        scaled = mul(centered, deviation) if mode.deviation else centered
        return permuted(scaled, format_, format_, reverse=mode.reverse)

    def _constant(self, values: tuple[float, ...], rank: int) -> Array:
        """For pixels of 0…255, in the shape that stands beside an image of so many axes."""
        unit = conventions()[self.name].unit
        given = np.asarray(values, dtype=np.float64) * (_WHITE if unit else 1.0)
        if len(values) < COLOURS:
            return given.reshape(())
        last = self.data_format == "channels_last"
        return given if last else given.reshape(-1, *(1,) * (rank - 1))


def _suggestion(name: str) -> str:
    known = {one.lower(): one for one in conventions()}
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if near:
        return f"Did you mean '{known[near[0]]}'?"
    plain = [one for one in conventions() if one.islower()]
    return (
        f"There are {', '.join(sorted(plain))}, and those of torchvision and Transformers in "
        "docs/reference/image-conventions.md."
    )


CASES = (
    Case("image", ImageConvention("tf")),
    Case("image", ImageConvention("densenet")),
    Case("image", ImageConvention("vgg16")),
    Case("image", ImageConvention("efficientnet")),
    Case("image", ImageConvention("openai_clip")),
    Case("image", ImageConvention("MViT_V2_S_Weights.KINETICS400_V1")),
    Case("image", ImageConvention("FasterRCNN_ResNet50_FPN_Weights.COCO_V1")),
)
