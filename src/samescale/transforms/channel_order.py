"""ChannelOrder: the colours of an image in another order, or on another axis."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

from samescale.errors import SpecError
from samescale.transforms._arguments import settle, switches
from samescale.transforms._channels import (
    DataFormat,
    check_colours,
    check_format,
    check_image,
    permuted,
)
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class ChannelOrder(Transform):
    """RGB as BGR or back, and channels last as channels first or back; nothing is learned.

    Pillow, torchvision and Keras read images as RGB, OpenCV as BGR. TensorFlow and Keras keep the
    channels last, `(height, width, 3)`; PyTorch keeps them first, `(3, height, width)`. No value is
    changed.

    Moving the channels writes where each entry goes into the graph, one number an entry: about 1 MB
    for an image of 224 × 224.

    Args:
        reverse: Whether the three colours come out in the opposite order.
        data_format: Where the channels stand, `channels_last` or `channels_first`.
        output_format: Where they are to stand, likewise; `None` for where they are.

    Raises:
        SpecError: If there is nothing to do, the column isn't an image, or colours are to be
            reversed and there aren't three.

    Examples:
        >>> import numpy as np
        >>> import samescale as ss
        >>> spec = ss.Spec({"photo": ss.ChannelOrder(reverse=True)})
        >>> photo = np.array([[[[255, 128, 0]]]], dtype=np.uint8)  # one pixel, orange as RGB
        >>> spec.adapt({"photo": photo}).transform({"photo": photo})["photo"]
        array([[[[  0., 128., 255.]]]], dtype=float32)
    """

    reverse: bool = False
    data_format: DataFormat = "channels_last"
    output_format: DataFormat | None = None

    def __post_init__(self) -> None:
        settle(self)
        switches(self, "reverse")
        check_format("ChannelOrder", "data_format", self.data_format)
        check_format("ChannelOrder", "output_format", self._output)
        if not self.reverse and self._output == self.data_format:
            raise SpecError(
                f"ChannelOrder(data_format={self.data_format!r}, "
                f"output_format={self.output_format!r}) changes nothing.",
                remedy="Say reverse=True for RGB and BGR, or give another output_format.",
            )

    @property
    def _output(self) -> DataFormat:
        return self.data_format if self.output_format is None else self.output_format

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Take`, between two `Reshape` unless the channels are last and stay there."""
        del learned
        check_image("ChannelOrder", x)
        if self.reverse:
            check_colours("ChannelOrder", x, self.data_format)
        return permuted(x, self.data_format, self._output, reverse=self.reverse)

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """The same from the other end."""
        del learned
        return permuted(y, self._output, self.data_format, reverse=self.reverse)


CASES = (
    Case("image", ChannelOrder(reverse=True)),
    Case("image", ChannelOrder(output_format="channels_first")),
    Case("image", ChannelOrder(reverse=True, output_format="channels_first")),
    Case("image", ChannelOrder(data_format="channels_first", output_format="channels_last")),
)
