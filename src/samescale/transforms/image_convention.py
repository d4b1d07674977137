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
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned

_WHITE = 255.0


@final
@dc.dataclass(frozen=True, slots=True)
class _Mode:
    """`(x - mean) / deviation`, by channel; of BGR if `reverse`, of pixels of 0…1 if `unit`."""

    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    reverse: bool = False
    unit: bool = False


# Keras' are in imagenet_utils.py, those of Hugging Face in transformers/image_utils.py.
_TF = _Mode((127.5,), (127.5,))
_TORCH = _Mode((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), unit=True)
_CAFFE = _Mode((103.939, 116.779, 123.68), reverse=True)
_CLIP = _Mode((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711), unit=True)
_INSIDE = _Mode()
_NAMES = {
    "tf": _TF,
    "torch": _TORCH,
    "caffe": _CAFFE,
    "convnext": _INSIDE,
    "densenet": _TORCH,
    "efficientnet": _INSIDE,
    "efficientnet_v2": _INSIDE,
    "imagenet_utils": _CAFFE,
    "inception_resnet_v2": _TF,
    "inception_v3": _TF,
    "mobilenet": _TF,
    "mobilenet_v2": _TF,
    "mobilenet_v3": _INSIDE,
    "nasnet": _TF,
    "resnet": _CAFFE,
    "resnet50": _CAFFE,
    "resnet_v2": _TF,
    "vgg16": _CAFFE,
    "vgg19": _CAFFE,
    "xception": _TF,
    "imagenet_default": _TORCH,
    "imagenet_standard": _TF,
    "openai_clip": _CLIP,
    "torchvision": _TORCH,
}


@final
@dc.dataclass(frozen=True, slots=True)
class ImageConvention(Transform):
    """Pixels of 0…255, RGB, as a pretrained backbone expects them, by the backbone's name.

    The names are the modules of `keras.applications`, whose `preprocess_input` it computes, its
    modes `tf`, `torch` and `caffe`, and the constants of torchvision and of Hugging Face.

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

    It computes `(x - mean) * (1 / std)` with constants of 0…255, taken in float64 and rounded once:
    a few float32 roundings away from Keras' chain of divisions, `caffe` not at all. Keras changes
    the caller's array; this doesn't. Images that were brought to 0…1 before are refused on `adapt`.

    Args:
        name: The backbone or the convention.
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
        if not isinstance(self.name, str) or self.name not in _NAMES:
            near = difflib.get_close_matches(str(self.name).lower(), _NAMES, n=1)
            raise SpecError(
                f"ImageConvention(name={self.name!r}) isn't known.",
                remedy=f"Did you mean '{near[0]}'?"
                if near
                else f"There are {', '.join(sorted(_NAMES))}.",
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
        mode, format_, rank = _NAMES[self.name], self.data_format, len(type_of(x).shape)
        ordered = permuted(x, format_, format_, reverse=mode.reverse)
        centered = sub(ordered, self._constant(mode.mean, rank)) if mode.mean else ordered
        if not mode.deviation:
            return centered
        return mul(centered, 1.0 / self._constant(mode.deviation, rank))

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """Back to 0…255, RGB."""
        del learned
        mode, format_, rank = _NAMES[self.name], self.data_format, len(type_of(y).shape)
        deviation = self._constant(mode.deviation or (1.0,), rank)
        centered = sub(y, -self._constant(mode.mean, rank) / deviation) if mode.mean else y
        scaled = mul(centered, deviation) if mode.deviation else centered
        return permuted(scaled, format_, format_, reverse=mode.reverse)

    def _constant(self, values: tuple[float, ...], rank: int) -> Array:
        """For pixels of 0…255, in the shape that stands beside an image of so many axes."""
        unit = _NAMES[self.name].unit
        given = np.asarray(values, dtype=np.float64) * (_WHITE if unit else 1.0)
        if len(values) < COLOURS:
            return given.reshape(())
        last = self.data_format == "channels_last"
        return given if last else given.reshape(-1, *(1,) * (rank - 1))


CASES = (
    Case("image", ImageConvention("tf")),
    Case("image", ImageConvention("densenet")),
    Case("image", ImageConvention("vgg16")),
    Case("image", ImageConvention("efficientnet")),
    Case("image", ImageConvention("openai_clip")),
)
